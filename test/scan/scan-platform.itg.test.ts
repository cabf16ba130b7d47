import { execFileSync } from "node:child_process";
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScanPolicy } from "../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../src/errors.ts";
import type { LogEvent } from "../../src/log.ts";
import type { Platform } from "../../src/platform.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { type Run, run } from "../../src/run.ts";
import { convertReport } from "../../src/scan/convert-report.ts";
import { type Database, ensureDatabase, ensureJavaIndex } from "../../src/scan/database.ts";
import { advisoryFeed, javaFeed } from "../../src/scan/feed.ts";
import { feedSources, type OpenClient, pushFeed } from "../../src/scan/feed-registry.ts";
import { publishSampleDatabase } from "../../src/scan/sample-database.ts";
import { type ScanDoor, scanPlatform } from "../../src/scan/scan-platform.ts";
import type { ScanTarget } from "../../src/scan/scan-report.ts";
import { blockedError } from "../../src/scan/table.ts";
import { scanFiles } from "../../src/scan/trivy-run.ts";
import { locateTrivy } from "../../src/setup/trivy.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";
import { advisoryArchive, archiveSource, defaultPolicy, exception, inTemporaryFolder } from "./fixtures.ts";
import {
  cured,
  debianFiles,
  type Files,
  jarWithCoordinates,
  pushImage,
  unfixed,
  vulnerable,
} from "./image.ts";

const credential = { username: "factory", password: "open sesame" };
const home = mkdtempSync(join(tmpdir(), "factory-scan-"));
const workDir = join(home, ".factory");
const now = new Date("2026-11-01T12:00:00Z");
const log = () => {};

let registry: RealRegistry;
let client: RegistryClient;
let open: OpenClient;
let database: Database;
let door: ScanDoor;

beforeAll(async () => {
  registry = await startRegistry({ auth: { user: credential.username, password: credential.password } });
  open = (options) =>
    createRegistryClient({
      embedded: registry.address,
      credentials: { lookup: async (host) => (host === registry.address ? credential : undefined) },
      log,
      env: {},
      ...options,
    });
  client = open({});
  const trivy = await locateTrivy({ workDir: join(process.cwd(), ".factory"), env: process.env, run });
  door = {
    run: watched,
    clock: () => now,
    trivy,
    workDir,
    log,
    javaIndex: async () => {
      throw new FactoryError("database-unavailable", "no index of Java packages");
    },
  };
  const official = [archiveSource("vendor.example/db:2")] as const;
  database = await ensureDatabase("official", {
    workDir,
    run,
    began: now,
    clock: () => now,
    log,
    official,
    sample: undefined,
    maxAgeMs: Number.POSITIVE_INFINITY,
  });
});

/** What each Trivy was started with: arguments, environment and the mode of its credentials. */
const started: { readonly mode: number; readonly words: string }[] = [];
const watched: Run = (command) => {
  const file = join(command.env?.["DOCKER_CONFIG"] ?? "", "config.json");
  const words = [...command.args, ...Object.values(command.env ?? {})].join(" ");
  // What converts a report asks no registry, and is given nothing.
  const mode = command.args[0] === "convert" ? 0o600 : statSync(file).mode & 0o777;
  started.push({ mode, words });
  return run(command);
};

afterAll(async () => {
  await registry.stop();
  rmSync(home, { recursive: true });
});

function settings(policy: Partial<ScanPolicy> = {}, timeoutMs = 120_000) {
  const access = { host: registry.address, plainHttp: true, credential };
  return { policy: { ...defaultPolicy, ...policy }, timeoutMs, database, access };
}

async function scan(
  image: string,
  files: Files,
  policy: Partial<ScanPolicy> = {},
  platform: Platform = "linux/amd64",
  changes: Partial<ScanDoor> = {},
) {
  return scanPlatform(await pushImage(client, image, platform, files), settings(policy), {
    ...door,
    ...changes,
  });
}

