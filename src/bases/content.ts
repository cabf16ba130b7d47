import type { StoredDigest, StoredImages } from "../resolve/stored-images.ts";
import type { BaseContent } from "./base-record.ts";
import { declaredEnd } from "./end-of-life.ts";

const image = "org.opencontainers.image";

/** What is recorded of a digest: its platforms, and what its index or one of its images says of itself. */
export async function readContent(base: StoredDigest, stored: StoredImages): Promise<BaseContent> {
  const { platforms, annotations } = await stored.platforms(base);
  const digest = platforms["linux/amd64"] ?? platforms["linux/arm64"] ?? Object.values(platforms)[0];
  const one = digest === undefined ? undefined : await stored.image({ repository: base.repository, digest });
  const said = { ...one?.config.config.Labels, ...one?.manifest.annotations, ...annotations };
  const endOfLife = declaredEnd(said);
  const metadata = {
    created: one?.config.created,
    version: said[`${image}.version`],
    source: said[`${image}.source`],
    revision: said[`${image}.revision`],
  };
  const known = Object.entries(metadata).filter(([, value]) => value !== undefined);
  return {
    digest: base.digest,
    platforms,
    ...(endOfLife === undefined ? {} : { endOfLife }),
    metadata: Object.fromEntries(known) as Record<string, string>,
  };
}
