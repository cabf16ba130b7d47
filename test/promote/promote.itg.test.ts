import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import schema from "../../promotion.schema.json" with { type: "json" };
import { FactoryError } from "../../src/errors.ts";
import type { NonEmpty } from "../../src/non-empty.ts";
import { type PromotionRequest, promote, type TargetOutcome } from "../../src/promote/promote.ts";
import type { TargetWord } from "../../src/promote/targets.ts";
import { missingParts } from "../../src/publish/completeness.ts";
import { promotionType, readPromotions } from "../../src/receipt/promotion.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import type { Digest } from "../../src/registry/digest.ts";
import type { Repository } from "../../src/registry/reference.ts";
import { createTransport } from "../../src/registry/transport.ts";
import { cycloneDxType } from "../../src/scan/sbom.ts";
import type { ScanReport } from "../../src/scan/scan-report.ts";
import type { Scanner } from "../../src/scan/scanner.ts";
import { pushIndex } from "../bases/push-image.ts";
import { type FaultProxy, startFaultProxy } from "../faults/fault-proxy.ts";
import { findOlareg, startOlareg } from "../registry/olareg.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";

type Registry = Pick<RealRegistry, "address" | "stop">;

let dir: string;
let source: Registry;
let second: Registry;
/** The one with the referrers API where this machine has it. */
let third: Registry;
let proxy: FaultProxy;
let client: RegistryClient;
let requests: { readonly method: string; readonly host: string; readonly path: string }[] = [];
let digest: Digest;
let platforms: readonly Digest[];
let scanned: string[] = [];
let tests = 0;

const olareg = findOlareg();
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "promote-"));
  [source, second, third] = await Promise.all([
    startRegistry(),
    startRegistry(),
    olareg === undefined ? startRegistry() : startOlareg(olareg),
  ]);
  proxy = await startFaultProxy(second.address);
  const transport = createTransport({ env: {}, connectMs: 2_000, idleMs: 5_000, storeMs: 5_000 });
  client = createRegistryClient({
    credentials: { lookup: async () => undefined },
    log: () => undefined,
    env: {},
    limits: { attempts: 2, deadlineMs: 5_000 },
    transport: (request) => {
      const { host, pathname, search } = request.url;
      requests.push({ method: request.method, host, path: `${pathname}${search}` });
      return transport(request);
    },
  });
});
afterAll(async () => {
  await Promise.all([source?.stop(), second?.stop(), third?.stop(), proxy?.stop()]);
  await rm(dir, { recursive: true, force: true });
});

const app = (): Repository => ({ registry: source.address, path: `team/app-${tests}` });
const at = ({ address }: Pick<Registry, "address">, path = `mirror/app-${tests}`): Repository => ({
  registry: address,
  path,
});
const stateDir = () => join(dir, `state-${tests}`);

beforeEach(async () => {
  tests += 1;
  const pushed = await pushIndex(client, app(), "1.0", { text: `image ${tests}\n${"x".repeat(100_000)}` });
  digest = pushed.digest;
  platforms = Object.values(pushed.platforms);
  proxy.begin();
  requests = [];
  scanned = [];
});
afterEach(() => {
  proxy.begin();
});

/** As the factory keeps them: one beside each platform, and here one beside the index too. */
async function addReferrers(): Promise<void> {
  const add = async (of: Digest) => {
    const subject = await client.headManifest(app(), of);
    if (subject === undefined) throw new Error("not pushed");
    const bytes = new TextEncoder().encode(`{"of":"${of}"}`);
    const artifact = { artifactType: cycloneDxType, blobs: [{ mediaType: cycloneDxType, bytes }] } as const;
    await client.putReferrer(app(), subject, artifact, { stateDir: stateDir(), replace: true });
  };
  await Promise.all([digest, ...platforms].map(add));
  requests = [];
}

const report: ScanReport = {
  os: { family: "debian", name: "13", endOfLife: false },
  packages: 1,
  findings: [],
  counts: { UNKNOWN: 0, LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 0 },
  exceptions: { used: [], expired: [], unused: [] },
  warnings: [],
  database: { kind: "official", updatedAt: "2026-11-20T00:00:00Z", version: 2 },
  trivy: "0.74.0",
  read: "image",
  json: "",
};
const scanner: Scanner = {
  scan: async (platform) => {
    scanned.push(platform.platform);
    return { verdict: "passed", platform, report };
  },
  rescan: async () => {
    throw new Error("an image without receipt has no SBOM that counts");
  },
  database: async () => report.database,
  prepare: () => undefined,
};

