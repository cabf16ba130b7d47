import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LookUpCounter, startLookUpCounter } from "../../bench/look-up-counter.ts";
import type { ScanPolicy } from "../../src/enrolment/enrolment.ts";
import type { LogEvent } from "../../src/log.ts";
import type { Platform } from "../../src/platform.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { run } from "../../src/run.ts";
import { convertReport } from "../../src/scan/convert-report.ts";
import { type Database, ensureDatabase } from "../../src/scan/database.ts";
import { rescanPlatform, type SbomShelf } from "../../src/scan/rescan.ts";
import { cycloneDxType } from "../../src/scan/sbom.ts";
import { sbomShelf } from "../../src/scan/sbom-shelf.ts";
import { type ScanDoor, scanPlatform } from "../../src/scan/scan-platform.ts";
import type { PlatformScan, ScanTarget } from "../../src/scan/scan-report.ts";
import { locateTrivy } from "../../src/setup/trivy.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";
import { archiveSource, defaultPolicy, inTemporaryFolder } from "./fixtures.ts";
import {
  cured,
  debianFiles,
  type Files,
  jarWithCoordinates,
  pushImage,
  unfixed,
  vulnerable,
} from "./image.ts";

const now = new Date("2026-11-01T12:00:00Z");
const logged: LogEvent[] = [];

let workDir: string;
let registry: RealRegistry;
/** Stands before the registry and sees what Trivy and the factory ask of it. */
let counter: LookUpCounter;
let client: RegistryClient;
let database: Database;
let door: ScanDoor;

beforeAll(async () => {
  workDir = await mkdtemp(join(tmpdir(), "factory-rescan-"));
  registry = await startRegistry();
  counter = await startLookUpCounter(workDir, registry.address, "");
  client = createRegistryClient({
    embedded: counter.address,
    credentials: { lookup: async () => undefined },
    log: (event) => logged.push(event),
    env: {},
  });
  const trivy = await locateTrivy({ workDir: join(process.cwd(), ".factory"), env: process.env, run });
  const javaIndex = async () => {
    throw new Error("no index of Java packages is needed");
  };
  door = { run, clock: () => now, log: (event) => logged.push(event), trivy, workDir, javaIndex };
  database = await databaseOf(workDir, "vendor.example/db:2");
});
afterAll(async () => {
  await counter?.end();
  await registry?.stop();
  await rm(workDir, { recursive: true });
});

const databaseOf = (dir: string, name: string, archive?: string) =>
  ensureDatabase("official", {
    workDir: dir,
    run,
    began: now,
    clock: () => now,
    log: () => undefined,
    official: [archiveSource(name, archive)],
    sample: undefined,
    maxAgeMs: Number.POSITIVE_INFINITY,
  });

const settingsOf = (policy: Partial<ScanPolicy> = {}, advisories = database) => ({
  policy: { ...defaultPolicy, ...policy },
  timeoutMs: 120_000,
  database: advisories,
  access: { host: counter.address, plainHttp: true, credential: undefined },
});

const shelfOf = (target: ScanTarget): SbomShelf =>
  sbomShelf({ registry: "factory.localhost", path: target.image }, target, {
    client,
    stateDir: workDir,
    log: (event) => logged.push(event),
  });
const rescan = (target: ScanTarget, policy: Partial<ScanPolicy> = {}, advisories = database) =>
  rescanPlatform(target, shelfOf(target), settingsOf(policy, advisories), door);
const push = (image: string, files: Files, platform: Platform = "linux/amd64") =>
  pushImage(client, image, platform, files);
const sboms = ({ image, digest }: ScanTarget) =>
  client.listReferrers({ registry: "factory.localhost", path: image }, digest, cycloneDxType);

/** What was asked of the registry during `work`. */
async function asked(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = (await counter.questions()).registry.length;
  await work();
  return (await counter.questions()).registry.slice(before);
}

const mixed: Files = {
  ...debianFiles([vulnerable, unfixed, "bash 5.1"]),
  "app/node_modules/lodash/package.json": '{"name":"lodash","version":"4.17.0"}',
};

