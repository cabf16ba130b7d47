import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import schema from "../../receipt.schema.json" with { type: "json" };
import { readReceipts } from "../../src/receipt/read.ts";
import { type Receipt, receiptType } from "../../src/receipt/receipt.ts";
import type { Digest } from "../../src/registry/digest.ts";
import type { Repository } from "../../src/registry/reference.ts";
import { readState } from "../../src/state/state-file.ts";
import { addDebianRoot, makeWorld, type World } from "./world.ts";

const app: Repository = { registry: "factory.localhost", path: "app" };

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  await world.write(
    "images.yaml",
    "- name: base\n  source: {folder: base}\n- name: app\n  source: {folder: app}\n",
  );
  await addDebianRoot(world, "base", ["dash 0.5.12-2"]);
  await world.write("base/Dockerfile", "FROM scratch\nCOPY root /\n");
  await world.write("app/Dockerfile", "FROM factory.localhost/base\nCOPY file /file\n");
  await world.write("app/file", "1\n");
});
afterAll(() => world.end());

const stateDir = () => join(world.workDir, "state");
const digestOf = async (repository: Repository, tag = "latest") =>
  (await (await world.client()).headManifest(repository, tag))?.digest as Digest;
const receiptsOf = async (repository: Repository, digest: Digest) =>
  readReceipts(repository, digest, await world.client());
const onlyReceipt = async (repository: Repository): Promise<Receipt> => {
  const [receipt, ...more] = await receiptsOf(repository, await digestOf(repository));
  if (receipt === undefined || more.length > 0) throw new Error("expected one receipt");
  return receipt;
};
const build = async (...words: readonly string[]) => {
  const { status, stderr } = await world.run("build", "IMAGE=app", ...words);
  if (status !== 0) throw new Error(stderr);
  return digestOf(app);
};

