import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RegistryClient } from "../../src/registry/client.ts";
import { parseRepository } from "../../src/registry/reference.ts";
import { run } from "../../src/run.ts";
import { advisoryFeed } from "../../src/scan/feed.ts";
import { pushFeed } from "../../src/scan/feed-registry.ts";

/** Puts a database where the settings of the tests' factories look for it. */
export async function pushDatabase(
  registry: string,
  client: RegistryClient,
  layer: Uint8Array,
): Promise<void> {
  await pushFeed(advisoryFeed, layer, parseRepository(`${registry}/trivy-db`), client);
}

/**
 * The database as if an advisory were of another package. Names are keys of a sorted tree, and stand in it with their
 * length: the other one has to be as long, and no other key may lie between them.
 */
export async function databaseOfAnother(layer: Uint8Array, name: string, other: string): Promise<Uint8Array> {
  const dir = await mkdtemp(join(tmpdir(), "factory-cluster-database-"));
  try {
    const archive = join(dir, "layer.tar.gz");
    await writeFile(archive, layer);
    await run({ tool: "tar", args: ["-xzf", archive, "-C", dir] });
    const file = join(dir, advisoryFeed.data);
    const changed = (await readFile(file, "latin1")).replaceAll(name, other);
    await writeFile(file, changed, "latin1");
    await run({ tool: "tar", args: ["-C", dir, "-czf", archive, advisoryFeed.data, "metadata.json"] });
    return await readFile(archive);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
