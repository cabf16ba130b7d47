import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { baseProblems } from "../../src/bases/base-problem.ts";
import { createBaseWatch } from "../../src/bases/base-watch.ts";
import { readBaseRecords } from "../../src/bases/record-store.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { createTransport } from "../../src/registry/transport.ts";
import { createStoredImages } from "../../src/resolve/stored-images.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";
import { digest } from "./facts.ts";
import { pushIndex } from "./push-image.ts";

let real: RealRegistry;
let dir: string;
let client: RegistryClient;
/** `METHOD path status`, of manifests, blobs and tags. */
const requests: string[] = [];

beforeAll(async () => {
  [real, dir] = await Promise.all([startRegistry(), mkdtemp(join(tmpdir(), "factory-watch-"))]);
  const transport = createTransport({ env: {}, connectMs: 5000, idleMs: 5000, storeMs: 5000 });
  client = createRegistryClient({
    credentials: { lookup: async () => undefined },
    log: () => undefined,
    env: {},
    transport: async (request) => {
      const response = await transport(request);
      const path = request.url.pathname;
      if (path !== "/v2/")
        requests.push(`${request.method} ${path.replace(/@?sha256:.*/, "<digest>")} ${response.status}`);
      return response;
    },
  });
});
afterAll(async () => {
  await real?.stop();
  await rm(dir, { recursive: true, force: true });
});

const door = () => ({
  client,
  stored: createStoredImages(client, join(dir, "work", "cache", "registry")),
  stateDir: join(dir, "state"),
  workDir: join(dir, "work"),
  clock: () => new Date(),
});

/** A whole run. */
async function watch(...references: string[]) {
  requests.length = 0;
  const own = createBaseWatch(door());
  const seen = await Promise.all(references.map((reference) => own.see(reference)));
  await own.record();
  return seen;
}

test("a real registry is asked for a hundred images on three bases by three look-ups, answered 304 from the second run on", async () => {
  const names = ["one", "two", "three"].map((name) => `${real.address}/base/${name}:1`);
  for (const name of ["one", "two", "three"]) {
    await pushIndex(client, { registry: real.address, path: `base/${name}` }, "1", {
      text: name,
      labels: { "com.suse.supportlevel.until": "2026-01-01" },
    });
  }
  const images = Array.from({ length: 100 }, (_, at) => names[at % 3] ?? "");
  await watch(...images);
  const heads = () => requests.filter((request) => request.startsWith("HEAD"));
  expect(heads()).toEqual(names.map(() => expect.stringMatching(/manifests\/1 200$/)));
  // What a new digest holds is read once: index, one image, its config.
  expect(requests).toHaveLength(3 + 3 * 3);

  await watch(...images);
  expect(heads()).toEqual(names.map(() => expect.stringMatching(/manifests\/1 304$/)));
  expect(requests).toHaveLength(3);
  expect((await readBaseRecords(door())).size).toBe(3);
});

test("a base that moves, lacks a platform, ends or vanishes is recorded as the registry shows it", async () => {
  const base = { registry: real.address, path: "base/moving" };
  const reference = `${real.address}/base/moving:1`;
  const first = await pushIndex(client, base, "1", { text: "first", created: "2026-11-01T00:00:00Z" });
  const [seen] = await watch(reference);
  expect(seen?.record).toMatchObject({
    currentDigest: first.digest,
    metadata: { created: "2026-11-01T00:00:00Z" },
    digests: [{ platforms: first.platforms }],
  });

  const labels = { "com.suse.supportlevel.until": "2026-01-01" };
  const second = await pushIndex(client, base, "1", { text: "second", labels });
  const [moved] = await watch(reference);
  expect(moved?.record).toMatchObject({
    currentDigest: second.digest,
    previousDigest: first.digest,
    digests: [{ platforms: second.platforms }, { platforms: first.platforms }],
  });

  for (const tagged of [second.digest]) await client.deleteManifest(base, tagged);
  const [gone] = await watch(reference);
  expect(gone?.digest).toBeUndefined();
  const record = (await readBaseRecords(door())).get(reference);
  if (record === undefined) throw new Error("no record");
  const question = {
    record,
    needs: ["linux/amd64", "linux/s390x"],
    watched: [],
    now: new Date("2026-11-21T12:00:00Z"),
  };
  expect(baseProblems(question).map(({ kind }) => kind)).toEqual([
    "vanished",
    "lacks platform",
    "end of life",
  ]);
});

test("processes that record at the same time lose nothing of each other", async () => {
  const [state, work] = [join(dir, "shared"), join(dir, "shared-work")];
  const script = join(import.meta.dirname, "record-once.ts");
  const names = Array.from({ length: 6 }, (_, at) => `process-${at}`);
  await Promise.all(names.map((name) => promisify(execFile)(process.execPath, [script, state, work, name])));
  const record = (await readBaseRecords({ stateDir: state, workDir: work })).get(
    "docker.io/library/node:22-slim",
  );
  expect(record?.scans.map((scan) => scan.digest).toSorted()).toEqual(names.map(digest).toSorted());
  const records = await readBaseRecords({ stateDir: state, workDir: work });
  for (const name of names)
    expect(records.get(`docker.io/library/${name}:1`)?.currentDigest).toBe(digest(name));
});

test("a file that somebody damaged stops the run with its name, and is left as it is", async () => {
  const reference = `${real.address}/base/moving:1`;
  await watch(reference);
  const file = join(dir, "state", "base-images", `${real.address.replace(":", "-")}-base-moving-1.yaml`);
  const whole = await readFile(file, "utf8");
  await writeFile(file, whole.slice(0, whole.indexOf("updateHistory")).concat("  - {"));
  await expect(watch(reference)).rejects.toMatchObject({
    code: "state-invalid",
    message: expect.stringContaining(file),
  });
});
