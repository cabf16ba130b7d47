import type { Enrolment } from "../enrolment/enrolment.ts";
import { renderTags } from "../enrolment/tags.ts";
import { formatMinute } from "../minute.ts";
import type { Failures } from "../plan/breaker.ts";
import { referenceOf } from "../plan/platform-key.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, shortDigest } from "../registry/digest.ts";
import { formatRepository } from "../registry/reference.ts";
import { activeHold, formatHold, type Hold } from "../state/holds.ts";
import type { ImageState } from "../state/image-state.ts";
import type { ImageRecord } from "../state/state-file.ts";
import { isPublishedHere } from "../state/tag-claim.ts";

/** What is recorded of one image beside what its registry says. */
export interface ImageStatus {
  readonly image: string;
  readonly repository: string;
  /**
   * "never built", "published", "adopted" (published by somebody else's CI), "pushed" (by such a CI, and to be adopted
   * by the next build), "moved" (a tag is not where the factory left it) or "missing" (not in the registry).
   */
  readonly status: "never built" | "published" | "adopted" | "pushed" | "moved" | "missing";
  readonly digest?: Digest;
  readonly publishedAt?: string;
  readonly platforms?: readonly string[];
  readonly tags?: readonly TagStatus[];
  readonly commit?: string;
  readonly epoch?: number;
  /** Absent for a digest that was not scanned here. */
  readonly scan?: ImageState["scan"];
  readonly adopted?: ImageState["adopted"];
  readonly hold?: Hold;
  /** Holds of bases that it was built from, by their references. */
  readonly heldBases?: Readonly<Record<string, Hold>>;
  readonly failures?: Failures;
}

interface TagStatus {
  readonly tag: string;
  /** Where it was recorded; null for a tag of which nothing is recorded yet. */
  readonly left: Digest | null;
  readonly holds: Digest | null;
}

export interface StatusDoor {
  readonly client: RegistryClient;
  readonly clock: () => Date;
  /** What is recorded of bases, by reference. */
  readonly bases: ReadonlyMap<string, { readonly hold?: Hold }>;
}

/** Looks up every recorded tag of an image. */
export async function imageStatus(
  enrolment: Enrolment,
  { state, hold: recorded, failures }: ImageRecord,
  { client, clock, bases }: StatusDoor,
): Promise<ImageStatus> {
  const { name, repository, workflow } = enrolment;
  const now = clock().getTime();
  const hold = activeHold(recorded, now);
  const heldBases = Object.fromEntries(
    basesOf(state).flatMap((base) => {
      const held = activeHold(bases.get(base)?.hold, now);
      return held === undefined ? [] : [[base, held]];
    }),
  );
  const own = {
    image: name,
    repository: formatRepository(repository),
    ...(hold === undefined ? {} : { hold }),
    ...(Object.keys(heldBases).length === 0 ? {} : { heldBases }),
    ...(failures === undefined ? {} : { failures }),
  };
  if (state === undefined) {
    const tags = workflow === undefined ? [] : await lookUpTags(enrolment, client);
    return tags.length === 0 ? { ...own, status: "never built" } : { ...own, status: "pushed", tags };
  }
  const [standing, ...held] = await Promise.all([
    client.headManifest(repository, state.digest),
    ...Object.keys(state.tags).map((tag) => client.headManifest(repository, tag)),
  ]);
  const tags = Object.entries(state.tags).map(([tag, { digest }], index) => ({
    tag,
    left: digest,
    holds: held[index]?.digest ?? null,
  }));
  const moved = tags.some(({ left, holds }) => left !== holds);
  const isPushed = ({ left, holds }: TagStatus) =>
    holds !== null && holds !== left && !isPublishedHere(holds, state);
  const pushed = workflow !== undefined && tags.some(isPushed);
  return {
    ...own,
    status: pushed ? "pushed" : statusOf(state, standing !== undefined, moved),
    digest: state.digest,
    ...publishedAt(state),
    platforms: Object.keys(state.platforms),
    tags,
    ...(state.commit === undefined ? {} : { commit: state.commit }),
    ...(state.epoch === undefined ? {} : { epoch: state.epoch }),
    ...(state.scan === undefined ? {} : { scan: state.scan }),
    ...(state.adopted === undefined ? {} : { adopted: state.adopted }),
  };
}

function statusOf(
  { adopted }: ImageState,
  standing: boolean,
  moved: boolean,
): Exclude<ImageStatus["status"], "pushed"> {
  if (!standing) return "missing";
  if (moved) return "moved";
  return adopted === undefined ? "published" : "adopted";
}

/** When the digest was published; of an adopted one, as far as that is known. */
function publishedAt({ adopted, publications }: ImageState): Pick<ImageStatus, "publishedAt"> {
  const at = adopted === undefined ? publications[0]?.at : (adopted.created ?? adopted.firstSeen);
  return at === undefined ? {} : { publishedAt: at };
}

/** The tags of an image without a state that can be told without its source, where its registry has them. */
async function lookUpTags(enrolment: Enrolment, client: RegistryClient): Promise<readonly TagStatus[]> {
  const found = await Promise.all(
    renderTags(enrolment, {}).tags.map(async (tag) => {
      const holds = (await client.headManifest(enrolment.repository, tag))?.digest;
      return holds === undefined ? [] : [{ tag, left: null, holds }];
    }),
  );
  return found.flat();
}

function scanText({ status, scan, adopted }: ImageStatus): string {
  if (status === "never built") return "";
  if (scan === undefined || status === "pushed") return "not scanned here";
  const others = adopted?.otherPlatforms ?? [];
  const except = others.length === 0 ? "" : ` except ${others.join(" ")}`;
  const verdict = scan.verdict === "blocked" ? "blocked, and allowed" : "scanned";
  return `${verdict}${except}${scan.database === "sample" ? ", database: sample" : ""}`;
}

function tagText({ tag, left, holds }: TagStatus): string {
  if (left === holds) return tag;
  if (holds === null) return `${tag} (gone)`;
  return `${tag} (${left === null ? "holds" : "moved to"} ${shortDigest(holds)})`;
}

/** One line for each image, in columns. */
export function statusLines(rows: readonly ImageStatus[]): readonly string[] {
  const cells = rows.map((row) => [
    row.image,
    row.status,
    row.digest === undefined ? "" : `sha256:${shortDigest(row.digest)}`,
    row.publishedAt?.slice(0, 16).replace("T", " ") ?? "",
    row.platforms?.join(" ") ?? "",
    scanText(row),
    row.tags?.map(tagText).join(" ") ?? "",
    [
      ...(row.hold === undefined ? [] : [formatHold(row.hold)]),
      ...Object.entries(row.heldBases ?? {}).map(([base, hold]) => `base ${base} ${formatHold(hold)}`),
      ...(row.failures === undefined ? [] : [formatFailures(row.failures)]),
    ].join("; "),
  ]);
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** The references that the published image was built from. */
function basesOf(state: ImageState | undefined): readonly string[] {
  const names = Object.values(state?.platforms ?? {}).flatMap(({ inputs }) => Object.keys(inputs.bases));
  return [...new Set(names.map(referenceOf))];
}

function formatFailures({ count, firstAt, message }: Failures): string {
  return `failed ${count === 1 ? "once" : `${count} times`} since ${formatMinute(firstAt)}: ${message}`;
}
