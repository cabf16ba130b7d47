import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { platformKey } from "../../src/plan/platform-key.ts";
import { type Platform, platforms } from "../../src/platform.ts";
import { adopt, recordScan } from "../../src/publish/adopt.ts";
import { assemble } from "../../src/publish/assemble.ts";
import type { HeldTags } from "../../src/publish/move-tags.ts";
import { type PublishDoor, type PublishRequest, publish } from "../../src/publish/publish.ts";
import { retag } from "../../src/publish/retag.ts";
import { type RollbackRequest, rollBack } from "../../src/publish/rollback.ts";
import { type StagedPlatform, stageImage, stagingRepository } from "../../src/publish/staging.ts";
import type { TagRequest } from "../../src/publish/tag-request.ts";
import { readOwed } from "../../src/receipt/owed.ts";
import type { Receipt, ReceiptFacts } from "../../src/receipt/receipt.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";
import { imageConfigBytes } from "../../src/registry/image-config.ts";
import { imageManifestBytes } from "../../src/registry/manifest.ts";
import { ociConfigType, ociIndexType } from "../../src/registry/media-types.ts";
import type { Repository } from "../../src/registry/reference.ts";
import type { BlockedScan, PassedScan } from "../../src/scan/scan-report.ts";
import type { Hold } from "../../src/state/holds.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { readRecord, readState, writeStanding, writeState } from "../../src/state/state-file.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";

let registry: RealRegistry;
let client: RegistryClient;
let dir: string;
let image = 0;
/** Every look at the clock is a second later. */
let seconds: number;

beforeAll(async () => {
  registry = await startRegistry();
  client = createRegistryClient({
    embedded: registry.address,
    credentials: { lookup: async () => undefined },
    log: () => undefined,
  });
});
afterAll(() => registry?.stop());
beforeEach(async () => {
  seconds = 0;
  image += 1;
  dir = await mkdtemp(join(tmpdir(), "factory-publish-"));
  return () => rm(dir, { recursive: true, force: true });
});

const repository = (): Repository => ({ registry: "factory.localhost", path: `app-${image}` });

function door(through: RegistryClient = client): PublishDoor {
  return {
    client: through,
    stateDir: join(dir, "state"),
    clock: () => new Date(Date.UTC(2026, 0, 2, 3, 4, seconds++)),
  };
}

const inputsOf = (platform: Platform, content: string, epoch: number | null) => ({
  recipe: 1,
  platform,
  files: digestOf(content),
  dockerfile: null,
  args: {},
  target: null,
  network: "default" as const,
  labels: {},
  secrets: [],
  epoch,
  bases: {},
});

async function stage(platform: Platform, content: string, epoch: number | null): Promise<StagedPlatform> {
  const config = imageConfigBytes({
    architecture: platform.slice("linux/".length),
    os: "linux",
    config: { Labels: { content } },
    diffIds: [],
    history: [],
  });
  const manifest = imageManifestBytes({
    config: { mediaType: ociConfigType, digest: digestOf(config), size: config.length },
    layers: [],
  });
  return stageImage(
    client,
    {
      image: "app",
      platform,
      key: platformKey(inputsOf(platform, content, epoch)),
      repository: stagingRepository(repository()),
    },
    {
      config: { digest: digestOf(config), bytes: config },
      manifest: { digest: digestOf(manifest), bytes: manifest },
      newLayers: [],
    },
  );
}

async function passed(platform: Platform, content: string, epoch: number | null) {
  return {
    verdict: "passed",
    platform: await stage(platform, content, epoch),
    report: { database: { kind: "official", updatedAt: "2026-01-01T00:00:00Z" } },
  } as unknown as PassedScan<StagedPlatform>;
}

interface Wish {
  readonly epoch?: number;
  readonly tags?: readonly TagRequest[];
  readonly plannedOn?: ImageState | undefined;
  readonly heldBefore?: HeldTags;
}

const receipt: ReceiptFacts = {
  asked: { mode: "manual", host: "here" },
  source: { kind: "folder", path: "/src" },
  factory: "0.1.0",
};
const latest: TagRequest = { tag: "latest", once: false };

