import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BenchWorld, makeBenchWorld, removeFolder } from "../../bench/bench-world.ts";
import { measure } from "../../bench/measure.ts";
import { makeRepository, type Sample, samples } from "../../bench/samples.ts";
import { factorySubject, rawSubjects, type Subject } from "../../bench/subjects.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { createCredentialStore } from "../../src/registry/credentials.ts";
import { parseIndex } from "../../src/registry/manifest.ts";
import { parseReference } from "../../src/registry/reference.ts";
import { run } from "../../src/run.ts";
import { makeTempFolder } from "../source/repository.ts";

const dir = makeTempFolder();
const { signal } = new AbortController();
let world: BenchWorld;
let client: RegistryClient;
beforeAll(async () => {
  world = await makeBenchWorld(dir, { log: () => undefined, env: process.env, signal });
  const authFiles = [join(world.credentialsDir, "config.json")];
  client = createRegistryClient({
    embedded: world.address,
    credentials: createCredentialStore({ authFiles, env: {}, run }),
    log: () => undefined,
  });
});
afterAll(async () => {
  await world.end();
  await removeFolder(dir, world.host);
  rmSync(dir, { recursive: true, force: true });
});

/** What a subject leaves of a sample in the registry, without what is another's with each build. */
async function publish(subject: Subject, sample: Sample, url: string) {
  const registry = `${world.address}/${subject.name.replaceAll(" ", "-")}`;
  const { stdout } = await measure(await subject.command(sample, url, registry));
  const reference = parseReference(stdout.trim());
  const { digest } = reference;
  const index = digest && (await client.getManifest(reference, digest));
  if (!index) throw new Error(`${stdout} is not there`);
  const referrers = await client.listReferrers(reference, digest);
  const found = await Promise.all(referrers.map((entry) => client.getManifest(reference, entry.digest)));
  const tags = await client.listTags(reference);
  return {
    platforms: parseIndex(index, stdout).manifests.map(({ platform }) => platform?.architecture),
    latest: (await client.headManifest(reference, "latest"))?.digest === digest,
    // The factory stages in a repository of its own.
    tags: tags
      .filter((tag) => !tag.startsWith("candidate-"))
      .map((tag) =>
        tag.replace(/^\d{8}T\d{6}Z/, "<time>").replace(/(?<=^sha256-|^<time>-)[0-9a-f]+$/, "<digest>"),
      ),
    receipts: found.filter((manifest) => manifest !== undefined).length,
  };
}

test("the script that does the factory's job leaves in the registry what the factory leaves", async () => {
  const [tiny] = samples;
  const [sideBySide] = await rawSubjects(world);
  if (tiny === undefined || sideBySide === undefined) throw new Error("the bench has nothing to compare");
  const { url } = await makeRepository(join(dir, "sources"), tiny, "");
  const own = await publish(await factorySubject(world), tiny, url);
  expect(own).toMatchObject({ platforms: ["amd64", "arm64"], latest: true, receipts: 1 });
  expect(await publish(sideBySide, tiny, url)).toEqual(own);
});