describe("what is published", () => {
  let scanned: ScanTarget;
  let found: PlatformScan<ScanTarget>;
  beforeAll(async () => {
    scanned = await push("mixed", mixed);
    found = await rescan(scanned);
  });

  test("is scanned once from its layers, then by its SBOM, with the same verdict and findings", async () => {
    expect(found).toMatchObject({ verdict: "blocked", report: { read: "image", packages: 4 } });
    const again = await rescan(scanned);
    expect(again).toEqual({ ...found, report: { ...found.report, read: "sbom" } });
    expect(found.report.findings).toHaveLength(3);
    expect(found.report.findings[0]?.layer).toMatch(/^sha256:/);
    expect(await scanPlatform(scanned, settingsOf(), door)).toEqual(found);
  });

  test("is re-checked without a layer, or its config, being pulled", async () => {
    const target = await push("unpulled", debianFiles([vulnerable], "12", "arm64"), "linux/arm64");
    await rescan(target);
    const document = await client.getManifest(
      { registry: "factory.localhost", path: "unpulled" },
      target.digest,
    );
    const { layers, config } = JSON.parse(new TextDecoder().decode(document?.bytes));
    await rm(join(workDir, "cache", "trivy", "slots"), { recursive: true });
    const questions = await asked(() => rescan(target));
    const blobs = questions.filter((question) => question.includes("/blobs/"));
    expect(blobs).toHaveLength(1);
    for (const { digest } of [config, ...layers]) expect(blobs.join()).not.toContain(digest);
    expect(questions.length).toBeLessThan(8);
  });

  test("keeps one SBOM, of the same bytes whatever was scanned when and where", async () => {
    const written: Uint8Array[] = [];
    const shelf = shelfOf(scanned);
    const kept = await shelf.read();
    const noting: SbomShelf = {
      ...shelf,
      read: async () => undefined,
      write: async (bytes) => {
        written.push(bytes);
        await shelf.write(bytes);
      },
    };
    await rescanPlatform(scanned, noting, settingsOf(), door);
    const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const text = textOf(kept ?? expect.fail());
    expect(written.map(textOf)).toEqual([text]);
    expect(await sboms(scanned)).toHaveLength(1);
    for (const word of [counter.address, "serialNumber", "timestamp", "CVE-2099"])
      expect(text).not.toContain(word);
    expect(text).toContain(`factory.localhost/mixed@${scanned.digest}`);
  });

  test("is found fixable by a newer database although only its SBOM is read", async () => {
    const target = await push("aged", debianFiles(["dash 0.5.12-2"]));
    expect(await rescan(target)).toMatchObject({ verdict: "passed", report: { findings: [] } });
    await inTemporaryFolder(async (dir) => {
      const newer = await databaseOf(dir, "vendor.example/newer:2", "test/fixtures/trivy-db/fixable.tar.gz");
      expect(await rescan(target, {}, newer)).toMatchObject({
        verdict: "blocked",
        findings: [{ id: "CVE-2099-1001", package: "dash", fixed: "99.0-1" }],
        report: { read: "sbom" },
      });
    });
  });

  test("is not scanned where the database no longer knows its distribution, by its SBOM as by its layers", async () => {
    const target = await push("forgotten", debianFiles([cured]));
    await rescan(target);
    await inTemporaryFolder(async (dir) => {
      const lacking = await databaseOf(
        dir,
        "vendor.example/o:2",
        "test/fixtures/trivy-db/other-release.tar.gz",
      );
      const refusal = {
        code: "scan-unreadable",
        message: expect.stringContaining("no advisories for debian 12.5"),
      };
      await expect(rescan(target, {}, lacking)).rejects.toMatchObject(refusal);
      await expect(scanPlatform(target, settingsOf({}, lacking), door)).rejects.toMatchObject(refusal);
    });
  });

  test("has no findings on packages of third parties by its SBOM that a scan of it has not", async () => {
    const files = debianFiles([vulnerable, "zlib1g 1:1.2.13.dfsg-1 zlib"]);
    const status = String(files["var/lib/dpkg/status"]);
    const stranger = status.replace("Debian <debian@example.invalid>", "Docker <support@docker.com>");
    const target = await push("third", { ...files, "var/lib/dpkg/status": stranger });
    const full = await rescan(target);
    const again = await rescan(target);
    expect(again.report).toEqual({ ...full.report, read: "sbom" });
  });

  test("keeps no SBOM that says less than the image", async () => {
    const files = {
      ...mixed,
      "other/node_modules/lodash/package.json": '{"name":"lodash","version":"4.17.0"}',
    };
    const target = await push("twice", files);
    const full = await rescan(target);
    const again = await rescan(target);
    expect(full.report.packages).toBe(5);
    // An older Trivy writes a package of two files once.
    expect(again.report).toEqual({
      ...full.report,
      read: (await sboms(target)).length === 0 ? "image" : "sbom",
    });
  });

  test("that cannot be judged keeps no SBOM", async () => {
    const target = await push("empty", debianFiles([]));
    await expect(rescan(target)).rejects.toMatchObject({ code: "scan-unreadable" });
    expect(await sboms(target)).toEqual([]);
  });

  test("that is declared to have no packages is re-checked too", async () => {
    const target = await push("bare", { "bin/tool": "#!/bin/true\n" });
    expect(await rescan(target, { os: "none" })).toMatchObject({ report: { read: "image" } });
    expect(await rescan(target, { os: "none" })).toMatchObject({
      verdict: "passed",
      report: { read: "sbom", os: undefined, packages: 0, warnings: [] },
    });
  });

  test("gives SARIF and CycloneDX of the image also from its SBOM", async () => {
    const read = async () => {
      const [sarif, cyclonedx] = [
        await readFile(await convertReport(scanned, "sarif", door), "utf8"),
        await readFile(await convertReport(scanned, "cyclonedx", door), "utf8"),
      ];
      return { sarif: JSON.parse(sarif), cyclonedx: JSON.parse(cyclonedx) };
    };
    await scanPlatform(scanned, settingsOf(), door);
    const full = await read();
    await rescan(scanned);
    const again = await read();
    const rules = ({ sarif }: typeof full) =>
      sarif.runs[0].results.map((found: object) => JSON.stringify(found));
    expect(rules(again).toSorted()).toEqual(rules(full).toSorted());
    expect(again.cyclonedx.metadata.component).toMatchObject({
      type: "container",
      name: full.cyclonedx.metadata.component.name,
    });
    expect(again.cyclonedx.components).toHaveLength(full.cyclonedx.components.length);
  });

  test("with JAR files needs no index of Java packages once its SBOM is kept", async () => {
    const target = await push("java", {
      ...debianFiles([cured]),
      "app/app.jar": jarWithCoordinates("org.example", "app", "1.0"),
    });
    await expect(rescan(target)).rejects.toThrow("no index");
  });
});