async function requestFor(content: string, wish: Wish = {}): Promise<PublishRequest> {
  const [amd64, arm64] = await Promise.all(
    platforms.map((platform) => passed(platform, content, wish.epoch ?? null)),
  );
  if (amd64 === undefined || arm64 === undefined) throw new Error("two platforms");
  return {
    image: "app",
    repository: repository(),
    index: assemble([amd64, arm64], {}),
    inputs: Object.fromEntries(
      platforms.map((platform) => [platform, inputsOf(platform, content, wish.epoch ?? null)]),
    ),
    annotations: {},
    commit: undefined,
    version: undefined,
    epoch: wish.epoch,
    allowed: undefined,
    allowHeld: false,
    plannedOn: "plannedOn" in wish ? wish.plannedOn : await state(),
    tags: () => wish.tags ?? [latest],
    heldBefore: wish.heldBefore,
    reasons: ["never built"],
    receipt,
  };
}

const state = () => readState(join(dir, "state"), "app");
const held = async (tag: string) => (await client.headManifest(repository(), tag))?.digest;

/** The client of a run that dies once it has written that many manifests: at the next one, or when it reads back. */
function dyingAfter(writes: number): RegistryClient {
  let left = writes;
  const orDie = () => {
    if (left === 0) throw new Error("killed");
  };
  return {
    ...client,
    headManifest: (...manifest) => {
      if (left < writes) orDie();
      return client.headManifest(...manifest);
    },
    putManifest: (...manifest) => {
      orDie();
      left -= 1;
      return client.putManifest(...manifest);
    },
  };
}

const both: readonly TagRequest[] = [latest, { tag: "stable", once: false }, { tag: "v1", once: true }];

describe("a publication that dies after", () => {
  it.each([0, 1, 2, 3])(
    "%i, the first of its image: the next run makes one version of it",
    async (writes) => {
      const request = await requestFor("a", { tags: both });
      await expect(publish(request, door(dyingAfter(writes)))).rejects.toThrow("killed");
      expect(await state()).toBeUndefined();
      await publish(request, door());
      await expectPublished(request);
    },
  );

  it.each([0, 1, 2, 3, 4])("%i writes, a later one: the next run makes one version of it", async (writes) => {
    await publish(await requestFor("before", { tags: both.slice(0, 2) }), door());
    const request = await requestFor("a", { tags: both });
    await expect(publish(request, door(dyingAfter(writes)))).rejects.toThrow("killed");
    await publish(request, door());
    await expectPublished(request);
    expect((await state())?.publications).toHaveLength(2);
  });

  it.each([1, 2, 3])(
    "%i writes, twice with other bytes each time: a third run still publishes",
    async (writes) => {
      await publish(await requestFor("before"), door());
      for (const content of ["b", "c"]) {
        await expect(
          publish(await requestFor(content, { tags: both.slice(0, 2) }), door(dyingAfter(writes))),
        ).rejects.toThrow("killed");
      }
      const request = await requestFor("d", { tags: both.slice(0, 2) });
      await publish(request, door());
      expect([await held("latest"), await held("stable")]).toEqual([
        request.index.digest,
        request.index.digest,
      ]);
    },
  );
});

async function expectPublished({ index }: PublishRequest): Promise<void> {
  for (const { tag } of both) expect(await held(tag)).toBe(index.digest);
  const recorded = await state();
  expect(recorded).toMatchObject({ digest: index.digest, tags: { v1: { once: true } } });
  expect(recorded?.publishing).toBeUndefined();
  const unique = (await client.listTags(repository())).filter((tag) =>
    tag.endsWith(index.digest.slice(7, 19)),
  );
  expect(unique).toEqual([recorded?.publications[0]?.uniqueTag]);
}

