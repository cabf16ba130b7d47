import { createHash, type Hash } from "node:crypto";

/**
 * Hashes the content of a file or link of `size` bytes into the name that git gives it, of the length of `like`.
 * @see https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage
 */
export function blobHash(like: string, size: number): Hash {
  return createHash(like.length === 64 ? "sha256" : "sha1").update(`blob ${size}\0`);
}

/** Whether this is the content that `object` names; of text that was no UTF-8 nobody can tell any more. */
export function isContentOf(object: string, text: string): boolean {
  if (text.includes("\uFFFD")) return true;
  return blobHash(object, Buffer.byteLength(text)).update(text).digest("hex") === object;
}
