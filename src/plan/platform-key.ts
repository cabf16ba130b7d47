import type { Platform } from "../platform.ts";
import { type Digest, digestOf } from "../registry/digest.ts";

/**
 * The version of how the factory turns inputs into bytes: raised when the same inputs would give other images, so that
 * everything is built anew once.
 */
export const recipeVersion = 1;

/** Everything that decides the bytes of one platform's image, and nothing else. */
export interface PlatformInputs {
  readonly recipe: number;
  readonly platform: Platform;
  /** Identity of the source's files as sent, or of the resolved packages of a debian source. */
  readonly files: Digest;
  /** Digest of the Dockerfile's text without the stages that the target does not reach; null where there is none. */
  readonly dockerfile: Digest | null;
  readonly args: Readonly<Record<string, string>>;
  readonly target: string | null;
  readonly network: "default" | "none";
  readonly labels: Readonly<Record<string, string>>;
  /** Ids of the build secrets, never what they hold. */
  readonly secrets: readonly string[];
  /** UTC second of the last forced or scheduled rebuild. */
  readonly epoch: number | null;
  /** For every external reference, as `<reference> for <platform of its stage>`: the digest of that platform's image. */
  readonly bases: Readonly<Record<string, Digest>>;
}

/** The key of one platform: equal inputs give equal keys on every machine, whatever order they were written in. */
export function platformKey(inputs: PlatformInputs): Digest {
  return digestOf(JSON.stringify(sortedDeep({ ...inputs, secrets: inputs.secrets.toSorted() })));
}

/** The platform of the stage that a base is for; one on `$BUILDPLATFORM` has whichever machine builds. */
export type BasePlatform = Platform | "build platform";

const separator = " for ";

/** The name under which a base stands in `PlatformInputs.bases`. */
export function baseName(reference: string, platform: BasePlatform): string {
  return `${reference}${separator}${platform}`;
}

/** The platform in a name that `baseName` made. */
export function platformOf(name: string): string {
  return name.slice(name.lastIndexOf(separator) + separator.length);
}

/** The reference in a name that `baseName` made. */
export function referenceOf(name: string): string {
  return name.slice(0, name.lastIndexOf(separator));
}

function sortedDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedDeep);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortedDeep(inner)]));
}
