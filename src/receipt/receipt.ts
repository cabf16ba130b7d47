import type { Enrolment, Severity, Source } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { Platform } from "../platform.ts";
import type { Digest } from "../registry/digest.ts";
import type { PlatformScan } from "../scan/scan-report.ts";
import { shownAddress } from "../source/archive/failure.ts";
import type { ImageState, PlatformState, Publication, ScanState, TagState } from "../state/image-state.ts";

/** The artifact type by which a receipt is found among the referrers of its index. */
export const receiptType = "application/vnd.image-factory.receipt.v1+json";

/** The annotation of a receipt that names its publication, by the unique tag: a publication has one receipt. */
export const publicationAnnotation = "localhost.factory.publication";

/** Raised when a receipt says what an older factory would read wrongly. */
const receiptForm = 1;

/**
 * What is known of one publication, kept beside its index in the registry: from the receipts alone it can be told what
 * every published digest was made of. receipt.schema.json describes it.
 */
export interface Receipt {
  readonly receipt: number;
  readonly image: string;
  readonly repository: string;
  readonly digest: Digest;
  /** Bytes of the index. */
  readonly size: number;
  readonly publication: Publication;
  readonly asked: Asked;
  readonly source: ReceiptSource;
  readonly commit?: string;
  readonly version?: string;
  readonly epoch?: number;
  readonly platforms: Readonly<Partial<Record<Platform, ReceiptPlatform>>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where this publication left its tags; `previous` is where each was before. */
  readonly tags: Readonly<Record<string, TagState>>;
  readonly scan: ScanState;
  readonly tools: { readonly factory: string; readonly trivy?: string };
}

/** Who wanted a publication. */
export interface Asked {
  /** "automatic": nobody asked, a schedule or a base did. "unknown": the receipt was lost and made again of the state. */
  readonly mode: "manual" | "automatic" | "unknown";
  /** By the name that the machine has for them. */
  readonly user?: string;
  /** The machine, or the pod. */
  readonly host: string;
}

/** Where the source is, without what only one machine knows: a path of its file system. */
type ReceiptSource =
  | { readonly kind: "git"; readonly url?: string; readonly ref?: string; readonly directory: string }
  | { readonly kind: "folder" }
  | { readonly kind: "archive"; readonly url?: string; readonly digest?: Digest; readonly directory: string }
  | { readonly kind: "debian"; readonly suite: string; readonly packages: readonly string[] };

interface ReceiptPlatform extends PlatformState {
  /** Absent in a receipt that was made again. */
  readonly found?: {
    readonly os?: string;
    readonly packages: number;
    readonly counts: Readonly<Partial<Record<Severity, number>>>;
  };
}

/** What of a publication its state does not say. */
export interface ReceiptFacts {
  readonly asked: Asked;
  readonly source: Source;
  /** Version of this factory. */
  readonly factory: string;
}

/** The receipt of the newest publication in a state. */
export function receiptOf(
  image: Enrolment["name"],
  state: ImageState,
  size: number,
  scans: NonEmpty<PlatformScan>,
  facts: ReceiptFacts,
): Receipt {
  const platforms = scans.map(({ platform: { platform }, report }) => {
    const of = state.platforms[platform];
    if (of === undefined) throw new Error(`${image} has no ${platform}`);
    const os = report.os === undefined ? {} : { os: `${report.os.family} ${report.os.name}` };
    return [platform, { ...of, found: { ...os, packages: report.packages, counts: report.counts } }] as const;
  });
  const trivy = scans.find(({ report }) => report.trivy !== undefined)?.report.trivy;
  return receiptWith(image, state, size, Object.fromEntries(platforms), { ...facts, trivy });
}

/** The receipt of the newest publication in a state once more, without what no state says. */
export function receiptAgain(
  image: Enrolment["name"],
  state: ImageState,
  size: number,
  facts: ReceiptFacts,
): Receipt {
  return receiptWith(image, state, size, state.platforms, { ...facts, trivy: undefined });
}

function receiptWith(
  image: Enrolment["name"],
  state: ImageState,
  size: number,
  platforms: Receipt["platforms"],
  { asked, source, factory, trivy }: ReceiptFacts & { readonly trivy: string | undefined },
): Receipt {
  const [publication] = state.publications;
  if (publication === undefined || state.scan === undefined) throw new Error(`${image} was not published`);
  const own = Object.entries(state.tags).filter(
    ([, { digest, promoted }]) => digest === state.digest && promoted !== true,
  );
  return {
    receipt: receiptForm,
    image,
    repository: state.repository,
    digest: state.digest,
    size,
    publication,
    asked,
    source: sourceOf(source),
    ...(state.commit === undefined ? {} : { commit: state.commit }),
    ...(state.version === undefined ? {} : { version: state.version }),
    ...(state.epoch === undefined ? {} : { epoch: state.epoch }),
    platforms,
    annotations: state.annotations,
    tags: Object.fromEntries(own),
    scan: state.scan,
    tools: { factory, ...(trivy === undefined ? {} : { trivy }) },
  };
}

/**
 * A receipt as it was read from a registry.
 * @throws FactoryError "registry-answer-invalid" for anything else, and for one that a newer factory wrote.
 */
export function parseReceipt(bytes: Uint8Array, where: string): Receipt {
  let value: Partial<Receipt> | null = null;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Partial<Receipt> | null;
  } catch {
    // Said below.
  }
  const whole =
    value?.receipt === receiptForm &&
    [value.image, value.repository, value.digest, value.publication?.uniqueTag].every(
      (field) => typeof field === "string",
    ) &&
    [value.platforms, value.tags, value.scan, value.annotations].every(
      (field) => typeof field === "object" && field !== null,
    );
  if (whole) return value as Receipt;
  throw new FactoryError("registry-answer-invalid", `${where} is no receipt that this factory can read`, {
    hint: "A newer factory may have written it, or somebody else.",
  });
}

function sourceOf(source: Source): ReceiptSource {
  switch (source.kind) {
    case "git": {
      const { url, ref, directory } = source;
      const isRemote = /^(?:https?|ssh|git):\/\//.test(url) || /^[^/]+@[^/]+:/.test(url);
      return { kind: "git", ...(isRemote ? { url } : {}), ...(ref === undefined ? {} : { ref }), directory };
    }
    case "folder":
      return { kind: "folder" };
    case "archive": {
      const { place, digest, directory } = source;
      const url = place.kind === "url" ? { url: shownAddress(new URL(place.url)) } : {};
      return { kind: "archive", ...url, ...(digest === undefined ? {} : { digest }), directory };
    }
    case "debian":
      return { kind: "debian", suite: source.suite, packages: source.packages };
  }
}
