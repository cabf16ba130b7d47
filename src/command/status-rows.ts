import type { Enrolment } from "../enrolment/enrolment.ts";
import { formatMinute } from "../minute.ts";
import type { Failures } from "../plan/breaker.ts";
import { referenceOf } from "../plan/platform-key.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, shortDigest } from "../registry/digest.ts";
import { formatRepository } from "../registry/reference.ts";
import { activeHold, formatHold, type Hold } from "../state/holds.ts";
import type { ImageState } from "../state/image-state.ts";
import type { ImageRecord } from "../state/state-file.ts";

/** What is recorded of one image beside what its registry says. */
export interface ImageStatus {
  readonly image: string;
  readonly repository: string;
  /** "never built", "published", "moved" (a tag is not where the factory left it) or "missing" (not in the registry). */
  readonly status: "never built" | "published" | "moved" | "missing";
  readonly digest?: Digest;
  readonly publishedAt?: string;
  readonly platforms?: readonly string[];
  readonly tags?: readonly { readonly tag: string; readonly left: Digest; readonly holds: Digest | null }[];
  readonly commit?: string;
  readonly epoch?: number;
  readonly scan?: ImageState["scan"];
  readonly hold?: Hold;
  /** Holds of bases that it was built from, by their references. */
  readonly heldBases?: Readonly<Record<string, Hold>>;
  readonly failures?: Failures;
}

export interface StatusDoor {
  readonly client: RegistryClient;
  readonly clock: () => Date;
  /** What is recorded of bases, by reference. */
  readonly bases: ReadonlyMap<string, { readonly hold?: Hold }>;
}

/** Looks up every recorded tag of an image. */
export async function imageStatus(
  { name, repository }: Enrolment,
  { state, hold: recorded, failures }: ImageRecord,
  { client, clock, bases }: StatusDoor,
): Promise<ImageStatus> {
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
  if (state === undefined) return { ...own, status: "never built" };
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
  return {
    ...own,
    status: standing === undefined ? "missing" : moved ? "moved" : "published",
    digest: state.digest,
    ...(state.publications[0] === undefined ? {} : { publishedAt: state.publications[0].at }),
    platforms: Object.keys(state.platforms),
    tags,
    ...(state.commit === undefined ? {} : { commit: state.commit }),
    ...(state.epoch === undefined ? {} : { epoch: state.epoch }),
    scan: state.scan,
  };
}

/** One line for each image, in columns. */
export function statusLines(rows: readonly ImageStatus[]): readonly string[] {
  const cells = rows.map((row) => [
    row.image,
    row.status,
    row.digest === undefined ? "" : `sha256:${shortDigest(row.digest)}`,
    row.publishedAt?.slice(0, 16).replace("T", " ") ?? "",
    row.platforms?.join(" ") ?? "",
    row.scan === undefined ? "" : `scanned${row.scan.database === "sample" ? ", database: sample" : ""}`,
    row.tags
      ?.map(({ tag, left, holds }) =>
        left === holds ? tag : `${tag} (${holds === null ? "gone" : `moved to ${shortDigest(holds)}`})`,
      )
      .join(" ") ?? "",
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
