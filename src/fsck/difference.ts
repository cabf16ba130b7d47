import type { BaseHold } from "../bases/base-record.ts";
import type { ExitStatus } from "../errors.ts";
import type { Receipt } from "../receipt/receipt.ts";
import type { Digest } from "../registry/digest.ts";
import type { Hold } from "../state/holds.ts";
import type { ImageState, Unfinished } from "../state/image-state.ts";

interface HeldBase {
  readonly reference: string;
  readonly hold: BaseHold;
}

/** What `--repair` does about a difference. */
export type Repair =
  /**
   * `damaged`: a file stands there that says something else, and is kept beside. Without a state only what is damaged is
   * taken out.
   */
  | {
      readonly kind: "restore-state";
      readonly state: ImageState | undefined;
      readonly hold: Hold | undefined;
      readonly damaged: boolean;
    }
  | { readonly kind: "write-state"; readonly state: ImageState }
  | { readonly kind: "write-unfinished"; readonly unfinished: readonly Unfinished[] }
  | { readonly kind: "set-tag"; readonly tag: string; readonly digest: Digest }
  | { readonly kind: "copy-platforms"; readonly digests: readonly Digest[] }
  | { readonly kind: "owe-receipt"; readonly receipt: Receipt }
  | { readonly kind: "settle-receipts"; readonly image: string }
  /** A file goes out of the way, and stays beside; a base that was held in it is held again. */
  | { readonly kind: "put-aside"; readonly file: string; readonly held?: HeldBase | undefined }
  | ({ readonly kind: "hold-base" } & HeldBase)
  | { readonly kind: "remove"; readonly file: string };

export type DifferenceKind =
  | "state-missing"
  | "state-damaged"
  | "state-behind"
  | "unfinished"
  | "image-lost"
  | "incomplete"
  | "tag-gone"
  | "tag-moved"
  | "receipt-missing"
  | "receipt-damaged"
  | "receipt-owed"
  | "file-damaged"
  | "left-behind";

/** One thing in which state, registry and receipts do not agree. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** Undefined for what is no image's. */
  readonly image: string | undefined;
  /** A file, or what stands in a registry. */
  readonly place: string;
  readonly what: string;
  readonly remedy: string;
  /** What a run ends with that leaves it. */
  readonly exitStatus: ExitStatus;
  /** Undefined where only somebody else can decide. */
  readonly repair: Repair | undefined;
}

/** State and registry do not say the same, and no other try changes that. */
export const disagrees: ExitStatus = 78;
/** A run that was not completed, which another one completes. */
export const anotherTry: ExitStatus = 75;
/** Somebody else moved it, and the factory leaves it there. */
export const notOurs: ExitStatus = 77;

export function repairRemedy(image: string | undefined): string {
  return `npm run fsck ${image === undefined ? "" : `IMAGE=${image} `}-- --repair`;
}
