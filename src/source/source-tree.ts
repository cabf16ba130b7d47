import type { Digest } from "../registry/digest.ts";

/**
 * A checked-out build context that nobody else changes: files as they are sent to the build (ignored ones left out,
 * modes 644 and 755, no special files) and the Dockerfile beside it.
 */
export interface SourceTree {
  /** Absolute path of the folder to send as context. */
  readonly dir: string;
  /** Text of the Dockerfile; undefined where there is none (a debian root that is the image itself). */
  readonly dockerfile: string | undefined;
  readonly commit: string | undefined;
  /** SemVer tag of the commit without a leading "v", where git has one. */
  readonly version: string | undefined;
  /** Identity of the files as sent: content, path and mode, whatever machine, user or time they came from. */
  readonly treeId: Digest;
  /** Frees what `dir` takes on disk; call it exactly once. */
  readonly dispose: () => Promise<void>;
}
