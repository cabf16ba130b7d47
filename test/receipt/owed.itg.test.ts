import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oweReceipt, settleReceipts } from "../../src/receipt/owed.ts";
import { readReceipts } from "../../src/receipt/read.ts";
import { type Receipt, receiptType } from "../../src/receipt/receipt.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { ociIndexType } from "../../src/registry/media-types.ts";
import type { Repository } from "../../src/registry/reference.ts";
import { findOlareg, startOlareg } from "../registry/olareg.ts";
import { startRegistry } from "../registry/real-registry.ts";

const olareg = findOlareg();
const repository: Repository = { registry: "factory.localhost", path: "app" };
const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndexType, manifests: [] }));

function receiptOf(uniqueTag: string, epoch: number): Receipt {
  const digest = digestOf(index);
  return {
    receipt: 1,
    image: "app",
    repository: "factory.localhost/app",
    digest,
    size: index.length,
    publication: { digest, uniqueTag, at: `2026-01-0${uniqueTag}T00:00:00.000Z` },
    asked: { mode: "manual", host: "here" },
    source: { kind: "folder" },
    epoch,
    platforms: {},
    annotations: {},
    tags: {},
    scan: { verdict: "passed", at: "", database: "official", databaseUpdatedAt: "" },
    tools: { factory: "0.1.0" },
  };
}

describe.each([
  { name: "docker-registry, which has no referrers API", start: startRegistry, skip: false },
  {
    name: "olareg, which has the referrers API",
    start: () => startOlareg(olareg ?? ""),
    skip: olareg === undefined,
  },
])("receipts in $name", ({ start, skip }) => {
  let registry: Awaited<ReturnType<typeof start>>;
  let client: RegistryClient;
  let stateDir: string;
  beforeAll(async () => {
    if (skip) return;
    registry = await start();
    client = createRegistryClient({
      embedded: registry.address,
      credentials: { lookup: async () => undefined },
      log: () => undefined,
    });
    stateDir = await mkdtemp(join(tmpdir(), "receipts-"));
    await client.putManifest(repository, "latest", ociIndexType, index);
  });
  afterAll(async () => {
    if (skip) return;
    await registry.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  const settle = () => settleReceipts("app", { client, stateDir });
  const written = async () => {
    const receipts = await readReceipts(repository, digestOf(index), client);
    return receipts.map(({ publication, epoch }) => `${publication.uniqueTag} ${epoch}`);
  };

  it.skipIf(skip)(
    "are one for each publication, the newest first, however often they are written",
    async () => {
      await oweReceipt(stateDir, receiptOf("1", 1));
      await settle();
      await oweReceipt(stateDir, receiptOf("1", 1));
      await settle();
      expect(await client.listReferrers(repository, digestOf(index), receiptType)).toHaveLength(1);
      await oweReceipt(stateDir, receiptOf("2", 2));
      await settle();
      expect(await written()).toEqual(["2 2", "1 1"]);
      await oweReceipt(stateDir, receiptOf("1", 3));
      await settle();
      expect(await written()).toEqual(["2 2", "1 3"]);
      expect(await readdir(join(stateDir, "receipts/app"))).toEqual([]);
    },
  );

  it.skipIf(skip)(
    "stay owed while the registry refuses them, and are written by ten at once as one",
    async () => {
      await oweReceipt(stateDir, receiptOf("4", 4));
      const refusing = { putReferrer: () => Promise.reject(new Error("refused")) };
      await expect(settleReceipts("app", { client: refusing, stateDir })).rejects.toThrow("refused");
      expect(await written()).toEqual(["2 2", "1 3"]);
      await Promise.all(Array.from({ length: 10 }, settle));
      expect(await written()).toEqual(["4 4", "2 2", "1 3"]);
    },
  );

  it.skipIf(skip)("ask the registry nothing where none is owed", async () => {
    const silent = { putReferrer: () => Promise.reject(new Error("asked")) };
    await settleReceipts("app", { client: silent, stateDir });
    await settleReceipts("other", { client: silent, stateDir });
  });
});