describe("a publication that holds its image", () => {
  const tags = both.slice(0, 2);
  const emergency = async (before: Hold | undefined): Promise<PublishRequest> => {
    await publish(await requestFor("before", { tags }), door());
    await writeStanding(join(dir, "state"), "app", { hold: before });
    const request = await requestFor("mended", { tags });
    const hold = { why: "down", at: "2026-01-02T00:00:00Z", instead: { digest: request.index.digest } };
    return { ...request, hold, allowHeld: true };
  };
  const holdNow = async () => (await readRecord(join(dir, "state"), "app")).hold;
  const refusing = (...refused: readonly string[]): RegistryClient => ({
    ...client,
    putManifest: (of, tag, ...manifest) =>
      refused.includes(tag) ? Promise.reject(new Error("refused")) : client.putManifest(of, tag, ...manifest),
  });
  const frozen: Hold = { why: "frozen", at: "2026-01-01T00:00:00Z" };

  it.each([undefined, frozen])("and moves no tag leaves it held as it was: by %j", async (before) => {
    const request = await emergency(before);
    await expect(publish(request, door(refusing("latest")))).rejects.toThrow("refused");
    expect(await holdNow()).toEqual(before);
    expect(await publish(request, door())).toMatchObject({ outcome: "published" });
    expect(await holdNow()).toEqual(request.hold);
  });

  it("and has moved a tag, or cannot know, leaves it held there", async () => {
    for (const through of [refusing("stable"), dyingAfter(1)]) {
      const request = await emergency(undefined);
      await expect(publish(request, door(through))).rejects.toThrow();
      expect(await holdNow()).toEqual(request.hold);
      image += 1;
      await rm(join(dir, "state"), { recursive: true });
    }
  });

  it("and comes after somebody else's push leaves it held by nobody", async () => {
    const request = await emergency(undefined);
    const theirs = await requestFor("theirs");
    const overtaken: RegistryClient = {
      ...client,
      putManifest: async (of, tag, type, bytes) => {
        const digest = await client.putManifest(of, tag, type, bytes);
        for (const { platform } of theirs.index.scans)
          await client.copyImage(platform.repository, platform.digest, of);
        for (const { tag } of tags) await client.putManifest(of, tag, ociIndexType, theirs.index.bytes);
        return digest;
      },
    };
    const latest = await held("latest");
    const heldBefore = { latest, stable: latest };
    expect(await publish({ ...request, heldBefore }, door(overtaken))).toMatchObject({
      outcome: "superseded",
    });
    expect(await holdNow()).toBeUndefined();
  });
});

describe("publish", () => {
  it("records the versions of packages, in the receipt too", async () => {
    const packages = { "linux/amd64": { libc6: "2.41-12" } } as const;
    await publish({ ...(await requestFor("a")), packages }, door());
    const after = await state();
    const receipt = await owedReceipt(after?.publications[0]?.uniqueTag);
    for (const platforms of [after?.platforms, receipt.platforms])
      expect([platforms?.["linux/amd64"]?.packages, platforms?.["linux/arm64"]?.packages]).toEqual([
        { libc6: "2.41-12" },
        undefined,
      ]);
  });

  it("keeps one version, its unique tag and its day when the same bytes are published again", async () => {
    await publish(await requestFor("a"), door());
    const before = await state();
    await publish(await requestFor("a", { epoch: 1_000 }), door());
    expect(await state()).toMatchObject({ epoch: 1_000, publications: before?.publications });
    expect(await client.listTags(repository())).toHaveLength(2);
  });

  it("ends as superseded when a later run published other bytes, with that run's digest", async () => {
    const request = await requestFor("a");
    const later = await requestFor("b");
    await publish(later, door());
    expect(await publish(request, door())).toMatchObject({
      outcome: "superseded",
      digest: later.index.digest,
    });
    expect(await held("latest")).toBe(later.index.digest);
  });

  it("never takes an epoch back that a run of the same bytes has raised", async () => {
    const request = await requestFor("a", { epoch: 1_000 });
    await publish(await requestFor("a", { epoch: 2_000, plannedOn: undefined }), door());
    expect(await publish(request, door())).toMatchObject({ outcome: "superseded" });
    expect((await state())?.epoch).toBe(2_000);
  });

  it("takes over what a tag holds at its first publication and records it as the previous digest", async () => {
    const theirs = await requestFor("theirs");
    await publish(theirs, door());
    await rm(join(dir, "state"), { recursive: true });
    await publish(await requestFor("ours"), door());
    expect(await state()).toMatchObject({
      publications: [{ previous: theirs.index.digest }],
      tags: { latest: { previous: theirs.index.digest } },
    });
  });

  it("refuses under its lock to move a tag that was moved or given meanwhile, and moves none", async () => {
    await publish(await requestFor("a", { tags: [latest, { tag: "v1", once: true }] }), door());
    const first = await held("latest");
    const again = await requestFor("b", { tags: [latest, { tag: "v1", once: true }] });
    await expect(publish(again, door())).rejects.toMatchObject({ code: "policy-refused" });
    expect(await held("latest")).toBe(first);
  });

  it("follows images.yaml into another repository, whatever its tags held there", async () => {
    await publish(await requestFor("a"), door());
    image += 1;
    const other = await requestFor("theirs");
    for (const { platform } of other.index.scans)
      await client.copyImage(platform.repository, platform.digest, repository());
    await client.putManifest(
      repository(),
      "latest",
      "application/vnd.oci.image.index.v1+json",
      other.index.bytes,
    );
    const request = await requestFor("a");
    expect(await publish(request, door())).toMatchObject({ outcome: "published" });
    expect(await held("latest")).toBe(request.index.digest);
    expect((await state())?.repository).toBe(`factory.localhost/app-${image}`);
  });
});