const unreadable = (why: string) =>
  expect.objectContaining({
    code: "scan-unreadable",
    exitStatus: 77,
    message: expect.stringContaining(why),
    hint: expect.stringContaining("scan: {os: none}"),
  });

describe.concurrent("a platform", () => {
  test("with a package that a newer version cures is blocked, and that version is named", async () => {
    const [amd64, arm64] = await Promise.all([
      scan("vulnerable", debianFiles([vulnerable, unfixed])),
      scan("vulnerable", debianFiles([cured], "12", "arm64"), {}, "linux/arm64"),
    ]);
    expect(arm64).toMatchObject({
      verdict: "passed",
      platform: { platform: "linux/arm64" },
      report: { packages: 1 },
    });
    expect(amd64).toMatchObject({
      verdict: "blocked",
      findings: [
        { id: "CVE-2099-10001", package: "openssl", fixed: "3.0.99-1~deb12u1", severity: "CRITICAL" },
      ],
      report: {
        os: { family: "debian", name: "12.5" },
        packages: 2,
        counts: { CRITICAL: 1, HIGH: 1 },
        database: { kind: "official", updatedAt: "2026-11-01T00:00:00.000Z", version: 2 },
      },
    });
    if (amd64.verdict !== "blocked") throw new Error("not blocked");
    expect(blockedError([amd64])).toMatchObject({
      exitStatus: 77,
      problems: [expect.stringContaining("openssl 3.0.11-1~deb12u1, fixed in 3.0.99-1~deb12u1")],
    });
  });

  test("with a finding that nothing cures passes by default", async () => {
    expect(await scan("unfixed", debianFiles([unfixed]))).toMatchObject({
      verdict: "passed",
      report: { counts: { HIGH: 1 } },
    });
  });

  test("passes by an exception until its last day is over, and is blocked after it", async () => {
    const image = await pushImage(client, "excepted", "linux/amd64", debianFiles([vulnerable]));
    const exceptions = [exception({ expires: "2026-11-01" })];
    const on = (time: string) =>
      scanPlatform(image, settings({ exceptions }), { ...door, clock: () => new Date(time) });
    expect(await on("2026-11-01T23:59:59Z")).toMatchObject({
      verdict: "passed",
      report: { exceptions: { used: exceptions } },
    });
    expect(await on("2026-11-02T00:00:00Z")).toMatchObject({
      verdict: "blocked",
      report: { exceptions: { expired: exceptions } },
    });
  });

  test("that does not say which system it is cannot be judged, unless it is declared to have none", async () => {
    const files = { "bin/tool": "#!/bin/true\n" };
    await expect(scan("bare", files)).rejects.toEqual(unreadable("no file in it says which system it is"));
    expect(await scan("bare-declared", files, { os: "none" })).toMatchObject({
      verdict: "passed",
      report: { os: undefined, packages: 0, warnings: [] },
    });
  });

  test("with an empty dpkg status cannot be judged", async () => {
    await expect(scan("empty-status", debianFiles([]))).rejects.toEqual(
      unreadable("debian 12.5 has no package"),
    );
  });

  test("of a release that the database lacks cannot be judged", async () => {
    const why = "the database has no advisories for debian 99.5";
    await expect(scan("unknown-release", debianFiles([vulnerable], "99"))).rejects.toEqual(unreadable(why));
  });

  test("that is declared to have no packages and has some is judged all the same", async () => {
    expect(await scan("declared", debianFiles([vulnerable]), { os: "none" })).toMatchObject({
      verdict: "blocked",
    });
  });

  test("of a system that Trivy takes for another one, by a planted file, cannot be judged", async () => {
    const files = { ...debianFiles([vulnerable]), "etc/alpine-release": "3.20.0\n" };
    await expect(scan("planted", files)).rejects.toEqual(unreadable("its packages are dpkg's"));
  });

  test("with a package whose version Trivy cannot read cannot be judged", async () => {
    const files = debianFiles([cured, "bash not-a-version_!"]);
    await expect(scan("unread", files)).rejects.toEqual(unreadable("could not read the version of bash"));
  });

  test("stays blocked whatever settings and exceptions lie in the image, the folder, the home or the environment", async () => {
    const tricks = {
      ".trivyignore": "CVE-2099-10001\n",
      ".trivyignore.yaml": "vulnerabilities:\n  - id: CVE-2099-10001\n",
      "trivy.yaml": "severity: [LOW]\nignore-unfixed: true\nscan:\n  skip-files: [var/lib/dpkg/status]\n",
    };
    const folder = join(home, "source");
    mkdirSync(folder);
    for (const [name, text] of Object.entries(tricks)) writeFileSync(join(folder, name), text);
    const before = { cwd: process.cwd(), HOME: process.env["HOME"] };
    process.chdir(folder);
    Object.assign(process.env, {
      HOME: folder,
      TRIVY_SEVERITY: "LOW",
      TRIVY_IGNOREFILE: join(folder, ".trivyignore"),
    });
    try {
      const blocked = await scan("tricks", { ...debianFiles([vulnerable]), ...tricks });
      expect(blocked).toMatchObject({ verdict: "blocked", findings: [{ id: "CVE-2099-10001" }] });
    } finally {
      process.chdir(before.cwd);
      process.env["HOME"] = before.HOME;
      Reflect.deleteProperty(process.env, "TRIVY_SEVERITY");
      Reflect.deleteProperty(process.env, "TRIVY_IGNOREFILE");
    }
  });

  test("whose image is of another platform is not scanned: 75", async () => {
    const amd64 = await pushImage(client, "mislabelled", "linux/amd64", debianFiles([cured]));
    await expect(scanPlatform({ ...amd64, platform: "linux/arm64" }, settings(), door)).rejects.toMatchObject(
      {
        exitStatus: 75,
        code: "scan-incomplete",
        message: expect.stringContaining("linux/amd64"),
      },
    );
  });

  test("that the registry does not have is not scanned: 75, with the path of Trivy's log", async () => {
    const digest = digestOf("nothing");
    const absent: ScanTarget = {
      image: "absent",
      platform: "linux/amd64",
      reference: `${registry.address}/absent@${digest}`,
      digest,
    };
    const { log: logFile } = scanFiles(workDir, absent);
    await expect(scanPlatform(absent, settings(), door)).rejects.toMatchObject({
      code: "scan-incomplete",
      message: expect.stringContaining(logFile),
    });
    expect(readFileSync(logFile, "utf8")).toContain("Vulnerability scanning is enabled");
  });

  test("whose scan is cut off by its time-out is not scanned: 75", async () => {
    const image = await pushImage(client, "slow", "linux/amd64", debianFiles([cured]));
    await expect(scanPlatform(image, settings({}, 10), door)).rejects.toMatchObject({
      code: "scan-incomplete",
      exitStatus: 75,
      message: expect.stringContaining("did not end within 0.01 s"),
      hint: expect.stringContaining("timeouts.scan"),
    });
  });

  test("whose scanner is killed is not scanned: 75; the next scan starts from a clean cache", async () => {
    const image = await pushImage(client, "killed", "linux/amd64", debianFiles([cured]));
    const killing: Run = async (command) => {
      const cache = command.args.find((argument) => argument.startsWith("--cache-dir=")) ?? "";
      const [finished] = await Promise.allSettled([run(command), kill(cache)]);
      if (finished.status === "rejected") throw finished.reason;
      return finished.value;
    };
    await expect(scanPlatform(image, settings(), { ...door, run: killing })).rejects.toMatchObject({
      code: "scan-incomplete",
      exitStatus: 75,
    });
    expect(await scanPlatform(image, settings(), door)).toMatchObject({ verdict: "passed" });
  });

  test("stays blocked where a cache that was damaged knows its package under another name; that is said", async () => {
    await inTemporaryFolder(async (other) => {
      const events: LogEvent[] = [];
      const own = { ...door, workDir: other, log: (event: LogEvent) => void events.push(event) };
      const image = await pushImage(client, "damaged-cache", "linux/amd64", debianFiles([vulnerable]));
      expect(await scanPlatform(image, settings(), own)).toMatchObject({ verdict: "blocked" });
      const [file = ""] = globSync(join(other, "cache/trivy/slots/*/cache/fanal/fanal.db"));
      const damaged = readFileSync(file, "latin1").replaceAll('"openssl"', '"Openssl"');
      expect(damaged).not.toBe(readFileSync(file, "latin1"));
      writeFileSync(file, damaged, "latin1");
      expect(await scanPlatform(image, settings(), own)).toMatchObject({ verdict: "blocked" });
      expect(events).toEqual([
        expect.objectContaining({ kind: "warning", text: `${file} is damaged: the layers are read again` }),
      ]);
    });
  });

  test("whose scanner is killed once passes by a second run", async () => {
    const image = await pushImage(client, "killed-once", "linux/amd64", debianFiles([cured]));
    let runs = 0;
    const killingFirst: Run = async (command) => {
      runs += 1;
      if (runs > 1) return run(command);
      const cache = command.args.find((argument) => argument.startsWith("--cache-dir=")) ?? "";
      const [finished] = await Promise.allSettled([run(command), kill(cache)]);
      if (finished.status === "rejected") throw finished.reason;
      return finished.value;
    };
    expect(await scanPlatform(image, settings(), { ...door, run: killingFirst })).toMatchObject({
      verdict: "passed",
    });
    expect(runs).toBe(2);
  });

  test("with JAR files is scanned again with the index of Java packages, which is fetched for it alone", async () => {
    await inTemporaryFolder(async (dir) => {
      const repository = { registry: "factory.localhost", path: "mirror/trivy-java-db" };
      await pushFeed(javaFeed, javaIndexArchive(dir), repository, client);
      const sources = feedSources(javaFeed, "factory.localhost/mirror/trivy-java-db", open);
      const javaIndex = () => ensureJavaIndex(sources, { workDir, run, clock: () => now, began: now, log });
      const files = {
        ...debianFiles([cured]),
        "app/app.jar": jarWithCoordinates("org.example", "app", "1.0"),
      };
      expect(await scan("java", files, {}, "linux/amd64", { javaIndex })).toMatchObject({
        verdict: "passed",
        report: { packages: 2 },
      });
    });
  });

  test("with JAR files is not scanned where that index is not to be had: 75", async () => {
    const files = {
      ...debianFiles([cured]),
      "app/other.jar": jarWithCoordinates("org.example", "other", "1.0"),
    };
    await expect(scan("java-alone", files)).rejects.toMatchObject({
      code: "database-unavailable",
      exitStatus: 75,
    });
  });
});