function run(
  to: NonEmpty<TargetWord>,
  more: Partial<PromotionRequest> = {},
  scan: Scanner["scan"] = scanner.scan,
) {
  return promote(
    {
      subject: { from: { ...app(), tag: "1.0" } },
      to,
      scan: true,
      allowHeld: false,
      why: undefined,
      dryRun: false,
      ...more,
    },
    {
      client,
      scanner: () => ({ ...scanner, scan }),
      clock: () => new Date(),
      stateDir: stateDir(),
      workDir: join(dir, "work"),
      log: () => undefined,
      signal: new AbortController().signal,
      enrolments: [],
    },
  );
}

const kinds = (outcomes: readonly TargetOutcome[]) => outcomes.map(({ kind }) => kind);
const layersOf = async () => {
  const documents = await Promise.all(platforms.map((of) => client.getManifest(app(), of)));
  return documents.map((document) => {
    const { layers } = JSON.parse(new TextDecoder().decode(document?.bytes)) as {
      layers: [{ digest: Digest }];
    };
    return layers[0].digest;
  });
};
const bytesOf = async (repository: Repository, tag: string) => {
  const accept = "application/vnd.oci.image.index.v1+json";
  const url = `http://${repository.registry}/v2/${repository.path}/manifests/${tag}`;
  return Buffer.from(await (await fetch(url, { headers: { accept } })).arrayBuffer());
};
const putTags = (host: string) =>
  requests.flatMap(({ method, host: to, path }) => {
    const tag = /\/manifests\/([^/]+)$/.exec(path)?.[1];
    return method === "PUT" && to === host && tag !== undefined && !tag.startsWith("sha256") ? [tag] : [];
  });

describe("a promotion within a repository", () => {
  it("puts one manifest for each tag, and neither reads nor sends a byte of a layer", async () => {
    const layers = await layersOf();
    requests = [];
    const { outcomes } = await run([
      { tag: "stable", repository: undefined },
      { tag: "prod", repository: app() },
    ]);
    expect(kinds(outcomes)).toEqual(["promoted", "promoted"]);
    expect(putTags(source.address)).toEqual(["stable", "prod"]);
    const ofLayers = requests.filter(({ path }) => layers.some((layer) => path.includes(layer)));
    expect(new Set(ofLayers.map(({ method }) => method))).toEqual(new Set(["HEAD"]));
    expect(await bytesOf(app(), "prod")).toEqual(await bytesOf(app(), "1.0"));
    expect(scanned).toEqual(["linux/amd64", "linux/arm64"]);
  });

  it("is recorded beside the digest, with where the tags were, who asked and why, as the schema has it", async () => {
    await pushIndex(client, app(), "stable", { text: "before" });
    const before = (await client.headManifest(app(), "stable"))?.digest;
    await run([{ tag: "stable", repository: undefined }], { why: "release 7", scan: false });
    expect(scanned).toEqual([]);
    const [promotion, ...more] = await readPromotions(app(), digest, client);
    const place = `${app().registry}/${app().path}`;
    expect(promotion).toMatchObject({
      digest,
      from: place,
      repository: place,
      tags: { stable: { previous: before } },
      asked: { mode: "manual", host: expect.any(String) },
      why: "release 7",
      scan: { verdict: "skipped" },
    });
    expect(more).toEqual([]);
    const check = new Ajv({ strict: true }).compile(schema);
    expect(check(promotion), JSON.stringify(check.errors)).toBe(true);
    expect(check({ ...promotion, more: 1 })).toBe(false);
    // What nothing but the tag named stays pullable.
    const kept = (await client.listTags(app())).find((tag) => tag.endsWith(`Z-${before?.slice(7, 19)}`));
    expect((await client.headManifest(app(), kept ?? ""))?.digest).toBe(before);
  });

  it("done again sets nothing, scans nothing and records nothing", async () => {
    await run([{ tag: "stable", repository: undefined }]);
    requests = [];
    scanned = [];
    const { outcomes } = await run([{ tag: "stable", repository: undefined }]);
    expect(kinds(outcomes)).toEqual(["unchanged"]);
    expect(requests.filter(({ method }) => !["GET", "HEAD"].includes(method))).toEqual([]);
    expect(scanned).toEqual([]);
    expect(await readPromotions(app(), digest, client)).toHaveLength(1);
  });
});

