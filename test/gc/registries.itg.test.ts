import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../src/errors.ts";
import type { CollectDoor } from "../../src/gc/collect.ts";
import { announce, carryOut, type PlaceReport } from "../../src/gc/gc.ts";
import { readNeeds } from "../../src/gc/needs.ts";
import { noteCache, notedCaches, writeNote } from "../../src/gc/note.ts";
import { cachePlaces, type Place } from "../../src/gc/places.ts";
import { missingParts } from "../../src/publish/completeness.ts";
import { uniqueTagOf } from "../../src/publish/record.ts";
import { stagingRepository } from "../../src/publish/staging.ts";
import { oweReceipt, settleReceipts } from "../../src/receipt/owed.ts";
import { readReceipts } from "../../src/receipt/read.ts";
import type { Receipt } from "../../src/receipt/receipt.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";
import { imageManifestBytes, indexBytes } from "../../src/registry/manifest.ts";
import {
  ociConfigType,
  ociIndexType,
  ociLayerGzipType,
  ociManifestType,
} from "../../src/registry/media-types.ts";
import { formatRepository, type Repository } from "../../src/registry/reference.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { shareState } from "../../src/state/shared-state.ts";
import { withStaging } from "../../src/state/staging-lock.ts";
import { readState, writeState, writeUnfinished } from "../../src/state/state-file.ts";
import { findOlareg, startOlareg, withoutOlareg } from "../registry/olareg.ts";
import { startRegistry } from "../registry/real-registry.ts";

const olareg = findOlareg();
if (olareg === undefined) test.skip(`olareg${withoutOlareg}`, () => {});

const registries = [
  { name: "docker-registry 2.8, which deletes no tags", start: () => startRegistry(), deletesTags: false },
  { name: "olareg, which does", start: () => startOlareg(olareg ?? ""), deletesTags: true },
];
const text = (content: string) => new TextEncoder().encode(content);
const day = 86_400_000;
const now = Date.parse("2026-11-21T00:00:00Z");
const at = (daysAgo: number) => new Date(now - daysAgo * day).toISOString();

const platformOf = (digest: Digest, bases: object) => ({
  digest,
  key: digestOf(`key of ${digest}`),
  inputs: { bases, args: {}, labels: {} },
});