test("SARIF and CycloneDX are made from the JSON of a scan", async () => {
  const target = await pushImage(client, "vulnerable", "linux/amd64", debianFiles([vulnerable, unfixed]));
  const json = JSON.parse(readFileSync(scanFiles(workDir, target).json, "utf8"));
  expect(json).toMatchObject({ ArtifactName: target.reference });
  const [sarif, cyclonedx] = await Promise.all([
    convertReport(target, "sarif", door),
    convertReport(target, "cyclonedx", door),
  ]);
  const { results } = JSON.parse(readFileSync(sarif, "utf8")).runs[0];
  expect(results.map(({ ruleId }: { ruleId: string }) => ruleId)).toContain("CVE-2099-10001");
  const bom = JSON.parse(readFileSync(cyclonedx, "utf8"));
  expect(bom).toMatchObject({ bomFormat: "CycloneDX" });
  expect(JSON.stringify(bom.components)).toContain("pkg:deb/debian/openssl@3.0.11-1~deb12u1");
});

test("Trivy was given the password in a file that its owner alone can read, and nothing of its runs has stayed", () => {
  expect(started.length).toBeGreaterThan(5);
  for (const { mode, words } of started) {
    expect(mode).toBe(0o600);
    expect(words).not.toContain(credential.password);
    expect(words).not.toContain(
      Buffer.from(`${credential.username}:${credential.password}`).toString("base64"),
    );
  }
  const left = readdirSync(join(workDir, "cache", "trivy"), { recursive: true }).map(String);
  expect(left.filter((path) => /(^|\/)(run|convert-[^/]*)(\/|$)/.test(path))).toEqual([]);
});