describe("a receipt", () => {
  it("stands beside each published index and says what was published, of what and for whom", async () => {
    const first = await build();
    const [base, receipt] = [await onlyReceipt({ ...app, path: "base" }), await onlyReceipt(app)];
    const state = await readState(stateDir(), "app");
    expect(receipt).toMatchObject({
      image: "app",
      repository: "factory.localhost/app",
      digest: first,
      publication: { uniqueTag: state?.publications[0]?.uniqueTag, reasons: ["never built"] },
      asked: { mode: "manual", host: expect.any(String) },
      source: { kind: "folder" },
      tags: { latest: { digest: first } },
      scan: { verdict: "passed", database: "official" },
      tools: { factory: "0.1.0" },
    });
    for (const platform of ["linux/amd64", "linux/arm64"] as const) {
      const { key, digest, inputs, builtBy, found } = receipt.platforms[platform] ?? {};
      expect({ key, digest, inputs }).toEqual({
        key: state?.platforms[platform]?.key,
        digest: state?.platforms[platform]?.digest,
        inputs: state?.platforms[platform]?.inputs,
      });
      expect(Object.values(inputs?.bases ?? {})).toEqual([base.platforms[platform]?.digest]);
      expect(builtBy?.buildah).toMatch(/^1\./);
      expect(found).toMatchObject({ os: "debian 13.1", packages: 1, counts: { CRITICAL: 0 } });
    }
    expect(JSON.stringify(receipt)).not.toContain(world.dir);
    expect(await readdir(join(stateDir(), "receipts/app"))).toEqual([]);
  });

  it("fits receipt.schema.json, which knows each of its fields", async () => {
    const check = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
    const receipt = await onlyReceipt(app);
    expect(check(receipt), JSON.stringify(check.errors)).toBe(true);
    expect(check({ ...receipt, more: 1 })).toBe(false);
    expect(check({ ...receipt, digest: "latest" })).toBe(false);
  });

  it("is not written again by a run that publishes nothing, nor twice by one that publishes the same bytes", async () => {
    const before = await onlyReceipt(app);
    expect(await build()).toBe(before.digest);
    expect(await onlyReceipt(app)).toEqual(before);
    expect(await build("FORCE=1", "EPOCH=1900000000")).toBe(before.digest);
    const after = await onlyReceipt(app);
    expect(after.epoch).toBe(1_900_000_000);
    expect(after.publication).toEqual(before.publication);
  });

  it("is owed when the registry does not take it: exit 75, the tags moved, and the next run writes it", async () => {
    await world.write("app/file", "2\n");
    const client = await world.client();
    // The tag that stands in for the referrers API is somebody's image: the receipt cannot be entered there.
    const block = async (digest: Digest) => {
      const found = await client.getManifest(app, "latest");
      if (found === undefined) throw new Error("not published");
      const [child] = (
        JSON.parse(new TextDecoder().decode(found.bytes)) as { manifests: { digest: Digest }[] }
      ).manifests;
      const document = child === undefined ? undefined : await client.getManifest(app, child.digest);
      if (document === undefined) throw new Error("no platform");
      await client.putManifest(app, digest.replace(":", "-"), document.mediaType, document.bytes);
    };
    const before = await digestOf(app);
    const next = await build();
    expect(next).not.toBe(before);
    await world.write("app/file", "1\n");
    expect(await build()).toBe(before);
    // The same bytes as the second publication: where its receipt belongs is known beforehand.
    await block(next);
    await world.write("app/file", "2\n");
    const failed = await world.run("build", "IMAGE=app");
    expect({ status: failed.status, digest: await digestOf(app) }).toEqual({ status: 75, digest: next });
    expect(failed.stderr).toMatch(/^app: published sha256/m);
    expect(failed.stderr).toContain("app: published, receipt missing:");
    expect(await readdir(join(stateDir(), "receipts/app"))).toHaveLength(1);
    expect((await world.run("build", "IMAGE=app")).status).toBe(75);

    await client.deleteManifest(app, await digestOf(app, next.replace(":", "-")));
    const again = await world.run("build", "IMAGE=app");
    expect({ status: again.status, said: again.stderr }).toMatchObject({
      status: 0,
      said: expect.stringContaining("app: nothing to do"),
    });
    expect(await readdir(join(stateDir(), "receipts/app"))).toEqual([]);
    const referrers = await client.listReferrers(app, next, receiptType);
    expect(referrers).toHaveLength(1);
  });
});

describe("history", () => {
  it("lists publications newest first, with why, verdict, moves and who asked", async () => {
    const { status, stdout } = await world.run("history", "IMAGE=app", "--json");
    expect(status).toBe(0);
    const [{ rows }] = JSON.parse(stdout) as [{ rows: readonly Record<string, unknown>[] }];
    const digests = rows.map(({ digest }) => digest);
    expect(digests).toHaveLength(4);
    expect(digests[0]).toBe(await digestOf(app));
    expect([digests[0], digests[1]]).toEqual([digests[2], digests[3]]);
    expect(rows.map(({ back }) => back)).toEqual([0, 1, 2, 3]);
    const text = await world.run("history", "IMAGE=app", "LAST=2");
    expect(text.stdout).toMatch(
      /^app\n {2}0 {2}\d{4}-\d\d-\d\d \d\d:\d\d UTC {2}sha256:[0-9a-f]{12} {2}\d{8}T\d{6}Z-[0-9a-f]{12} +passed \(\d{4}-\d\d-\d\d\) +latest from [0-9a-f]{12} +source [0-9a-f]{12}→[0-9a-f]{12}; by \S+\n {2}1 .*\n$/,
    );
  });

  it("is what the registry tells where the state is lost", async () => {
    const before = await world.run("history", "IMAGE=base", "--json");
    await rm(join(stateDir(), "images/base.yaml"));
    expect((await world.run("history", "IMAGE=base", "--json")).stdout).toBe(before.stdout);
  });
});
