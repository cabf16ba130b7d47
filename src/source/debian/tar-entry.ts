/**
 * One thing in a tar archive. Paths and link targets are byte strings (one character a byte, 0-255), without `./` before
 * or `/` behind, so that every name survives and sorts by its bytes.
 */
export type TarEntry = TarFile | TarDirectory | TarLink;

interface TarOwner {
  readonly path: string;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface TarFile extends TarOwner {
  readonly kind: "file";
  readonly content: TarContent;
}

export interface TarDirectory extends TarOwner {
  readonly kind: "directory";
}

export interface TarLink extends TarOwner {
  /** A hard link names the path of a file in the same archive. */
  readonly kind: "symlink" | "hardlink";
  readonly target: string;
}

/** Bytes at hand, or a stretch of the archive that the entry was read from. */
export type TarContent = Uint8Array | { readonly offset: number; readonly size: number };

export function sizeOf(content: TarContent): number {
  return content instanceof Uint8Array ? content.length : content.size;
}

/** The bytes of a text as a byte string. */
export function byteString(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
