import { satisfies } from "semver";
import type { WatchedImage } from "../enrolment/enrolment.ts";
import type { Reference } from "../registry/reference.ts";

/** Whether what is watched is the image that a reference means: its repository, by a tag that the rule allows. */
export function isWatchedBy({ repository, rule }: WatchedImage, reference: Reference): boolean {
  if (repository.registry !== reference.registry || repository.path !== reference.path) return false;
  const { tag } = reference;
  if (tag === undefined) return true;
  if (rule.ignoreTags.includes(tag)) return false;
  if (rule.allowTags !== undefined && !new RegExp(rule.allowTags, "u").test(tag)) return false;
  return rule.constraint === undefined || satisfies(tag, rule.constraint);
}
