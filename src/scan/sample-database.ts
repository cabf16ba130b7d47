import { readFile } from "node:fs/promises";
import { embeddedRegistry } from "../registry/address.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import { advisoryFeed, type FeedSource } from "./feed.ts";
import { feedSources, type OpenClient, pushFeed } from "./feed-registry.ts";

/** Where the sample database is in the embedded registry, for any Trivy: `--db-repository <address>/sample/trivy-db:2`. */
const sampleRepository: Repository = { registry: embeddedRegistry, path: "sample/trivy-db" };

/**
 * Puts the factory's own tiny database into the embedded registry, which keeps what it has, and says how to fetch it.
 * @throws FactoryError as the registry client does.
 */
export async function publishSampleDatabase(
  archive: string,
  open: OpenClient,
  signal?: AbortSignal,
): Promise<FeedSource> {
  const client = open(signal === undefined ? {} : { signal });
  await pushFeed(advisoryFeed, await readFile(archive), sampleRepository, client);
  const [source] = feedSources(advisoryFeed, formatRepository(sampleRepository), open);
  return source;
}
