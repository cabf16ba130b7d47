import { referenceOf } from "../plan/platform-key.ts";
import type { ImageState } from "./image-state.ts";
import { olderNames } from "./older-names.ts";
import type { Field } from "./yaml-field.ts";

/** What a state file has beside `factory:`. */
export type StateFields = Readonly<Record<string, unknown>>;

/**
 * What the older tool's fields have to say after a publication. `lastBuilt` is when the digest was published: bytes that
 * come out the same are no other version, so a forced rebuild moves it only with the digest. Of what only the older
 * tool writes, discovery, what stands there is brought up to date and nothing is added.
 */
export function olderFields(image: string, state: ImageState, before: StateFields): readonly Field[] {
  const newest = state.publications[0];
  const fields: Field[] = [];
  if (!known(before["name"])) fields.push({ name: "name", text: image });
  const planned = plannedAt(state);
  const begun = newest?.at ?? planned;
  if (!known(before["enrolledAt"]) && begun !== undefined) fields.push(time("enrolledAt", begun));
  if ("lastDiscovery" in before && planned !== undefined) fields.push(time("lastDiscovery", planned));
  if ("discoveryStatus" in before) fields.push({ name: "discoveryStatus", text: "success" });
  const moved = before["currentDigest"] !== state.digest;
  if (state.version !== undefined) fields.push({ name: "currentVersion", text: state.version });
  else if (moved && "currentVersion" in before) fields.push({ name: "currentVersion", text: null });
  fields.push({ name: "currentDigest", text: state.digest });
  // When somebody else built it is known only as far as the image says so.
  const builtAt = state.adopted === undefined ? newest?.at : state.adopted.created;
  if (builtAt !== undefined) fields.push(time("lastBuilt", builtAt));
  else if (moved && "lastBuilt" in before) fields.push({ name: "lastBuilt", text: null });
  fields.push({ name: "baseImages", list: baseImages(state, before) });
  return fields;
}

function known(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The older tool writes times in quotes, with an offset and not with a Z. */
function time(name: string, at: string): Field {
  return { name, text: at.replace(/Z$/, "+00:00"), quoted: true };
}

/** When the bases were last read from the Dockerfile: every publication sets its tags in the run that planned it. */
function plannedAt({ tags, scan, adopted }: ImageState): string | undefined {
  const set = Object.values(tags).map(({ at }) => at);
  return set.toSorted().at(-1) ?? adopted?.firstSeen ?? scan?.at;
}

/** Every base once, whatever platforms have it: by its reference, or by its name where the older tool wrote the file. */
function baseImages(state: ImageState, before: StateFields): readonly string[] {
  const names = Object.values(state.platforms).flatMap(({ inputs, base }) => [
    ...Object.keys(inputs.bases).map(referenceOf),
    ...(base === undefined ? [] : [base]),
  ]);
  const references = [...new Set(names)].toSorted();
  const isOlder = "enrollment" in before || "discoveryStatus" in before;
  if (!isOlder) return references;
  const listed = new Set(Array.isArray(before["baseImages"]) ? before["baseImages"] : []);
  const given = references.map((reference) => {
    const possible = olderNames(reference);
    return possible.find((name) => listed.has(name)) ?? possible[0];
  });
  return [...new Set(given)].toSorted();
}
