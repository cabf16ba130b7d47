import type { RegistryClient } from "./client.ts";
import type { Digest } from "./digest.ts";
import type { Repository } from "./reference.ts";

/** `host:port/path@sha256:…`: where the digest can be pulled from here and now, as tools and people are given it. */
export function pullReference(
  client: Pick<RegistryClient, "addressOf">,
  repository: Repository,
  digest: Digest,
): string {
  const { host, path } = client.addressOf(repository);
  return `${host}/${path}@${digest}`;
}