describe("a tag that somebody else's CI sets too", () => {
  const theirs = async (name: string) => {
    const { index } = await requestFor(name);
    for (const { platform } of index.scans)
      await client.copyImage(platform.repository, platform.digest, repository());
    return {
      digest: index.digest,
      push: (tag: string) => client.putManifest(repository(), tag, ociIndexType, index.bytes),
    };
  };
  const tags: readonly TagRequest[] = [latest, { tag: "stable", once: false }];

  it("moves when it holds what it held before, which is recorded and stays pullable", async () => {
    const other = await theirs("theirs");
    await other.push("latest");
    const request = await requestFor("ours", { heldBefore: { latest: other.digest } });
    expect(await publish(request, door())).toMatchObject({ outcome: "published" });
    expect(await state()).toMatchObject({ tags: { latest: { previous: other.digest } } });
  });

  it.each([
    ["at the first publication", false],
    ["later", true],
  ])("stays where it was moved to since the plan, %s", async (_, publishedBefore) => {
    if (publishedBefore) await publish(await requestFor("before"), door());
    const before = await state();
    const request = await requestFor("ours", { heldBefore: { latest: before?.digest } });
    const other = await theirs("theirs");
    await other.push("latest");
    expect(await publish(request, door())).toMatchObject({ outcome: "superseded", digest: other.digest });
    expect(await held("latest")).toBe(other.digest);
    expect(await state()).toEqual(before);
  });

  it("stays where it is moved to while others are set: those are recorded, and none is moved back", async () => {
    const other = await theirs("theirs");
    const pushing: RegistryClient = {
      ...client,
      putManifest: async (to, tag, ...content) => {
        const digest = await client.putManifest(to, tag, ...content);
        if (tag === "latest") await other.push("stable");
        return digest;
      },
    };
    const request = await requestFor("ours", { tags, heldBefore: { latest: undefined, stable: undefined } });
    expect(await publish(request, door(pushing))).toMatchObject({
      outcome: "superseded",
      digest: other.digest,
    });
    expect([await held("latest"), await held("stable")]).toEqual([request.index.digest, other.digest]);
    expect(await state()).toMatchObject({ digest: request.index.digest });
    expect(Object.keys((await state())?.tags ?? {})).toEqual(["latest"]);
  });

  it("stays where it is moved to right after it was set", async () => {
    const other = await theirs("theirs");
    const pushing: RegistryClient = {
      ...client,
      putManifest: async (to, tag, ...content) => {
        const digest = await client.putManifest(to, tag, ...content);
        if (tag === "latest") await other.push("latest");
        return digest;
      },
    };
    const request = await requestFor("ours", { heldBefore: { latest: undefined } });
    expect(await publish(request, door(pushing))).toMatchObject({
      outcome: "superseded",
      digest: other.digest,
    });
    expect(await held("latest")).toBe(other.digest);
    expect(await state()).toBeUndefined();
  });

  it("moves for a run after one that died between its tags", async () => {
    const heldBefore = { latest: undefined, stable: undefined };
    const request = await requestFor("ours", { tags, heldBefore });
    await expect(publish(request, door(dyingAfter(2)))).rejects.toThrow("killed");
    expect(await publish(request, door())).toMatchObject({ outcome: "published" });
  });

  it("is not put back when it was pushed meanwhile", async () => {
    const request = await requestFor("a");
    await publish(request, door());
    await client.deleteManifest(repository(), request.index.digest);
    await publish({ ...request, plannedOn: await state() }, door());
    const standing = await state();
    if (standing === undefined) throw new Error("not published");
    const other = await theirs("theirs");
    await other.push("gone");
    const again = {
      image: "app",
      repository: repository(),
      state: standing,
      tags: [{ tag: "gone", once: false }] as const,
      scans: request.index.scans,
      commit: undefined,
      heldBefore: { gone: undefined },
      receipt,
      allowHeld: false,
    };
    expect(await retag(again, door())).toMatchObject({ outcome: "superseded", digest: other.digest });
    expect(await held("gone")).toBe(other.digest);
  });
});

