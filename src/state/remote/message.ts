import { isDeepStrictEqual } from "node:util";
import { shortDigest } from "../../registry/digest.ts";
import { formatHold } from "../holds.ts";
import type { ImageState, PromotedTags } from "../image-state.ts";
import { factoryOf, parsePage } from "../state-file.ts";
import { imageOf, isBaseRecord } from "./tree.ts";

type Begun = Pick<ImageState, "publishing">;

/** A file of a commit: what it said before and says now; undefined is no file. */
export interface FileChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What a commit says of its changes: one line where they are of one thing, else a line for each below their number. */
export function commitMessage(changes: readonly FileChange[]): string {
  const lines = [...new Set(changes.map(describe))];
  const [only = "nothing"] = lines;
  return lines.length === 1 ? `${only}\n` : `${lines.length} changes\n\n${lines.join("\n")}\n`;
}

function describe({ path, before, after }: FileChange): string {
  const image = imageOf(path);
  if (image === undefined) {
    const name = isBaseRecord(path) ? path.slice("base-images/".length, -".yaml".length) : path;
    return `${name}: ${after === undefined ? "removed" : isBaseRecord(path) ? "what is seen of it" : "as it is now"}`;
  }
  if (path.startsWith("receipts/"))
    return `${image}: ${after === undefined ? "its receipt is written" : "a receipt is owed"}`;
  return `${image}: ${after === undefined ? "removed" : changeOfImage(path, before, after)}`;
}

function changeOfImage(path: string, before: string | undefined, after: string): string {
  const [was, is] = [before, after].map((text) => factoryOf(parsePage(path, text)) ?? {});
  const newest = is?.publications?.[0];
  if (newest !== undefined && newest.uniqueTag !== was?.publications?.[0]?.uniqueTag) {
    const why = newest.rollback?.why ?? newest.reasons?.join("; ");
    const verb = newest.rollback === undefined ? "published" : "rolled back to";
    return `${verb} sha256:${shortDigest(newest.digest)}${why === undefined ? "" : `: ${oneLine(why)}`}`;
  }
  if (is?.digest !== undefined && is.digest !== was?.digest)
    return `takes sha256:${shortDigest(is.digest)} for what is published`;
  if (!isDeepStrictEqual(is?.hold, was?.hold))
    return is?.hold === undefined ? "lifted" : oneLine(formatHold(is.hold));
  if (!isDeepStrictEqual(is?.failures, was?.failures))
    return is?.failures === undefined ? "fails no more" : `failed ${is.failures.count} times`;
  const [promoted] = is?.promotions ?? [];
  if (promoted !== undefined && !isDeepStrictEqual(is?.promotions, was?.promotions))
    return promotionText(promoted);
  return begunText(was, is);
}

function begunText(was: Begun | undefined, is: Begun | undefined): string {
  const [begun] = is?.publishing ?? [];
  return begun !== undefined && !isDeepStrictEqual(is?.publishing, was?.publishing)
    ? `is about to publish sha256:${shortDigest(begun.digest)}`
    : "what is known of it";
}

function promotionText({ digest, repository, tags }: PromotedTags): string {
  return `promoted sha256:${shortDigest(digest)} to ${repository}: ${Object.keys(tags).join(", ")}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 300);
}