test("the official database comes from a registry, a mirror of which settings can name", async () => {
  const repository = { registry: "factory.localhost", path: "mirror/trivy-db" };
  await pushFeed(advisoryFeed, readFileSync(advisoryArchive), repository, client);
  await inTemporaryFolder(async (dir) => {
    const official = feedSources(advisoryFeed, "factory.localhost/mirror/trivy-db", open);
    const fetched = await ensureDatabase("official", databaseDoor(dir, official));
    expect(fetched).toMatchObject({ kind: "official", source: "factory.localhost/mirror/trivy-db:2" });
  });
});

test("where no official database can be reached, only an entry that allows the sample gets it, from the registry", async () => {
  await inTemporaryFolder(async (dir) => {
    const closed = feedSources(advisoryFeed, "127.0.0.1:9/trivy-db:2", open);
    const sampleDoor = databaseDoor(dir, closed);
    await expect(ensureDatabase("official", sampleDoor)).rejects.toMatchObject({
      code: "database-unavailable",
      exitStatus: 75,
      message: expect.stringContaining("127.0.0.1:9/trivy-db:2"),
    });
    const sample = await ensureDatabase("sample", sampleDoor);
    expect(sample.kind).toBe("sample");
    const image = await pushImage(client, "by-sample", "linux/amd64", debianFiles([vulnerable]));
    const verdict = await scanPlatform(image, { ...settings(), database: sample }, door);
    expect(verdict).toMatchObject({ verdict: "blocked", report: { database: { kind: "sample" } } });
  });
});