describe("adopt", () => {
  const adoption = (digest: Digest): ImageState => ({
    digest,
    repository: `factory.localhost/app-${image}`,
    platforms: {},
    annotations: {},
    tags: {},
    publications: [],
    adopted: {
      by: "unknown",
      workflow: "ci.yml",
      firstSeen: "2026-01-01T00:00:00.000Z",
      enrolledPlatforms: platforms,
      otherPlatforms: [],
    },
  });
  const theirs = digestOf("theirs");

  it("records what was pushed, unless another run has recorded something since", async () => {
    const request = { image: "app", repository: repository(), plannedOn: undefined };
    await adopt({ ...request, adopts: adoption(theirs) }, door());
    expect((await state())?.digest).toBe(theirs);
    await adopt({ ...request, adopts: adoption(digestOf("older")) }, door());
    expect((await state())?.digest).toBe(theirs);
  });

  it("is scanned only by a scan of every platform of what is still published", async () => {
    await writeState(join(dir, "state"), "app", adoption(theirs));
    const enrolment = { name: "app", repository: repository() };
    const { index } = await requestFor("any");
    await recordScan(enrolment, digestOf("older"), index.scans, door());
    expect((await state())?.scan).toBeUndefined();
    const [scan] = index.scans;
    await recordScan(enrolment, theirs, [{ ...scan, verdict: "blocked" } as unknown as BlockedScan], door());
    expect((await state())?.scan).toBeUndefined();
    const known = adoption(theirs);
    const inputs = inputsOf("linux/amd64", "any", null);
    const platform = { digest: digestOf("not scanned"), inputs, diffIds: [] };
    await writeState(join(dir, "state"), "app", { ...known, platforms: { "linux/amd64": platform } });
    await recordScan(enrolment, theirs, index.scans, door());
    expect((await state())?.scan).toBeUndefined();
    await writeState(join(dir, "state"), "app", known);
    await recordScan(enrolment, theirs, index.scans, door());
    expect((await state())?.scan).toMatchObject({ verdict: "passed", database: "official" });
  });
});

describe("retag", () => {
  it("converges after a run that died between two tags", async () => {
    const request = await requestFor("b");
    await publish(await requestFor("a", { tags: [latest, { tag: "old", once: false }] }), door());
    await publish({ ...request, plannedOn: await state() }, door());
    const standing = await state();
    if (standing === undefined) throw new Error("not published");
    const tags = [
      { tag: "old", once: false },
      { tag: "new", once: true },
    ] as const;
    const again = {
      image: "app",
      repository: repository(),
      state: standing,
      tags,
      scans: request.index.scans,
      commit: undefined,
      heldBefore: undefined,
      receipt,
      allowHeld: false,
    };
    await expect(retag(again, door(dyingAfter(1)))).rejects.toThrow("killed");
    await retag(again, door());
    expect(await state()).toMatchObject({
      tags: { old: { digest: request.index.digest }, new: { digest: request.index.digest, once: true } },
    });
  });

  it("says how to go on when the registry has lost the digest meanwhile", async () => {
    const request = await requestFor("a");
    await publish(request, door());
    const standing = await state();
    if (standing === undefined) throw new Error("not published");
    const lost = { ...standing, digest: digestOf("lost") };
    await writeState(join(dir, "state"), "app", lost);
    await expect(
      retag(
        {
          image: "app",
          repository: repository(),
          state: lost,
          tags: [latest],
          scans: request.index.scans,
          commit: undefined,
          heldBefore: undefined,
          receipt,
          allowHeld: false,
        },
        door(),
      ),
    ).rejects.toMatchObject({ code: "outcome-unknown", hint: expect.stringContaining("again") });
  });
});