describe.each(registries.filter(({ deletesTags }) => !deletesTags || olareg !== undefined))(
  "gc of $name",
  ({ start, deletesTags }) => {
    let registry: Awaited<ReturnType<typeof start>>;
    let client: RegistryClient;
    let stateDir: string;
    let repository: Repository;
    let repositories = 0;
    beforeAll(async () => {
      registry = await start();
      client = createRegistryClient({
        credentials: { lookup: async () => undefined },
        log: () => undefined,
        env: {},
      });
    });
    afterAll(() => registry?.stop());
    beforeEach(async () => {
      stateDir = await mkdtemp(join(tmpdir(), "gc-"));
      repository = { registry: registry.address, path: `team/app-${repositories++}` };
      return () => rm(stateDir, { recursive: true });
    });

    async function pushImage(content: string): Promise<{ readonly digest: Digest; readonly size: number }> {
      const parts = [text(`{"config of":"${content}"}`), text(content.repeat(1000))] as const;
      for (const part of parts) await client.putBlob(repository, part);
      const [config, layer] = parts.map((part) => ({ digest: digestOf(part), size: part.length }));
      if (config === undefined || layer === undefined) throw new Error("no parts");
      const bytes = imageManifestBytes({
        config: { ...config, mediaType: ociConfigType },
        layers: [{ ...layer, mediaType: ociLayerGzipType }],
      });
      return {
        digest: await client.putManifest(repository, digestOf(bytes), ociManifestType, bytes),
        size: bytes.length,
      };
    }

    /** An index of two images, under a unique tag and others, with its receipt and its place in the image's state. */
    async function publish(image: string, amd: string, arm: string, daysAgo: number, ...tags: string[]) {
      const [one, other] = [await pushImage(amd), await pushImage(arm)];
      const bytes = indexBytes([
        { ...one, platform: "linux/amd64", mediaType: ociManifestType },
        { ...other, platform: "linux/arm64", mediaType: ociManifestType },
      ]);
      const digest = digestOf(bytes);
      const uniqueTag = uniqueTagOf(digest, at(daysAgo));
      for (const tag of [uniqueTag, ...tags]) await client.putManifest(repository, tag, ociIndexType, bytes);
      const before = await readState(stateDir, image);
      const platform = ({ digest }: { readonly digest: Digest }) => platformOf(digest, {});
      const state = {
        digest,
        repository: formatRepository(repository),
        platforms: { "linux/amd64": platform(one), "linux/arm64": platform(other) },
        annotations: {},
        tags: Object.fromEntries(tags.map((tag) => [tag, { digest, at: at(daysAgo) }])),
        publications: [{ digest, uniqueTag, at: at(daysAgo) }, ...(before?.publications ?? [])],
        scan: { verdict: "passed", at: at(daysAgo), database: "official", databaseUpdatedAt: at(daysAgo) },
      } as unknown as ImageState;
      await writeState(stateDir, image, { ...state, tags: { ...before?.tags, ...state.tags } });
      const receipt = {
        receipt: 1,
        image,
        ...state,
        size: bytes.length,
        publication: state.publications[0],
        asked: { mode: "manual", host: "here" },
        source: { kind: "folder" },
        tools: { factory: "0.1.0" },
      } as unknown as Receipt;
      await oweReceipt(stateDir, receipt);
      await settleReceipts(image, { client, stateDir });
      return { digest, uniqueTag, images: [one.digest, other.digest] };
    }

    const doorWith = (other: Partial<CollectDoor> = {}, keepTags?: string): CollectDoor => ({
      client,
      stateDir,
      log: () => undefined,
      signal: new AbortController().signal,
      now,
      recorded: () =>
        readNeeds([], [], { digests: new Set(), tags: [] }, { stateDir, workDir: join(stateDir, "work") }),
      enrolments: new Map(),
      policyOf: () => ({ last: 1, forMs: 0, tags: keepTags }),
      stagedMs: 0,
      inUse: new Set(),
      tagInUse: () => false,
      untagged: async () => [],
      read: new Map(),
      ...other,
    });
    const place = (...images: string[]): Place => ({
      kind: "published",
      repository,
      published: repository,
      images,
    });
    async function gc(images: readonly string[], door = doorWith()): Promise<PlaceReport> {
      const [report] = await carryOut(await announce([place(...images)], door), door);
      if (report === undefined) throw new Error("no report");
      return report;
    }
    const tagOf = (step: string) => digestOf(step).slice("sha256:".length);
    const has = async (digest: string) => (await client.headManifest(repository, digest)) !== undefined;
    const receiptsOf = async (digest: Digest) => (await readReceipts(repository, digest, client)).length;

    it("frees superseded indexes with what is theirs alone, and leaves an image that two of them have", async () => {
      const first = await publish("app", "a", "shared", 30, "latest");
      await publish("app", "b", "other", 20, "latest");
      const [, rollback] = (await readState(stateDir, "app"))?.publications ?? [];
      expect(rollback?.digest).toBe(first.digest);
      const third = await publish("app", "c", "shared", 10, "latest");
      const [newest] = [third];
      const second = (await readState(stateDir, "app"))?.publications[1];
      const { collected, bytes } = await gc(["app"]);
      expect(await has(first.digest)).toBe(false);
      expect(await Promise.all(first.images.map(has))).toEqual([false, true]);
      expect(await receiptsOf(first.digest)).toBe(0);
      // What npm run rollback goes back to stays, though one is to be kept.
      for (const digest of [newest.digest, second?.digest as Digest]) {
        expect(await missingParts(repository, digest, client)).toEqual([]);
        expect(await receiptsOf(digest)).toBe(1);
      }
      expect(collected?.tags).toContain(first.uniqueTag);
      expect(await client.listTags(repository)).not.toContain(first.uniqueTag);
      expect(
        (await client.listTags(repository)).filter((tag) => tag.includes(first.digest.slice(7))),
      ).toEqual([]);
      // The layer and config of one image, and some manifests: not the shared layer.
      expect(bytes).toBeGreaterThan(1000);
      expect(bytes).toBeLessThan(6000);
      expect((await gc(["app"])).decision?.sweep).toEqual({ manifests: [], tags: [] });
    });

    it("takes layers of a cache that it first saw long enough ago, whatever their epoch, and forgets an empty one", async () => {
      const [old, young, theirs] = [await pushImage("old"), await pushImage("young"), await pushImage("x")];
      const tags = { [tagOf("old")]: old, [tagOf("young")]: young, theirs };
      for (const [tag, { digest }] of Object.entries(tags)) {
        const { bytes } = (await client.getManifest(repository, digest)) ?? {};
        await client.putManifest(repository, tag, ociManifestType, bytes ?? new Uint8Array());
      }
      const name = formatRepository(repository);
      const cacheGc = async (stagedMs: number) => {
        const door = doorWith({ stagedMs });
        const noted = await notedCaches(stateDir);
        return carryOut(await announce(cachePlaces(undefined, [], new Map(), noted, undefined), door), door);
      };
      await noteCache(stateDir, { repository: name, image: "gone" });
      await writeNote(stateDir, name, { seen: { [tagOf("old")]: at(9) }, loose: [], cacheOf: "gone" });
      const [report] = await cacheGc(7 * day);
      expect(report?.collected?.deleted).toEqual([old.digest]);
      expect([await has(old.digest), await has(young.digest), await has("theirs")]).toEqual([
        false,
        true,
        true,
      ]);
      await cacheGc(0);
      expect([await has(young.digest), await has(theirs.digest)]).toEqual([false, true]);
      expect(await notedCaches(stateDir)).toEqual([]);
      expect(await cacheGc(0)).toEqual([]);
    });

    it("leaves a cache alone while a build of its image is under way", async () => {
      const { digest } = await pushImage("layer");
      const { bytes } = (await client.getManifest(repository, digest)) ?? {};
      await client.putManifest(repository, tagOf("layer"), ociManifestType, bytes ?? new Uint8Array());
      await noteCache(stateDir, { repository: formatRepository(repository), image: "app" });
      const published = { registry: registry.address, path: "team/app" };
      const app = { name: "app", repository: published, platforms: [] } as unknown as Enrolment;
      const door = doorWith();
      const cacheGc = async () => {
        const places = cachePlaces(undefined, [app], new Map(), await notedCaches(stateDir), undefined);
        const [report] = await carryOut(await announce(places, door), door);
        return report?.collected;
      };
      const during = await withStaging(stagingRepository(published), door, cacheGc);
      expect(during).toMatchObject({ deleted: [], refused: "a build uses it: nothing was deleted" });
      expect(await has(digest)).toBe(true);
      expect(await cacheGc()).toMatchObject({ deleted: [digest] });
    });

    it("deletes nothing more and writes nothing once its Lease is lost, and does the rest the next time", async () => {
      const first = await publish("app", "a", "x", 30, "latest", "commit-1");
      await publish("app", "b", "y", 20, "latest");
      await publish("app", "c", "z", 10, "latest");
      let lost = false;
      const check = () => {
        if (lost) throw new FactoryError("locked", "the lease is held by another");
      };
      const hold = async () => ({ check, release: async () => undefined });
      shareState(stateDir, { leases: { hold, isDeserted: async () => true } });
      const losing: RegistryClient = {
        ...client,
        deleteManifest: async (...of) => {
          const deletion = await client.deleteManifest(...of);
          lost = true;
          return deletion;
        },
      };
      const recorded = await readState(stateDir, "app");
      const door = doorWith({ client: losing }, "^latest$");
      const { error } = await gc(["app"], door);
      expect(error).toMatchObject({ code: "locked" });
      const mine = async () => (await Promise.all([first.digest, ...first.images].map(has))).filter(Boolean);
      expect(await mine()).toHaveLength(2);
      expect(await readState(stateDir, "app")).toEqual(recorded);
      expect(recorded?.tags).toHaveProperty("commit-1");

      shareState(stateDir, {});
      expect((await gc(["app"], doorWith({}, "^latest$"))).error).toBeUndefined();
      expect(await mine()).toEqual([]);
    });

    it("leaves a digest that another tag names, with its receipt", async () => {
      const first = await publish("app", "a", "x", 30, "latest", "v1");
      await publish("app", "b", "x", 20, "latest");
      await publish("app", "c", "x", 10, "latest");
      const { collected } = await gc(["app"]);
      expect(await missingParts(repository, first.digest, client)).toEqual([]);
      expect(await receiptsOf(first.digest)).toBe(1);
      expect(await has("v1")).toBe(true);
      expect(await has(first.uniqueTag)).toBe(!deletesTags);
      expect(collected?.left).toEqual(deletesTags ? [] : [first.uniqueTag]);
    });

    it("takes tags that it set and that the policy does not keep, and no others, out of registry and state", async () => {
      const first = await publish("app", "a", "x", 30, "latest", "commit-1");
      await publish("app", "b", "x", 20, "latest", "commit-2");
      await publish("app", "c", "x", 10, "latest", "commit-3");
      const index = await client.getManifest(repository, first.digest);
      await client.putManifest(repository, "theirs", ociIndexType, index?.bytes ?? new Uint8Array());
      const door = doorWith({}, "^(latest|v.*)$");
      await gc(["app"], door);
      expect(await has(first.digest)).toBe(true);
      expect(await has("theirs")).toBe(true);
      if (deletesTags) await client.deleteTag(repository, "theirs");
      else return;
      await gc(["app"], door);
      expect([await has(first.digest), await has("commit-1"), await has("commit-2")]).toEqual([
        false,
        false,
        true,
      ]);
      expect(Object.keys((await readState(stateDir, "app"))?.tags ?? {})).toEqual([
        "latest",
        "commit-2",
        "commit-3",
      ]);
    });

    it("knows two images of one repository apart, and leaves what either needs", async () => {
      const ofOne = await publish("one", "a", "shared", 40, "one");
      await publish("one", "b", "x", 30, "one");
      await publish("one", "c", "x", 20, "one");
      const ofOther = await publish("other", "d", "shared", 50, "other");
      await publish("other", "e", "y", 45, "other");
      await publish("other", "f", "y", 44, "other");
      // Whose receipt names an image that is not of this factory is somebody else's.
      await gc(["one"]);
      expect(await has(ofOne.digest)).toBe(false);
      expect(await missingParts(repository, ofOther.digest, client)).toEqual([]);
      expect(await has(ofOther.uniqueTag)).toBe(true);
      await gc(["one", "other"]);
      expect(await has(ofOther.digest)).toBe(false);
    });

    it("leaves what an image is built on, what somebody signed, what runs, and what a dead run was about to publish", async () => {
      const published = [];
      for (const [index, name] of ["a", "b", "c", "d", "e", "f"].entries())
        published.push(await publish("app", name, `${name}-arm`, 60 - index, "latest"));
      const [based, signed, running, begun] = published;
      if (based === undefined || signed === undefined || running === undefined || begun === undefined)
        throw new Error("not published");
      const [base] = based.images;
      await writeState(stateDir, "above", {
        digest: digestOf("above"),
        repository: "elsewhere/above",
        platforms: { "linux/amd64": platformOf(digestOf("x"), { "app for linux/amd64": base }) },
        annotations: {},
        tags: {},
        publications: [],
        scan: { verdict: "passed", at: at(1), database: "official", databaseUpdatedAt: at(1) },
      } as unknown as ImageState);
      await client.putBlob(repository, text("signature"));
      const entry = { mediaType: "application/x", digest: digestOf(text("signature")), size: 9 };
      const subject = { mediaType: ociIndexType, digest: signed.digest, size: 1 };
      const signature = imageManifestBytes({
        artifactType: "application/x",
        config: entry,
        layers: [entry],
        subject,
      });
      await client.putManifest(
        repository,
        `${signed.digest.replace(":", "-")}.sig`,
        ociManifestType,
        signature,
      );
      await writeUnfinished(stateDir, "app", [{ ...begun, at: at(1) }]);
      const inUse = { digests: new Set(running.images.slice(1)), tags: [] };
      const recorded = () => readNeeds([], [], inUse, { stateDir, workDir: join(stateDir, "work") });
      const { decision } = await gc(["app"], doorWith({ recorded, inUse: inUse.digests }));
      for (const { digest } of published) expect(await missingParts(repository, digest, client)).toEqual([]);
      expect(decision?.sweep).toEqual({ manifests: [], tags: [] });
      expect(decision?.stays.map(({ tag }) => tag)).toEqual(
        published.slice(0, 5).map(({ uniqueTag }) => uniqueTag),
      );
    });

    it("deletes nothing where a look-up fails, whichever it is", async () => {
      await publish("app", "a", "x", 30, "latest");
      await publish("app", "b", "y", 20, "latest");
      await publish("app", "c", "z", 10, "latest");
      const deletes: string[] = [];
      const deleted = async (_: Repository, name: string) => {
        deletes.push(name);
        return "deleted" as const;
      };
      /** A door whose nth look-up fails; it counts its own alone, for others may still be under way. */
      const failingAt = (nth: number) => {
        const count = { asked: 0 };
        const failing =
          <A extends unknown[], R>(look: (...words: A) => Promise<R>) =>
          (...words: A): Promise<R> => {
            count.asked += 1;
            if (count.asked !== nth) return look(...words);
            return Promise.reject(new FactoryError("registry-unavailable", "500"));
          };
        const door = doorWith({
          client: {
            ...client,
            listTags: failing(client.listTags),
            headManifest: failing(client.headManifest),
            getManifest: failing(client.getManifest),
            listReferrers: failing(client.listReferrers),
            getBlob: failing(client.getBlob),
            deleteTag: deleted,
            deleteManifest: deleted,
          },
        });
        return { door, count };
      };
      const whole = failingAt(0);
      await announce([place("app")], whole.door);
      const { asked: all } = whole.count;
      expect(all).toBeGreaterThan(10);
      for (let nth = 1; nth <= all; nth += Math.ceil(all / 12)) {
        const { door } = failingAt(nth);
        const [report] = await carryOut(await announce([place("app")], door), door);
        expect({ nth, code: report?.error?.code, deletes }).toEqual({
          nth,
          code: "registry-unavailable",
          deletes: [],
        });
      }
    });

    it("stopped after any delete, it is completed by the next run", async () => {
      for (const most of [0, 1, 3]) {
        repository = { registry: registry.address, path: `team/stopped-${repositories++}` };
        await rm(join(stateDir, "images"), { recursive: true, force: true });
        const first = await publish("app", `a${most}`, "shared", 30, "latest");
        await publish("app", `b${most}`, "shared", 20, "latest");
        const third = await publish("app", `c${most}`, "shared", 10, "latest");
        const seen = (await announce([place("app")], doorWith()))[0]?.decision;
        let left = most;
        const stop = () => {
          if (left-- > 0) return;
          throw new FactoryError("terminated", "stopped by SIGTERM");
        };
        const stopped: RegistryClient = {
          ...client,
          deleteTag: async (of, tag) => {
            stop();
            return client.deleteTag(of, tag);
          },
          deleteManifest: async (of, digest) => {
            stop();
            return client.deleteManifest(of, digest);
          },
        };
        await gc(["app"], doorWith({ client: stopped })).catch((error) => {
          if (error.code !== "terminated") throw error;
        });
        expect(await missingParts(repository, third.digest, client)).toEqual([]);
        await gc(["app"]);
        const gone = await Promise.all((seen?.sweep.manifests ?? []).map(has));
        expect({ most, gone }).toEqual({ most, gone: gone.map(() => false) });
        expect(seen?.sweep.manifests).toContain(first.digest);
        expect(await client.listTags(repository)).not.toContain(first.uniqueTag);
        expect(await missingParts(repository, third.digest, client)).toEqual([]);
      }
    });

    it("stopped after any delete, it leaves no tag in state that is gone", async () => {
      for (const most of [1, 2, 3]) {
        repository = { registry: registry.address, path: `team/stopped-${repositories++}` };
        await rm(join(stateDir, "images"), { recursive: true, force: true });
        await publish("app", `a${most}`, "x", 30, "latest", "commit-1");
        await publish("app", `b${most}`, "x", 20, "latest", "commit-2");
        await publish("app", `c${most}`, "x", 10, "latest", "commit-3");
        let left = most;
        const stop = () => {
          if (left-- === 0) throw new FactoryError("registry-unavailable", "500");
        };
        const failing: RegistryClient = {
          ...client,
          deleteTag: async (of, tag) => {
            if (deletesTags) stop();
            return client.deleteTag(of, tag);
          },
          deleteManifest: async (of, digest) => {
            stop();
            return client.deleteManifest(of, digest);
          },
        };
        const report = await gc(["app"], doorWith({ client: failing }, "^(latest|v.*)$"));
        expect(report.error?.code).toBe("registry-unavailable");
        const tags = Object.keys((await readState(stateDir, "app"))?.tags ?? {});
        expect(tags).toContain("commit-3");
        expect(await Promise.all(tags.map(has))).toEqual(tags.map(() => true));
      }
    });

    it("says of a registry that deletes nothing that it does not, and leaves everything", async () => {
      const first = await publish("app", "a", "x", 30, "latest");
      await publish("app", "b", "y", 20, "latest");
      await publish("app", "c", "z", 10, "latest");
      const refusing: RegistryClient = {
        ...client,
        deleteTag: async () => "unsupported",
        deleteManifest: async () => "unsupported",
      };
      const { collected } = await gc(["app"], doorWith({ client: refusing }));
      expect(collected).toMatchObject({
        deleted: [],
        tags: [],
        refused: "the registry deletes no manifests",
      });
      expect(await missingParts(repository, first.digest, client)).toEqual([]);
    });
  },
);
