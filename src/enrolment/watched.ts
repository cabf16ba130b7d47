import { formatRepository, type Reference } from "../registry/reference.ts";
import type { WatchedImage } from "./enrolment.ts";

/** Whether a reference is a tag that an image is watched for. */
export function covers({ repository, rule }: WatchedImage, reference: Reference): boolean {
  const { tag, digest } = reference;
  if (tag === undefined || digest !== undefined) return false;
  if (formatRepository(reference) !== formatRepository(repository) || rule.ignoreTags.includes(tag))
    return false;
  return rule.allowTags === undefined || new RegExp(rule.allowTags).test(tag);
}