describe("a version of a version file", () => {
  const next = { tag: "1.2.3", held: "1.2.3", next: "1.2.4" };
  const later = { tag: "1.2.4", held: "1.2.4", next: "1.2.5" };
  const versioned = async (content: string, version = next): Promise<PublishRequest> => ({
    ...(await requestFor(content)),
    next: version,
    tags: (_, tag) => [latest, ...(tag === undefined ? [] : [{ tag, once: false, version: true }])],
  });

  it("is recorded with the publication, and stays that of the same bytes", async () => {
    await publish(await versioned("a"), door());
    expect(await state()).toMatchObject({ version: "1.2.3", publications: [{ version: next }] });
    await publish(await versioned("a", later), door());
    expect(await state()).toMatchObject({ version: "1.2.3", publications: [{ version: next }] });
    expect(await held("1.2.4")).toBeUndefined();
  });

  it.each([0, 1, 2, 3])(
    "is that of the run that died after %i writes, when the same bytes are published again",
    async (writes) => {
      await expect(publish(await versioned("a"), door(dyingAfter(writes)))).rejects.toThrow("killed");
      await publish(await versioned("a", later), door());
      expect(await state()).toMatchObject({ version: "1.2.3", publications: [{ version: next }] });
      expect(await held("1.2.4")).toBeUndefined();
    },
  );

  it("is not moved to other bytes, be they published or left by a run that died", async () => {
    const first = await versioned("a");
    await publish(first, door());
    await expect(publish(await versioned("b"), door())).rejects.toMatchObject({ code: "policy-refused" });
    await expect(publish(await versioned("b", later), door(dyingAfter(3)))).rejects.toThrow("killed");
    await expect(publish(await versioned("c", later), door())).rejects.toMatchObject({
      code: "policy-refused",
      message: expect.stringContaining("a version is not moved"),
    });
    expect(await held("1.2.3")).toBe(first.index.digest);
  });

  it("is given to a standing digest that has none, once", async () => {
    const request = await requestFor("a");
    await publish(request, door());
    for (const version of [next, later]) {
      const standing = await state();
      if (standing === undefined) throw new Error("not published");
      const tags = [{ tag: version.tag, once: false, version: true }] as const;
      const { scans } = request.index;
      await retag(
        {
          image: "app",
          repository: repository(),
          state: standing,
          tags,
          scans,
          commit: undefined,
          heldBefore: undefined,
          receipt,
          next: version,
          allowHeld: false,
        },
        door(),
      );
    }
    expect(await state()).toMatchObject({ version: "1.2.3", publications: [{ version: next }] });
  });
});

