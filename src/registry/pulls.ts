import { type ErrorCode, FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Address, type AddressOptions, pullAddresses } from "./address.ts";
import { isDigest } from "./digest.ts";
import { formatReference, type Reference, type Repository } from "./reference.ts";
import type { RegistryTable } from "./registries-conf.ts";

/**
 * Reads from where registries.conf says: mirror by mirror, and the primary last, whose answer alone can be "absent"
 * and whose failure is the pull's. A mirror that fails is said once in the log and, when it could not be reached,
 * not asked again.
 */
export type Pull = <T>(
  repository: Repository,
  tagOrDigest: string,
  read: (address: Address) => Promise<T | undefined>,
) => Promise<T | undefined>;

const mirrorFailures: readonly ErrorCode[] = [
  "registry-unavailable",
  "registry-answer-invalid",
  "credentials-invalid",
  "settings-invalid",
];

export function createPull(
  options: AddressOptions & { readonly log: Log; readonly tables: () => Promise<readonly RegistryTable[]> },
): Pull {
  const unreachable = new Set<string>();
  return async (repository, tagOrDigest, read) => {
    const reference = referenceTo(repository, tagOrDigest);
    const { mirrors, primary } = pullAddresses(reference, options, await options.tables());
    for (const mirror of mirrors) {
      if (unreachable.has(mirror.host)) continue;
      try {
        const found = await read(mirror);
        if (found !== undefined) return found;
      } catch (error) {
        if (!(error instanceof FactoryError) || !mirrorFailures.includes(error.code)) throw error;
        if (error.code === "registry-unavailable") unreachable.add(mirror.host);
        const text = `mirror ${mirror.host} of ${repository.registry} passed over: ${error.message}`;
        options.log({ kind: "warning", text });
      }
    }
    return read(primary);
  };
}

/** A reference by tag or by digest, whichever the text is. */
function referenceTo({ registry, path }: Repository, tagOrDigest: string): Reference {
  return isDigest(tagOrDigest)
    ? { registry, path, digest: tagOrDigest }
    : { registry, path, tag: tagOrDigest };
}

/** How a manifest or blob is named in messages. */
export function nameOf(repository: Repository, tagOrDigest: string): string {
  return formatReference(referenceTo(repository, tagOrDigest));
}