describe("a promotion to other registries", () => {
  it("copies every byte to all of them at once, reads each blob once, and brings what belongs to it along", async () => {
    await addReferrers();
    const targets = [at(second), at(second, `other/app-${tests}`), at(third)] as const;
    const { outcomes } = await run([
      { tag: "prod", repository: targets[0] },
      { tag: "prod", repository: targets[1] },
      { tag: "prod", repository: targets[2] },
      { tag: "stable", repository: targets[2] },
    ]);
    expect(kinds(outcomes)).toEqual(["promoted", "promoted", "promoted", "promoted"]);
    for (const target of targets) {
      expect(await bytesOf(target, "prod")).toEqual(await bytesOf(app(), "1.0"));
      expect(await missingParts(target, digest, client)).toEqual([]);
      for (const of of [digest, ...platforms]) {
        const [sbom, ...more] = await client.listReferrers(target, of, cycloneDxType);
        expect(sbom).toEqual((await client.listReferrers(app(), of, cycloneDxType))[0]);
        expect(more).toEqual([]);
      }
      expect(await client.listReferrers(target, digest, promotionType)).toHaveLength(1);
    }
    const read = requests.filter(
      ({ method, host, path }) => method === "GET" && host === source.address && path.includes("/blobs/"),
    );
    const layers = await layersOf();
    for (const layer of layers) expect(read.filter(({ path }) => path.includes(layer))).toHaveLength(1);
    // Two repositories of one registry share what one of them was sent.
    const sent = requests.filter(
      ({ method, host, path }) =>
        method === "PUT" &&
        host === second.address &&
        layers.some((layer) => path.includes(encodeURIComponent(layer))),
    );
    expect(sent).toHaveLength(new Set(layers).size);
    expect(await readdir(join(dir, "work/cache/contexts"))).toEqual([]);
  });

  it("sets its tags last, when the whole of it is there", async () => {
    await run([{ tag: "prod", repository: at(second) }]);
    const writes = requests.filter(({ method, host }) => method === "PUT" && host === second.address);
    const tag = writes.findIndex(({ path }) => path.endsWith("/manifests/prod"));
    const after = writes.slice(tag + 1).map(({ path }) => path);
    // Nothing but the receipt of the promotion comes behind it.
    expect(after.filter((path) => [digest, ...platforms].some((of) => path.endsWith(of)))).toEqual([]);
    expect(writes[tag - 1]?.path).toMatch(/\/manifests\/\d{8}T\d{6}Z-[0-9a-f]{12}$/);
  });

  it("leaves the others right when one fails, says which and why, and completes it with what is missing", async () => {
    const broken = at(proxy);
    const to = [
      { tag: "prod", repository: broken },
      { tag: "prod", repository: at(third) },
    ] as const;
    proxy.begin({ kind: "factory PUT upload", nth: 2, fault: "500", forGood: true });
    const { outcomes } = await run(to);
    expect(kinds(outcomes)).toEqual(["failed", "promoted"]);
    const error = outcomes[0]?.kind === "failed" ? outcomes[0].error : undefined;
    expect(error).toBeInstanceOf(FactoryError);
    expect(error).toMatchObject({
      code: "registry-unavailable",
      message: expect.stringContaining(proxy.address),
    });
    expect(await client.headManifest(at(second), "prod")).toBeUndefined();
    expect((await client.headManifest(at(third), "prod"))?.digest).toBe(digest);

    proxy.begin();
    const there = requests.filter(
      ({ method, host, path }) => method === "PUT" && host === proxy.address && path.includes("digest="),
    );
    expect(there.length).toBeGreaterThan(1);
    requests = [];
    const again = await run(to);
    expect(kinds(again.outcomes)).toEqual(["promoted", "unchanged"]);
    expect(await missingParts(at(second), digest, client)).toEqual([]);
    const sent = requests.filter(({ method, path }) => method === "PUT" && path.includes("digest="));
    const all = new Set([...sent, ...there].map(({ path }) => /digest=([^&]+)/.exec(path)?.[1]));
    // One blob was taken by the first run: the second did not send it again, besides those of its receipt.
    expect(sent.filter(({ path }) => there.some((other) => other.path === path))).toEqual([]);
    expect(all.size).toBeLessThan(sent.length + there.length);
    expect(requests.filter(({ host, method }) => host === third.address && method === "PUT")).toEqual([]);
  });

  it.each(["reset", "503", "reply swallowed"] as const)(
    "goes on by itself after one %s while it sends",
    async (fault) => {
      proxy.begin({ kind: "factory PUT upload", nth: 1, fault, forGood: false });
      const { outcomes } = await run([{ tag: "prod", repository: at(proxy) }]);
      expect({ kinds: kinds(outcomes), met: proxy.met() }).toEqual({ kinds: ["promoted"], met: 1 });
      expect(await missingParts(at(second), digest, client)).toEqual([]);
    },
  );

  it("sets no tag of a repository where something was moved since it looked", async () => {
    const target = at(second);
    await pushIndex(client, target, "prod", { text: "before" });
    const other = await pushIndex(client, target, "other", { text: "somebody else's" });
    const theirs = await client.getManifest(target, other.digest);
    const own = client;
    client = {
      ...own,
      hasManifest: async (...given) => {
        await own.putManifest(target, "prod", theirs?.mediaType ?? "", theirs?.bytes ?? new Uint8Array());
        return own.hasManifest(...given);
      },
    };
    const { outcomes } = await run([{ tag: "prod", repository: target }]).finally(() => {
      client = own;
    });
    expect(outcomes).toMatchObject([{ kind: "failed", error: { code: "locked" } }]);
    expect((await client.headManifest(target, "prod"))?.digest).toBe(other.digest);
  });

  it("completes the receipt of one whose registry did not take it, with what the tag held at first", async () => {
    const target = at(second);
    await pushIndex(client, target, "prod", { text: "before" });
    const before = (await client.headManifest(target, "prod"))?.digest;
    const own = client;
    client = {
      ...own,
      putReferrer: async () => {
        throw new FactoryError("registry-unavailable", "no");
      },
    };
    const first = await run([{ tag: "prod", repository: target }], { why: "first" }).finally(() => {
      client = own;
    });
    expect(first.outcomes).toMatchObject([{ kind: "promoted", missing: { message: "no" } }]);
    expect((await client.headManifest(target, "prod"))?.digest).toBe(digest);
    const { outcomes } = await run([{ tag: "prod", repository: target }], { why: "again" });
    expect(outcomes).toMatchObject([{ kind: "unchanged", missing: undefined }]);
    expect(await readPromotions(target, digest, client)).toMatchObject([
      { tags: { prod: { previous: before } } },
    ]);
  });

  it("of a dry run says what it would set and copy, and writes nothing", async () => {
    const { outcomes } = await run(
      [
        { tag: "prod", repository: at(second) },
        { tag: "stable", repository: undefined },
      ],
      { dryRun: true },
    );
    expect(outcomes).toMatchObject([
      { kind: "planned", previous: undefined, lacks: { blobs: expect.any(Number) } },
      { kind: "planned", lacks: { blobs: 0 } },
    ]);
    expect(requests.filter(({ method }) => !["GET", "HEAD"].includes(method))).toEqual([]);
    expect(scanned).toEqual([]);
  });
});