function databaseDoor(dir: string, official: Parameters<typeof ensureDatabase>[1]["official"]) {
  const sample = () => publishSampleDatabase(advisoryArchive, open);
  const maxAgeMs = Number.POSITIVE_INFINITY;
  return { workDir: dir, run, clock: () => now, began: now, log, official, sample, maxAgeMs };
}

/** Ends the process that has this word among its arguments, as the kernel does when memory is short. */
async function kill(word: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1, await sleep(2)) {
    for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      if (!commandLine(entry).includes(word)) continue;
      process.kill(Number(entry), "SIGKILL");
      return;
    }
  }
  throw new Error(`no process has ${word}`);
}

function commandLine(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** What Trivy's index of Java packages is: a SQLite database of one artifact here. */
function javaIndexArchive(dir: string): Uint8Array {
  const files = join(dir, "java-db");
  mkdirSync(files);
  const index = new DatabaseSync(join(files, "trivy-java.db"));
  index.exec(`
    CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
    CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT,
      foreign key (artifact_id) references artifacts(id));
    INSERT INTO artifacts VALUES (1, 'org.example', 'app');
  `);
  index.close();
  const times = { NextUpdate: "2026-11-04T00:00:00Z", UpdatedAt: "2026-11-01T00:00:00Z" };
  writeFileSync(join(files, "metadata.json"), JSON.stringify({ Version: 1, ...times }));
  const archive = join(dir, "java-db.tar.gz");
  execFileSync("tar", ["-czf", archive, "-C", files, "."]);
  return readFileSync(archive);
}
