import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import schema from "../../receipt.schema.json" with { type: "json" };
import { FactoryError } from "../../src/errors.ts";
import { checkImage } from "../../src/fsck/check-image.ts";
import { readReceipts } from "../../src/receipt/read.ts";
import { publicationAnnotation, receiptType } from "../../src/receipt/receipt.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { ociIndexType } from "../../src/registry/media-types.ts";
import type { Leases } from "../../src/state/lease.ts";
import { shareState } from "../../src/state/shared-state.ts";
import { readRecord, readState, writeState, writeUnfinished } from "../../src/state/state-file.ts";
import { findOlareg, startOlareg, withoutOlareg } from "../registry/olareg.ts";
import { startRegistry } from "../registry/real-registry.ts";
import { makeScene, type Scene } from "./scene.ts";

const olareg = findOlareg();
const [t1, t2] = ["2026-11-20T10:00:00.000Z", "2026-11-21T10:00:00.000Z"];

let scene: Scene;
const name = () => scene.enrolment.name;
const repository = () => scene.enrolment.repository;
const stateDir = () => scene.door.stateDir;
const file = () => join(stateDir(), "images", `${name()}.yaml`);
const holds = async (tag: string) => (await scene.client.headManifest(repository(), tag))?.digest;

describe.each([
  { registry: "docker-registry", why: "", start: startRegistry, skip: false },
  {
    registry: "olareg",
    why: withoutOlareg,
    start: () => startOlareg(olareg ?? ""),
    skip: olareg === undefined,
  },
])("fsck with $registry$why", ({ registry, start, skip }) => {
  let server: { readonly address: string; readonly dir?: string; readonly stop: () => Promise<void> };
  beforeAll(async () => {
    if (!skip) server = await start();
  });
  afterAll(async () => {
    if (!skip) await server.stop();
  });
  beforeEach(async () => {
    if (!skip) scene = await makeScene(server.address);
  });
  afterEach(async () => {
    if (!skip) await scene.end();
  });

  /** What nobody can do to docker-registry, its disk can. */
  const dropTag = async (tag: string) => {
    if (server.dir === undefined) await scene.client.deleteTag(repository(), tag);
    else await rm(join(repositoryDir(), "_manifests/tags", tag), { recursive: true });
  };
  const repositoryDir = () =>
    join(server.dir ?? "", "data/docker/registry/v2/repositories", repository().path);
  const dropReceipts = async (subject: Digest) => {
    const receipts = await scene.client.listReferrers(repository(), subject, receiptType);
    for (const { digest } of receipts) await scene.client.deleteManifest(repository(), digest);
    if (server.dir !== undefined) await dropTag(subject.replace(":", "-"));
  };

  it.skipIf(skip)("finds nothing where all agree, and takes no lock for it", async () => {
    await scene.publish("1", t1);
    await scene.publish("2", t2);
    expect(await scene.fsck()).toEqual([]);
    expect((await readdir(join(stateDir(), ".locks"))).filter((lock) => lock.startsWith("publish"))).toEqual(
      [],
    );
  });

  it.skipIf(skip)(
    "rebuilds a lost state as it was, to the last field, and sets a tag again that is gone",
    async () => {
      await scene.publish("1", t1);
      const { state } = await scene.publish("2", t2);
      await rm(file());
      await dropTag("stable");
      expect(await scene.kinds()).toEqual(["state-missing found", "tag-gone found"]);
      expect(await holds("stable")).toBeUndefined();
      expect(await scene.kinds(true)).toEqual(["state-missing repaired", "tag-gone repaired"]);
      expect(await readState(stateDir(), name())).toEqual(state);
      expect(await holds("stable")).toBe(state.digest);
      expect(await scene.fsck()).toEqual([]);
    },
  );

  it.skipIf(skip)("sets no tag where another machine may have the lock by now", async () => {
    await scene.publish("1", t1);
    await dropTag("stable");
    const check = () => {
      throw new FactoryError("locked", "the lease is held by another");
    };
    const leases: Leases = {
      hold: async () => ({ check, release: async () => undefined }),
      isDeserted: async () => true,
    };
    shareState(stateDir(), { leases });
    expect(await scene.kinds(true)).toEqual(["tag-gone not repaired"]);
    expect(await holds("stable")).toBeUndefined();
    shareState(stateDir(), {});
    expect(await scene.kinds(true)).toEqual(["tag-gone repaired"]);
  });

  it.skipIf(skip)("leaves a tag where somebody else has put it, known or not, and says so", async () => {
    const { state: first } = await scene.publish("1", t1);
    const { state } = await scene.publish("2", t2);
    const known = await scene.client.getManifest(repository(), first.digest);
    const unknown = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndexType, manifests: [] }));
    if (known === undefined) throw new Error("gone");
    await scene.client.putManifest(repository(), "latest", ociIndexType, known.bytes);
    await scene.client.putManifest(repository(), "stable", ociIndexType, unknown);
    const found = await scene.fsck(true);
    expect(found.map(({ difference, outcome }) => [difference.kind, difference.exitStatus, outcome])).toEqual(
      [
        ["tag-moved", 77, "not repaired"],
        ["tag-moved", 77, "not repaired"],
      ],
    );
    expect(found.map(({ difference }) => difference.what.replace(/.*, which/, "which"))).toEqual([
      "which was published here",
      "which the factory does not know",
    ]);
    expect(await holds("latest")).toBe(first.digest);
    expect(await readState(stateDir(), name())).toEqual(state);
    // Where others move the tags there is nothing to say.
    expect(await checkImage(scene.enrolment, false, { ...scene.door, movesTags: false })).toEqual([]);
  });

  it.skipIf(skip)(
    "makes a receipt again of the state, and puts one in the place of one that cannot be read",
    async () => {
      const { state: first } = await scene.publish("1", t1);
      const { state } = await scene.publish("2", t2);
      await dropReceipts(state.digest);
      expect(await scene.kinds(true)).toEqual(["receipt-missing repaired"]);
      const [receipt] = await readReceipts(repository(), state.digest, scene.client);
      const check = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
      expect(check(receipt), JSON.stringify(check.errors)).toBe(true);
      expect(receipt).toMatchObject({
        publication: state.publications[0],
        asked: { mode: "unknown", host: "here" },
      });

      const size = (await scene.client.headManifest(repository(), state.digest))?.size ?? 0;
      const subject = { mediaType: ociIndexType, digest: state.digest, size };
      const uniqueTag = state.publications[0]?.uniqueTag ?? "";
      await scene.client.putReferrer(
        repository(),
        subject,
        {
          artifactType: receiptType,
          annotations: { [publicationAnnotation]: uniqueTag },
          blobs: [{ mediaType: receiptType, bytes: Buffer.from('{"receipt": 1, "ima') }],
        },
        { stateDir: stateDir(), replace: true },
      );
      expect((await scene.kinds()).toSorted()).toEqual(["receipt-damaged found", "receipt-missing found"]);
      expect((await scene.kinds(true)).toSorted()).toEqual([
        "receipt-damaged repaired",
        "receipt-missing repaired",
      ]);

      // What the one before was made of stands nowhere else.
      await dropReceipts(first.digest);
      expect(await scene.kinds(true)).toEqual(["receipt-missing not repaired"]);
    },
  );

  it.skipIf(skip)(
    "brings a state up to date that was put back from a backup, and lowers no epoch",
    async () => {
      const { state: first } = await scene.publish("1", t1);
      const backup = { ...first, epoch: 1_900_000_500 };
      const { state } = await scene.publish("2", t2);
      await writeState(stateDir(), name(), backup);
      expect(await scene.kinds(true)).toEqual(["state-behind repaired"]);
      expect(await readState(stateDir(), name())).toEqual({ ...state, epoch: 1_900_000_500 });
      expect(await scene.fsck()).toEqual([]);
    },
  );

  it.skipIf(skip)("writes what is owed, and puts aside what is owed and damaged", async () => {
    const { receipt } = await scene.publish("1", t1, { receipt: "kept" });
    const folder = join(stateDir(), "receipts", name());
    const [owed = ""] = await readdir(folder);
    const text = await readFile(join(folder, owed), "utf8");
    expect(await scene.kinds()).toEqual(["receipt-owed found"]);
    expect((await scene.fsck())[0]?.difference.exitStatus).toBe(75);
    expect(await scene.kinds(true)).toEqual(["receipt-owed repaired"]);
    expect(await readReceipts(repository(), receipt.digest, scene.client)).toEqual([receipt]);
    await writeFile(join(folder, owed), text.replace(/"epoch":19/, '"epoch":18'));
    expect(await scene.kinds(true)).toEqual(["file-damaged repaired"]);
    expect(await readdir(folder)).toEqual([`${owed}.damaged-20261121T120000Z`]);
  });

  it.skipIf(skip)(
    "tells of a run that died while it published, and forgets one that died before",
    async () => {
      const { state } = await scene.publish("1", t1);
      const uniqueTag = `20261121T110000Z-${"0".repeat(12)}`;
      const unfinished = [{ digest: state.platforms["linux/amd64"]?.digest as Digest, uniqueTag, at: t2 }];
      await writeUnfinished(stateDir(), name(), unfinished);
      const bytes = (await scene.client.getManifest(repository(), state.digest))?.bytes ?? new Uint8Array();
      await scene.client.putManifest(repository(), uniqueTag, ociIndexType, bytes);
      expect(await scene.kinds(true)).toEqual(["unfinished not repaired"]);
      expect((await scene.fsck())[0]?.difference.exitStatus).toBe(75);
      await dropTag(uniqueTag);
      expect(await scene.kinds(true)).toEqual(["unfinished repaired"]);
      expect(await readState(stateDir(), name())).toEqual(state);
    },
  );

  it.skipIf(skip || registry !== "docker-registry")(
    "copies again from staging what the registry has lost of an image, and says what it cannot get back",
    async () => {
      const first = await scene.publish("1", t1);
      const linkIn = (path: string, layer: Digest) =>
        join(
          server.dir ?? "",
          "data/docker/registry/v2/repositories",
          path,
          "_layers/sha256",
          layer.slice(7),
        );
      const { path } = repository();
      await rm(linkIn(path, first.layer), { recursive: true });
      expect((await scene.fsck())[0]?.difference.what).toBe(`it lacks blob ${first.layer}`);
      expect(await scene.kinds(true)).toEqual(["incomplete repaired"]);
      const { state, layer } = await scene.publish("2", t2);
      for (const of of [path, `${path}-staging`]) await rm(linkIn(of, layer), { recursive: true });
      const [left] = await scene.fsck(true);
      expect(left).toMatchObject({
        difference: { kind: "incomplete", exitStatus: 78 },
        outcome: "not repaired",
        problem: { code: "base-missing" },
      });
      await rm(join(repositoryDir(), "_manifests"), { recursive: true });
      expect(await scene.kinds(true)).toEqual(["image-lost not repaired"]);
      expect(await readState(stateDir(), name())).toEqual(state);
    },
  );

  it.skipIf(skip)("holds again what went back before its state was lost", async () => {
    const { state: first } = await scene.publish("1", t1);
    const { state, receipt } = await scene.publish("2", t2);
    const [newest, ...earlier] = state.publications;
    if (newest === undefined) throw new Error("not published");
    const back = { ...newest, rollback: { from: first.digest, why: "logins fail" } };
    await dropReceipts(state.digest);
    const { oweReceipt } = await import("../../src/receipt/owed.ts");
    await oweReceipt(stateDir(), { ...receipt, publication: back });
    await mkdir(join(stateDir(), "images"), { recursive: true });
    await writeFile(file(), "name: x\nfactory:\n");
    expect((await scene.kinds(true)).toSorted()).toEqual(["receipt-owed repaired", "state-damaged repaired"]);
    expect(await readRecord(stateDir(), name())).toMatchObject({
      state: { digest: state.digest, publications: [back, ...earlier] },
      hold: { why: "logins fail", by: "me", rollback: { from: first.digest, to: state.digest } },
    });
  });

  it.skipIf(skip)(
    "takes out of a state what is damaged where no receipt tells of it, and nothing else",
    async () => {
      await mkdir(join(stateDir(), "images"), { recursive: true });
      const older = "# by hand\nname: x\nenrollment: {source: {repo: a/b}}\n";
      await writeFile(file(), `${older}factory:\n  hold: {why: x, at: "${t1}"}\n  digest: sha256:no\n`);
      expect(await scene.kinds(true)).toEqual(["state-damaged repaired"]);
      expect(await readRecord(stateDir(), name())).toEqual({
        state: undefined,
        hold: { why: "x", at: t1 },
        failures: undefined,
      });
      expect(await readFile(file(), "utf8")).toContain("enrollment: {source: {repo: a/b}}\n");
      await writeFile(file(), "");
      expect(await scene.kinds(true)).toEqual(["state-damaged repaired"]);
      expect(await readdir(join(stateDir(), "images"))).toEqual([`${name()}.yaml.damaged-20261121T120000Z`]);
    },
  );

  it.skipIf(skip)(
    "takes a registry that cannot be reached for no answer, and not for an empty one",
    async () => {
      await scene.publish("1", t1);
      const down = () => Promise.reject(new FactoryError("registry-unavailable", "no route"));
      for (const method of ["headManifest", "listTags", "listReferrers", "getManifest", "hasBlob"] as const) {
        const client = { ...scene.client, [method]: down };
        await expect(checkImage(scene.enrolment, true, { ...scene.door, client })).rejects.toMatchObject({
          exitStatus: 75,
        });
      }
    },
  );
});