describe("a promotion is refused", () => {
  it("when a part of it was tidied away while it was scanned", async () => {
    const [layer] = await layersOf();
    const tidying: Scanner["scan"] = async (...given) => {
      await fetch(`http://${source.address}/v2/${app().path}/blobs/${layer}`, { method: "DELETE" });
      return scanner.scan(...given);
    };
    const { outcomes } = await run([{ repository: undefined, tag: "stable" }], {}, tidying);
    expect(outcomes).toMatchObject([
      {
        kind: "failed",
        error: {
          code: "policy-refused",
          message: expect.stringContaining("is not complete any more"),
          problems: [`it lacks blob ${layer}`],
        },
      },
    ]);
    expect(await client.headManifest(app(), "stable")).toBeUndefined();
  });

  it("when the image is not whole, before anything is done", async () => {
    await client.deleteManifest(app(), platforms[0] as Digest);
    requests = [];
    await expect(run([{ tag: "prod", repository: at(second) }])).rejects.toMatchObject({
      code: "policy-refused",
      problems: [`it lacks manifest ${platforms[0]}`],
    });
    expect(requests.filter(({ method }) => !["GET", "HEAD"].includes(method))).toEqual([]);
  });

  it("when there is nothing under the reference, or a tag is named twice", async () => {
    const nowhere = { from: { ...app(), tag: "2.0" } };
    await expect(run([{ tag: "prod", repository: undefined }], { subject: nowhere })).rejects.toMatchObject({
      code: "usage",
    });
    await expect(
      run([
        { tag: "prod", repository: undefined },
        { tag: "prod", repository: app() },
      ]),
    ).rejects.toMatchObject({ code: "usage" });
  });
});