describe("a rollback", () => {
  const tags = ["latest", "stable"] as const;
  const requested = both.slice(0, 2);

  /** Publishes a and then b, and asks for a. */
  async function backToFirst(): Promise<RollbackRequest> {
    const first = await requestFor("a", { tags: requested });
    await publish(first, door());
    await publish(await requestFor("b", { tags: requested, epoch: 1_000 }), door());
    const plannedOn = await state();
    const uniqueTag = plannedOn?.publications[1]?.uniqueTag;
    if (plannedOn === undefined) throw new Error("not published");
    const target = await owedReceipt(uniqueTag);
    const { scans } = first.index;
    const asked = { why: "b fails", by: "me", allowed: undefined, receipt };
    return { image: "app", repository: repository(), target, plannedOn, tags, scans, ...asked };
  }
  const isHeld = async () => (await readRecord(join(dir, "state"), "app")).hold?.rollback;

  it.each([0, 1, 2, 3])(
    "that dies after %i writes is held, builds move nothing, and the next one is one version of it",
    async (writes) => {
      const request = await backToFirst();
      const [from, to] = [request.plannedOn.digest, request.target.digest];
      await expect(rollBack(request, door(dyingAfter(writes)))).rejects.toThrow("killed");
      expect({ state: await state(), hold: await isHeld() }).toMatchObject({
        state: { digest: from },
        hold: { from, to },
      });
      const left = [await held("latest"), await held("stable")];
      for (const digest of left) expect([from, to]).toContain(digest);
      const build = await requestFor("c", { tags: requested, epoch: 1_000 });
      expect(await publish(build, door())).toMatchObject({ outcome: "held" });
      expect([await held("latest"), await held("stable")]).toEqual(left);

      await rollBack(request, door());
      const after = await state();
      expect([await held("latest"), await held("stable")]).toEqual([to, to]);
      expect(after).toMatchObject({
        digest: to,
        epoch: 1_000,
        publications: [{ rollback: { from } }, {}, {}],
      });
      expect(await held(after?.publications[0]?.uniqueTag ?? "none")).toBe(to);
    },
  );

  it.each([1, 2])("that died after %i writes and was lifted is undone by the next build", async (writes) => {
    const request = await backToFirst();
    await expect(rollBack(request, door(dyingAfter(writes)))).rejects.toThrow("killed");
    await writeStanding(join(dir, "state"), "app", { hold: undefined });
    await publish(await requestFor("b", { tags: requested, epoch: 1_000 }), door());
    const { digest } = request.plannedOn;
    expect([await held("latest"), await held("stable")]).toEqual([digest, digest]);
    expect((await state())?.publications).toHaveLength(2);
  });

  it("moves nothing when something was published since it was decided, or when a tag is somebody else's", async () => {
    const request = await backToFirst();
    await publish(await requestFor("c", { tags: requested, epoch: 1_000 }), door());
    const standing = await held("latest");
    await expect(rollBack(request, door())).rejects.toMatchObject({ code: "locked" });
    expect({ latest: await held("latest"), hold: await isHeld() }).toEqual({ latest: standing });

    const now = await state();
    if (now === undefined) throw new Error("not published");
    const theirs = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndexType, manifests: [] }));
    await client.putManifest(repository(), "stable", ociIndexType, theirs);
    await expect(rollBack({ ...request, plannedOn: now }, door())).rejects.toMatchObject({
      code: "policy-refused",
      message: expect.stringContaining("which the factory did not put there"),
    });
    expect({ latest: await held("latest"), hold: await isHeld() }).toEqual({ latest: standing });
  });

  it("keeps tags and an epoch that were recorded while it was decided", async () => {
    const request = await backToFirst();
    const before = await state();
    if (before === undefined) throw new Error("not published");
    const promoted = { digest: before.digest, at: "2026-11-20T00:00:00.000Z" };
    await writeState(join(dir, "state"), "app", {
      ...before,
      epoch: 2_000,
      tags: { ...before.tags, production: promoted },
    });
    expect(await rollBack(request, door())).toMatchObject({ epoch: 2_000, tags: { production: promoted } });
    expect(await state()).toMatchObject({ digest: request.target.digest, tags: { production: promoted } });
  });

  it("moves nothing when somebody else's CI has published since it was decided", async () => {
    const request = await backToFirst();
    const before = await state();
    if (before === undefined) throw new Error("not published");
    await writeState(join(dir, "state"), "app", { ...before, digest: request.target.digest });
    const standing = await held("latest");
    await expect(rollBack(request, door())).rejects.toMatchObject({ code: "locked" });
    expect({ latest: await held("latest"), hold: await isHeld() }).toEqual({ latest: standing });
  });

  it("keeps the version of what is put forward again, and of what is put back", async () => {
    const versions = ["v1", "v2"].map((tag) => ({ tag, held: tag }));
    for (const [index, content] of ["a", "b"].entries())
      await publish({ ...(await requestFor(content)), next: versions[index] }, door());
    const plannedOn = await state();
    const uniqueTag = plannedOn?.publications[1]?.uniqueTag;
    if (plannedOn === undefined) throw new Error("not published");
    const request = await requestFor("b");
    await rollBack(
      {
        image: "app",
        repository: repository(),
        target: await owedReceipt(uniqueTag),
        plannedOn,
        tags: ["latest"],
        scans: request.index.scans,
        why: "x",
        by: undefined,
        allowed: undefined,
        receipt,
      },
      door(),
    );
    expect((await state())?.publications[0]?.version).toEqual(versions[0]);
    await writeStanding(join(dir, "state"), "app", { hold: undefined });
    const forward = await requestFor("b", { plannedOn: await state() });
    await publish({ ...forward, next: { tag: "v3", held: "v3" } }, door());
    expect((await state())?.publications[0]?.version).toEqual(versions[1]);
  });
});

async function owedReceipt(uniqueTag: string | undefined): Promise<Receipt> {
  const [receipt] = (await readOwed("app", join(dir, "state"))).flatMap((one) =>
    "receipt" in one && one.receipt.publication.uniqueTag === uniqueTag ? [one.receipt] : [],
  );
  if (receipt === undefined) throw new Error(`no receipt of ${uniqueTag} is owed`);
  return receipt;
}
