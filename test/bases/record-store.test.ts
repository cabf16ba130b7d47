import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BaseRecord, observe, type Sighting, withEligibility } from "../../src/bases/base-record.ts";
import { changeBaseRecords, type RecordChange, readBaseRecords } from "../../src/bases/record-store.ts";
import { randomFrom } from "../faults/random.ts";
import { content, digest, reference, seen } from "./facts.ts";
import { olderRecord } from "./older-record.ts";

const [t1, t2] = ["2026-11-01T00:00:00.000Z", "2026-11-02T00:00:00.000Z"];

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-bases-"));
  await mkdir(join(dir, "base-images"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const door = () => ({ stateDir: dir, workDir: join(dir, "work") });
const file = (name: string) => join(dir, "base-images", `${name}.yaml`);
const text = (name: string) => readFile(file(name), "utf8");
const change = (of: string, made: RecordChange) => changeBaseRecords(new Map([[of, made]]), door());
const see = (of: string, sighting: Sighting) => change(of, (record) => observe(of, record, sighting));
const found = (at: string, named: string): Sighting => ({ kind: "found", at, content: content(named) });

describe("the older tool's folder", () => {
  const older = join(import.meta.dirname, "../older/factory/base-images");

  test("is read, each file by the base that it is about", async () => {
    await cp(older, join(dir, "base-images"), { recursive: true });
    const records = await readBaseRecords(door());
    expect([...records.keys()].toSorted()).toEqual([
      "docker.io/library/python:3.12-slim",
      "docker.io/library/redis:7-alpine",
      "mcr.microsoft.com/playwright:v1.40.0-focal",
    ]);
    expect(records.get("docker.io/library/python:3.12-slim")).toMatchObject({
      currentDigest: `sha256:${"2".repeat(64)}`,
      lastUpdated: "2025-12-01T08:00:00.000Z",
      rebuildEligibleAt: "2025-12-08T08:00:00.000Z",
    });
  });

  test("has the same files after every base of it moved, changed where it moved alone", async () => {
    await cp(older, join(dir, "base-images"), { recursive: true });
    for (const of of (await readBaseRecords(door())).keys()) await see(of, found(t1, "a"));
    expect((await readdir(join(dir, "base-images"))).toSorted()).toEqual((await readdir(older)).toSorted());
    const before = (await readFile(join(older, "python-3.12-slim.yaml"), "utf8")).split("\n");
    const after = (await text("python-3.12-slim")).split("\n");
    expect(before.filter((line) => !after.includes(line))).toEqual([
      "allowTags: ^3\\\\.12-slim$",
      "lastChecked: '2025-12-29T19:25:06.846849+00:00'",
      `currentDigest: sha256:${"2".repeat(64)}`,
      "lastUpdated: '2025-12-01T08:00:00.000000+00:00'  # Will be set when digest first changes",
      "previousDigest: null",
      "  default: '2025-12-08T08:00:00.000000+00:00'  # Will be calculated as lastUpdated + rebuildDelay",
    ]);
    expect(after).toContain("  default: null  # Will be calculated as lastUpdated + rebuildDelay");
    expect(after).toContain(
      `  - {date: '2026-11-01T00:00:00.000+00:00', digest: ${digest("a")}, previousDigest: sha256:${"2".repeat(64)}}`,
    );
  });

  test("a digest that was yet to come is none", async () => {
    await writeFile(file("node-22"), "fullImage: node:22\ncurrentDigest: sha256:...\n");
    expect((await readBaseRecords(door())).get("docker.io/library/node:22")?.currentDigest).toBeUndefined();
  });
});

describe("a record", () => {
  test("is read back as it was written, with everything in it", async () => {
    const record: BaseRecord = {
      ...seen([t1, "a"], [t2, "b"]),
      rebuildEligibleAt: t2,
      metadata: { version: "3.10", created: "2026-01-01" },
      vanishedSince: t2,
      hold: { why: "x", at: t1, until: t2, by: "me", digest: digest("a") },
      scans: [
        {
          digest: digest("b amd64"),
          policy: digest("p"),
          database: "official",
          verdict: "blocked",
          findings: ["CVE-1"],
        },
      ],
    };
    await change(reference, () => record);
    expect((await readBaseRecords(door())).get(reference)).toEqual(record);
  });

  test("has the older tool's fields, with times in quotes and with an offset", async () => {
    await see(reference, found(t1, "a"));
    await see(reference, found(t2, "b"));
    expect(await text("node-22-slim")).toMatch(/^factoryChecksum: sha256:[0-9a-f]{64}\nname: node-22-slim\n/);
    expect(await text("node-22-slim")).toContain(`name: node-22-slim
fullImage: node:22-slim
registry: docker.io
repository: library/node
tag: 22-slim
allowTags: ^22-slim$
imageSelectionStrategy: Digest
repoURL: docker.io/library/node
firstDiscovered: '2026-11-01T00:00:00.000+00:00'
lastChecked: '2026-11-02T00:00:00.000+00:00'
currentDigest: ${digest("b")}
lastUpdated: '2026-11-02T00:00:00.000+00:00'
previousDigest: ${digest("a")}
rebuildEligibleAt:
  default: null
metadata: {}
updateHistory:
  - date: '2026-11-02T00:00:00.000+00:00'
    digest: ${digest("b")}
    previousDigest: ${digest("a")}
factory:
`);
  });

  test("of the older tool is changed in place: no byte changes that says nothing else", async () => {
    const older = `${olderRecord()}\nmine: [1]   # keep\n`;
    await writeFile(file("node-22.1"), older);
    await see("docker.io/library/node:22.1", found(t1, "a"));
    const [before, after] = [older.split("\n"), (await text("node-22.1")).split("\n")];
    const added = after.filter((line) => !before.includes(line));
    const removed = before.filter((line) => !after.includes(line));
    expect(removed).toEqual([
      "allowTags: ^22\\\\.1$",
      "lastChecked: '2025-03-04T10:00:00.123456+00:00'",
      "currentDigest: null",
    ]);
    const sum = after[after.findIndex((line) => line.startsWith("name:")) - 1]?.replace(
      "factoryChecksum: ",
      "",
    );
    expect(added).toEqual([
      `factoryChecksum: ${sum}`,
      "allowTags: ^22\\.1$",
      "lastChecked: '2026-11-01T00:00:00.000+00:00'",
      `currentDigest: ${digest("a")}`,
      "factory:",
      "  digests:",
      `    - digest: ${digest("a")}`,
      "      platforms:",
      `        linux/amd64: ${digest("a amd64")}`,
      `        linux/arm64: ${digest("a arm64")}`,
      "      firstSeen: '2026-11-01T00:00:00.000+00:00'",
      `  checksum: ${sum}`,
    ]);
    expect(await readdir(join(dir, "base-images"))).toEqual(["node-22.1.yaml"]);
  });

  test("of the older tool that moves changes its own lines, and keeps the comments behind them", async () => {
    const reference = "docker.io/library/node:22.1";
    await writeFile(file("node-22.1"), olderRecord());
    await see(reference, found(t1, "a"));
    await see(reference, found(t2, "b"));
    await change(reference, (record) => record && withEligibility(record, 0));
    const lines = (await text("node-22.1")).split("\n");
    expect(lines).toContain(
      "lastUpdated: '2026-11-02T00:00:00.000+00:00'  # Will be set when digest first changes",
    );
    expect(lines).toContain(
      "  default: '2026-11-02T00:00:00.000+00:00'  # Will be calculated as lastUpdated + rebuildDelay",
    );
    const comments = olderRecord()
      .split("\n")
      .filter((line) => line.startsWith("#"));
    expect(lines.filter((line) => line.startsWith("#"))).toEqual(comments);
  });

  test("keeps a tag that looks like another number", async () => {
    await writeFile(file("node-22.10"), olderRecord({ fullImage: "''", tag: "22.10" }));
    expect([...(await readBaseRecords(door())).keys()]).toEqual(["docker.io/library/node:22.10"]);
  });

  test.each([
    ["library-node-22", "docker.io/library/node:22", "library/node"],
    ["team-app-22", "ghcr.io/team/app:22", "team/app"],
    ["node", "node", "library/node"],
  ])("under the older name %s is found by %s", async (name, fullImage, repository) => {
    const older = olderRecord({ fullImage, repository, tag: fullImage.endsWith("22") ? "22" : "latest" });
    await writeFile(file(name), older);
    const [[key = ""] = []] = [...(await readBaseRecords(door()))];
    await see(key, found(t1, "a"));
    expect(await readdir(join(dir, "base-images"))).toEqual([`${name}.yaml`]);
    expect(await text(name)).toContain(digest("a"));
  });

  test("of a base never shares the file of another that has its name", async () => {
    const [one, other] = ["docker.io/a/b-c:1", "docker.io/a-b/c:1"] as const;
    await see(one, found(t1, "a"));
    await see(other, found(t1, "b"));
    await see(other, found(t2, "c"));
    await see(one, found(t2, "d"));
    expect(await readdir(join(dir, "base-images"))).toHaveLength(2);
    const records = await readBaseRecords(door());
    expect(records.get(one)?.currentDigest).toBe(digest("d"));
    expect(records.get(other)?.currentDigest).toBe(digest("c"));
  });

  test("of names that differ in case alone is two files also where a file system takes them for one", async () => {
    await see("docker.io/a/b:X", found(t1, "a"));
    await see("docker.io/a/b:x", found(t1, "b"));
    const names = (await readdir(join(dir, "base-images"))).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(2);
  });

  test("is not touched by a look that found what is known, until a day has passed", async () => {
    await see(reference, found(t1, "a"));
    const before = await text("node-22-slim");
    await see(reference, found("2026-11-01T23:59:59.999Z", "a"));
    expect(await text("node-22-slim")).toBe(before);
    await see(reference, found(t2, "a"));
    expect(await text("node-22-slim")).toBe(
      before.replace("lastChecked: '2026-11-01T", "lastChecked: '2026-11-02T"),
    );
  });

  test("says until when a base is gone, and no more when it is back", async () => {
    await see(reference, found(t1, "a"));
    await see(reference, { kind: "missing", at: t2 });
    expect(await text("node-22-slim")).toContain("vanishedSince: '2026-11-02T00:00:00.000+00:00'");
    await see(reference, found(t2, "a"));
    expect(await text("node-22-slim")).not.toContain("vanishedSince");
  });

  test("that examples or nonsense of the older tool stand beside is read without them", async () => {
    await writeFile(file("a.example"), "- not a record\n");
    await writeFile(file("--platform=x"), "name: --platform=x\nfullImage: --platform=x\n");
    await see(reference, found(t1, "a"));
    expect([...(await readBaseRecords(door())).keys()]).toEqual([reference]);
  });

  test.each([
    ["not YAML", "a: [", /node\.yaml is damaged/],
    ["a list", "- a\n", /expected a map/],
    ["a time that is none", "fullImage: node\nlastUpdated: soon\n", /lastUpdated: expected a time/],
    ["no history", "fullImage: node\nupdateHistory: 3\n", /updateHistory: expected a list/],
    ["digests that are none", "fullImage: node\nfactory: {digests: [1]}\n", /factory\.digests/],
  ])("names file and place when it is %s", async (_, damagedText, message) => {
    await writeFile(file("node"), damagedText);
    await expect(readBaseRecords(door())).rejects.toMatchObject({
      code: "state-invalid",
      message: expect.stringMatching(message),
    });
  });
});

describe("a record that is damaged", () => {
  const record: BaseRecord = {
    ...seen([t1, "a"], [t2, "b"]),
    hold: { why: "22.5 breaks TLS", at: t1, digest: digest("a") },
  };
  /** What decides anything: the older tool's other fields may be edited by anybody. */
  const deciding = ({ currentDigest, digests, scans, hold, vanishedSince }: BaseRecord) => ({
    ...{ currentDigest, digests, scans, hold, vanishedSince },
  });
  const isDetected = async (damaged: Uint8Array) => {
    await writeFile(file("node-22-slim"), damaged);
    const read = await readBaseRecords({ stateDir: dir, workDir: join(dir, `${Math.random()}`) }).catch(
      (error: unknown) => error,
    );
    if (!(read instanceof Error)) {
      const [[of, found] = []] = [...(read as ReadonlyMap<string, BaseRecord>)];
      expect({ of, ...(found && deciding(found)) }).toEqual({ of: reference, ...deciding(record) });
      return false;
    }
    expect(read).toMatchObject({
      code: "state-invalid",
      message: expect.stringContaining(`${file("node-22-slim")} is damaged: `),
      hint: expect.stringContaining("npm run fsck -- --repair"),
    });
    return true;
  };

  test("is told of wherever it was cut, and whatever decides of it is as it was whatever bits were flipped", async () => {
    await change(reference, () => record);
    const whole = await readFile(file("node-22-slim"));
    for (let end = 0; end < whole.length - 1; end++) {
      if (!(await isDetected(whole.subarray(0, end)))) throw new Error(`cut at ${end} and taken as whole`);
    }
    const random = randomFrom(30);
    let detected = 0;
    for (let times = 0; times < 500; times++) {
      const damaged = Buffer.from(whole);
      const place = Math.floor(random() * whole.length);
      damaged[place] = (damaged[place] ?? 0) ^ (1 << Math.floor(random() * 8));
      if (await isDetected(damaged)) detected += 1;
    }
    expect(detected).toBeGreaterThan(250);
  });

  test("goes on seeing its base whatever year stands in lastUpdated", async () => {
    await change(reference, () => record);
    await writeFile(
      file("node-22-slim"),
      (await text("node-22-slim")).replace("lastUpdated: '2026", "lastUpdated: '2926"),
    );
    await see(reference, found("2026-11-03T00:00:00.000Z", "c"));
    expect((await readBaseRecords(door())).get(reference)?.currentDigest).toBe(digest("c"));
  });
});

test("of forty runs at once the one that looked last stands, for every base, whoever wrote last", async () => {
  const moves = Array.from({ length: 40 }, (_, at) =>
    found(new Date(Date.UTC(2026, 0, 1, at)).toISOString(), `d${at}`),
  );
  const bases = ["docker.io/library/a:1", "docker.io/library/b:1"];
  await Promise.all(moves.flatMap((move) => bases.map((base) => see(base, move))));
  const records = await readBaseRecords(door());
  for (const base of bases) {
    expect(records.get(base)).toMatchObject({ currentDigest: digest("d39") });
    expect(records.get(base)?.lastChecked).toBe(moves.at(-1)?.at);
  }
});

test("no look at all asks for no lock and makes no folder", async () => {
  await changeBaseRecords(new Map(), door());
  expect(await readdir(dir)).toEqual(["base-images"]);
});