describe("an SBOM that is not to be used", () => {
  test("another image's is not taken for this one's: the layers are read, and the right one is kept", async () => {
    const other = await push("swapped", debianFiles([cured]));
    const target = await push("swapped", debianFiles([vulnerable]));
    await rescan(other);
    const kept = await shelfOf(other).read();
    await shelfOf(target).write(kept ?? new Uint8Array());
    expect(await rescan(target)).toMatchObject({ verdict: "blocked", report: { read: "image" } });
    expect(await rescan(target)).toMatchObject({ verdict: "blocked", report: { read: "sbom" } });
  });

  test("one that somebody else attached is left there and not read", async () => {
    const target = await push("foreign", debianFiles([vulnerable]));
    const shelf = shelfOf(target);
    const bytes = new TextEncoder().encode('{"bomFormat":"CycloneDX","metadata":{"component":{}}}');
    await client.putReferrer(
      { registry: "factory.localhost", path: "foreign" },
      (await client.headManifest({ registry: "factory.localhost", path: "foreign" }, target.digest)) ??
        expect.fail(),
      { artifactType: cycloneDxType, blobs: [{ mediaType: cycloneDxType, bytes }] },
      { stateDir: workDir, replace: false },
    );
    expect(await shelf.read()).toBeUndefined();
  });

  test("one that is cut off is replaced", async () => {
    const target = await push("cut", debianFiles([vulnerable]));
    await rescan(target);
    const kept = (await shelfOf(target).read()) ?? new Uint8Array();
    await shelfOf(target).write(kept.slice(0, 100));
    expect(await rescan(target)).toMatchObject({ verdict: "blocked", report: { read: "image" } });
    expect(await shelfOf(target).read()).toEqual(kept);
    expect(await sboms(target)).toHaveLength(1);
  });
});

test("a registry that takes no SBOM does not change the verdict, and it is said", async () => {
  const target = await push("read-only", debianFiles([cured]));
  const refusing = createRegistryClient({
    embedded: "127.0.0.1:9",
    credentials: { lookup: async () => undefined },
    log: () => undefined,
    env: {},
    limits: { attempts: 1, deadlineMs: 0 },
  });
  const where = { registry: "factory.localhost", path: "read-only" };
  const { putReferrer } = refusing;
  const shelf = sbomShelf(where, target, {
    client: { ...client, putReferrer },
    stateDir: workDir,
    log: (event) => logged.push(event),
  });
  expect(await rescanPlatform(target, shelf, settingsOf(), door)).toMatchObject({ verdict: "passed" });
  expect(logged.at(-1)).toMatchObject({
    kind: "warning",
    image: "read-only",
    text: expect.stringContaining("its SBOM is not kept"),
  });
});
