import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FactoryError } from "../../src/errors.ts";
import type { LogEvent } from "../../src/log.ts";
import { run } from "../../src/run.ts";
import { boltKeys } from "../../src/scan/bolt.ts";
import {
  type DatabaseDoor,
  databaseFile,
  ensureDatabase,
  presentDatabase,
  staleAfterMs,
} from "../../src/scan/database.ts";
import type { FeedSource } from "../../src/scan/feed.ts";
import { advisoryArchive, archiveSource, inTemporaryFolder } from "./fixtures.ts";

/** The database of the fixtures was gathered at this time and announces its successor for a day later. */
const gathered = new Date("2026-11-01T00:00:00Z");
const after = (ms: number) => new Date(gathered.getTime() + ms);
const hourMs = 3_600_000;

interface Scene {
  readonly door: DatabaseDoor;
  readonly events: LogEvent[];
  /** Names of the sources that were asked, in order. */
  readonly asked: string[];
  /** Another door over the same folder. */
  readonly at: (now: Date, changes?: Partial<DatabaseDoor>) => DatabaseDoor;
  readonly source: (name: string, archive?: string) => FeedSource;
  readonly unreachable: (name: string) => FeedSource;
}

function inScene(work: (scene: Scene, dir: string) => Promise<void>): Promise<void> {
  return inTemporaryFolder((dir) => {
    const events: LogEvent[] = [];
    const asked: string[] = [];
    const source = (name: string, archive = advisoryArchive): FeedSource => {
      const real = archiveSource(name, archive);
      return {
        ...real,
        resolve: (signal) => {
          asked.push(name);
          return real.resolve(signal);
        },
      };
    };
    const unreachable = (name: string): FeedSource => ({
      ...source(name),
      resolve: async () => {
        asked.push(name);
        throw new FactoryError("registry-unavailable", `${name} cannot be reached`);
      },
    });
    const at = (now: Date, changes: Partial<DatabaseDoor> = {}): DatabaseDoor => ({
      workDir: dir,
      run,
      clock: () => now,
      began: gathered,
      log: (event) => events.push(event),
      official: [source("vendor.example/db:2")],
      sample: async () => source("factory.localhost/sample/trivy-db:2"),
      maxAgeMs: 7 * 24 * hourMs,
      ...changes,
    });
    return work({ door: at(gathered), events, asked, at, source, unreachable }, dir);
  });
}

const unavailable = expect.objectContaining({ code: "database-unavailable", exitStatus: 75 });

test("the official database is fetched once and used until its successor is due", () =>
  inScene(async ({ door, asked, at, events }) => {
    const database = await ensureDatabase("official", door);
    expect(database).toMatchObject({
      kind: "official",
      updatedAt: "2026-11-01T00:00:00.000Z",
      version: 2,
      source: "vendor.example/db:2",
    });
    expect(await boltKeys(databaseFile(database), ["debian 12"])).toEqual(["bash", "openssl", "zlib"]);
    expect(await ensureDatabase("official", at(after(23 * hourMs)))).toEqual(database);
    expect(asked).toHaveLength(1);
    expect(events).toEqual([
      { kind: "note", text: expect.stringMatching(/^fetching the advisory database .* from vendor/) },
    ]);
  }));

test("an entry that may use the sample uses the official database where it is to be had", () =>
  inScene(async ({ door }) => {
    expect((await ensureDatabase("sample", door)).kind).toBe("official");
  }));

test("when its successor is due the source is asked, and not again within the hour when it has nothing newer", () =>
  inScene(async ({ door, at, asked }) => {
    const database = await ensureDatabase("official", door);
    for (const hours of [25, 25.5, 25.9, 26.1]) {
      expect(await ensureDatabase("official", at(after(hours * hourMs)))).toEqual(database);
    }
    expect(asked).toHaveLength(3);
  }));

test("a newer database takes the place of the older one, whose folder stays for scans that still read it", () =>
  inScene(async ({ door, at, source }, dir) => {
    const old = await ensureDatabase("official", door);
    const newer = [2, 3].map((day) =>
      repack(dir, `2026-11-0${day}T00:00:00Z`, `2026-11-0${day + 1}T00:00:00Z`),
    );
    const next = (day: number, archive: string | undefined) =>
      ensureDatabase(
        "official",
        at(after(day * 24 * hourMs), { official: [source("vendor.example/db:2", archive)] }),
      );
    const second = await next(1, newer[0]);
    expect(second.updatedAt).toBe("2026-11-02T00:00:00.000Z");
    expect(existsSync(databaseFile(old))).toBe(true);
    const third = await next(2, newer[1]);
    expect(third.updatedAt).toBe("2026-11-03T00:00:00.000Z");
    expect([old, second, third].map((database) => existsSync(database.dir))).toEqual([false, true, true]);
  }));

test("a database that cannot be refreshed is used while it is young, and that is said", () =>
  inScene(async ({ door, at, unreachable, events }) => {
    const database = await ensureDatabase("official", door);
    const official = [unreachable("vendor.example/db:2")] as const;
    expect(await ensureDatabase("official", at(after(staleAfterMs - 1), { official }))).toEqual(database);
    expect(events.at(-1)).toEqual({
      kind: "warning",
      text: expect.stringMatching(
        /database of 2026-11-01T00.* is used: .*vendor\.example\/db:2 cannot be reached/,
      ),
    });
  }));

test("a source that has nothing younger is used, and its age is said", () =>
  inScene(async ({ at, events }) => {
    expect((await ensureDatabase("official", at(after(staleAfterMs + 1)))).kind).toBe("official");
    expect(events.at(-1)).toEqual({
      kind: "warning",
      text: "vendor.example/db:2 has no newer advisory database than that of 2026-11-01T00:00:00.000Z",
    });
  }));

test("an older one counts as none: 75 for an official entry, the sample for one that may use it", () =>
  inScene(async ({ door, at, unreachable, events }) => {
    await ensureDatabase("official", door);
    const late = at(after(staleAfterMs + 1), { official: [unreachable("vendor.example/db:2")] });
    await expect(ensureDatabase("official", late)).rejects.toEqual(unavailable);
    expect(await ensureDatabase("sample", late)).toMatchObject({
      kind: "sample",
      source: "factory.localhost/sample/trivy-db:2",
    });
    expect(events.filter(({ kind }) => kind === "warning")).toHaveLength(1);
  }));

test("with no database an official entry fails, though the sample is there for others", () =>
  inScene(async ({ at, unreachable }) => {
    const closed = at(gathered, { official: [unreachable("a.example/db:2"), unreachable("b.example/db:2")] });
    expect((await ensureDatabase("sample", closed)).kind).toBe("sample");
    await expect(ensureDatabase("official", closed)).rejects.toMatchObject({
      code: "database-unavailable",
      message: expect.stringMatching(/a\.example.*cannot be reached.*b\.example.*cannot be reached/),
      hint: expect.stringContaining("trivyDatabase"),
    });
  }));

test("the sample is the factory's present one, not the one of an earlier version", () =>
  inScene(async ({ at, source, unreachable }, dir) => {
    const official = [unreachable("a.example/db:2")] as const;
    await ensureDatabase("sample", at(gathered, { official }));
    const changed = repack(dir, "2026-11-05T00:00:00Z", "2099-01-01T00:00:00Z");
    const sample = async () => source("factory.localhost/sample/trivy-db:2", changed);
    const { updatedAt } = await ensureDatabase("sample", at(gathered, { official, sample }));
    expect(updatedAt).toBe("2026-11-05T00:00:00.000Z");
  }));

test("a repository that does not answer in time is told so", () =>
  inScene(async ({ at, source }) => {
    const silent: FeedSource = {
      ...source("a.example/db:2"),
      resolve: async () => {
        throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
      },
    };
    await expect(ensureDatabase("official", at(gathered, { official: [silent] }))).rejects.toThrow(
      "a.example/db:2: no answer within 4 s",
    );
  }));

test("an entry that may use the sample fails where there is no registry for it", () =>
  inScene(async ({ at, unreachable }) => {
    const closed = at(gathered, { official: [unreachable("a.example/db:2")], sample: undefined });
    await expect(ensureDatabase("sample", closed)).rejects.toEqual(unavailable);
  }));

test("the second repository is taken when the first does not answer", () =>
  inScene(async ({ at, source, unreachable }) => {
    const official = [unreachable("a.example/db:2"), source("b.example/db:2")] as const;
    expect((await ensureDatabase("official", at(gathered, { official }))).source).toBe("b.example/db:2");
  }));

test("a failure is remembered: ten minutes for the sample, seconds for others, so that a run asks once", () =>
  inScene(async ({ at, asked, unreachable }) => {
    const official = [unreachable("a.example/db:2")] as const;
    const attempt = async (allowed: "official" | "sample", seconds: number) => {
      await ensureDatabase(allowed, at(after(seconds * 1000), { official })).catch(() => undefined);
      return asked.filter((name) => name === "a.example/db:2").length;
    };
    expect(await attempt("official", 0)).toBe(2);
    expect(await attempt("official", 14)).toBe(2);
    expect(await attempt("sample", 599)).toBe(2);
    expect(await attempt("official", 599)).toBe(4);
    expect(await attempt("sample", 600)).toBe(4);
    expect(await attempt("sample", 599 + 600)).toBe(5);
  }));

test("a run that began after the failure of another asks again at once", () =>
  inScene(async ({ at, source, unreachable }) => {
    const failing = at(gathered, { official: [unreachable("a.example/db:2")] });
    await expect(ensureDatabase("official", failing)).rejects.toEqual(unavailable);
    const now = after(1_000);
    const next = at(now, { began: now, official: [source("a.example/db:2")] });
    expect((await ensureDatabase("official", next)).source).toBe("a.example/db:2");
  }));

test("an official entry survives a source that fails once", () =>
  inScene(async ({ at, source, unreachable }) => {
    let asked = 0;
    const once: FeedSource = {
      ...source("a.example/db:2"),
      resolve: (signal) =>
        (asked++ === 0 ? unreachable("a.example/db:2") : source("a.example/db:2")).resolve(signal),
    };
    expect((await ensureDatabase("official", at(gathered, { official: [once] }))).kind).toBe("official");
  }));

test("a failure of one mirror says nothing about another that settings name now", () =>
  inScene(async ({ at, source, unreachable }) => {
    const first = at(gathered, { official: [unreachable("a.example/db:2")] });
    await expect(ensureDatabase("official", first)).rejects.toEqual(unavailable);
    const second = at(gathered, { official: [source("b.example/db:2")] });
    expect((await ensureDatabase("official", second)).source).toBe("b.example/db:2");
  }));

test("a database of a mirror that settings no longer name is not used", () =>
  inScene(async ({ door, at, unreachable }) => {
    await ensureDatabase("official", door);
    const other = at(gathered, { official: [unreachable("b.example/db:2")] });
    await expect(ensureDatabase("official", other)).rejects.toEqual(unavailable);
  }));

test("many that ask at once make one fetch", () =>
  inScene(async ({ door, asked }) => {
    const databases = await Promise.all(Array.from({ length: 6 }, () => ensureDatabase("official", door)));
    expect(new Set(databases.map(({ dir }) => dir)).size).toBe(1);
    expect(asked).toHaveLength(1);
  }));

test("a database whose files are gone is fetched again", () =>
  inScene(async ({ door, asked }) => {
    const database = await ensureDatabase("official", door);
    rmSync(databaseFile(database));
    expect(await presentDatabase(door.workDir)).toBeUndefined();
    await ensureDatabase("official", door);
    expect(existsSync(databaseFile(database))).toBe(true);
    expect(asked).toHaveLength(2);
  }));

test("an interrupted fetch leaves nothing that counts as a database, and is not remembered as a failure", () =>
  inScene(async ({ at, source, asked }) => {
    const controller = new AbortController();
    const stopped = new FactoryError("interrupted", "stopped by Ctrl-C");
    const slow: FeedSource = {
      ...source("a.example/db:2"),
      download: async () => {
        controller.abort(stopped);
        throw new FactoryError("registry-unavailable", "cut off");
      },
    };
    const interrupted = at(gathered, { official: [slow], signal: controller.signal });
    await expect(ensureDatabase("sample", interrupted)).rejects.toBe(stopped);
    expect(await presentDatabase(interrupted.workDir)).toBeUndefined();
    await ensureDatabase("official", at(gathered, { official: [source("a.example/db:2")] }));
    expect(asked).toHaveLength(2);
  }));

test.each<[string, (files: string) => void, string]>([
  ["another schema", (files) => setMetadata(files, { Version: 3 }), "expected schema 2, got 3"],
  ["no data", (files) => rmSync(join(files, "trivy.db")), "its layer has no trivy.db"],
  [
    "a link in place of the data",
    (files) => {
      rmSync(join(files, "trivy.db"));
      symlinkSync("/etc/passwd", join(files, "trivy.db"));
    },
    "its layer has no trivy.db",
  ],
])("a layer with %s is refused", (_, change, why) =>
  inScene(async ({ at, source }, dir) => {
    const archive = repack(dir, "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z", change);
    const official = [source("a.example/db:2", archive)] as const;
    await expect(ensureDatabase("official", at(gathered, { official }))).rejects.toMatchObject({
      code: "database-unavailable",
      message: expect.stringContaining(why),
    });
  }),
);

test("a layer that is no archive, or of another type, is refused", () =>
  inScene(async ({ at, source }, dir) => {
    const noArchive = join(dir, "no-archive");
    writeFileSync(noArchive, "plain text");
    const bad = at(gathered, { official: [source("a.example/db:2", noArchive)] });
    await expect(ensureDatabase("official", bad)).rejects.toThrow("its layer cannot be unpacked");
    const image: FeedSource = {
      ...source("b.example/db:2"),
      resolve: async (signal) => ({ ...(await source("b").resolve(signal)), mediaType: "text/plain" }),
    };
    await expect(ensureDatabase("official", at(gathered, { official: [image] }))).rejects.toThrow(
      "expected a layer of type application/vnd.aquasec.trivy.db.layer.v1.tar+gzip, got text/plain",
    );
  }));

test("what a layer has beside the database is not kept", () =>
  inScene(async ({ at, source }, dir) => {
    const archive = repack(dir, "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z", (files) => {
      writeFileSync(join(files, "trivy.yaml"), "severity: [LOW]");
    });
    const database = await ensureDatabase(
      "official",
      at(gathered, { official: [source("a.example/db:2", archive)] }),
    );
    expect(readdirSync(join(database.dir, "db")).sort()).toEqual(["metadata.json", "trivy.db"]);
  }));

/** The database of the fixtures with other times, and changed by `change`, as an archive. */
function repack(
  dir: string,
  updatedAt: string,
  nextUpdate: string,
  change: (files: string) => void = () => {},
): string {
  const files = join(dir, `files-${updatedAt}`);
  mkdirSync(files);
  execFileSync("tar", ["-xzf", advisoryArchive, "-C", files]);
  setMetadata(files, { UpdatedAt: updatedAt, NextUpdate: nextUpdate });
  change(files);
  const archive = `${files}.tar.gz`;
  execFileSync("tar", ["-czf", archive, "-C", files, "."]);
  return archive;
}

function setMetadata(files: string, fields: Readonly<Record<string, unknown>>): void {
  const file = join(files, "metadata.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...fields }));
}

test("a database older than the limit counts as none although its source has no newer one, except where the sample may stand in", () =>
  inScene(async ({ door, at }) => {
    await ensureDatabase("official", door);
    expect((await ensureDatabase("official", at(after(7 * 24 * hourMs)))).kind).toBe("official");
    const late = at(after(7 * 24 * hourMs + 1));
    await expect(ensureDatabase("official", late)).rejects.toMatchObject({
      code: "database-unavailable",
      message:
        "no advisory database is to be had: vendor.example/db:2 has none that is newer than 2026-11-01T00:00:00.000Z, and one older than 7d counts as none",
      hint: expect.stringContaining("databaseMaxAge"),
    });
    expect((await ensureDatabase("sample", late)).kind).toBe("sample");
    expect((await ensureDatabase("official", { ...late, maxAgeMs: 30 * 24 * hourMs })).kind).toBe("official");
  }));

test("a limit below 48 hours holds for a database that cannot be refreshed too", () =>
  inScene(async ({ door, at, unreachable }) => {
    await ensureDatabase("official", door);
    const official = [unreachable("vendor.example/db:2")] as const;
    const late = at(after(25 * hourMs), { official, maxAgeMs: 24 * hourMs });
    await expect(ensureDatabase("official", late)).rejects.toMatchObject(unavailable);
  }));

test.each(["db/trivy.db", "db/metadata.json"])(
  "a database whose %s is cut, flipped or gone is told of and fetched again",
  (name) =>
    inScene(async ({ door, at, asked, events }) => {
      const database = await ensureDatabase("official", door);
      const file = join(database.dir, name);
      const whole = readFileSync(file);
      const flipped = Buffer.from(whole);
      flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 4;
      for (const damage of [
        () => writeFileSync(file, whole.subarray(0, whole.length >> 1)),
        () => writeFileSync(file, flipped),
        () => rmSync(file),
      ]) {
        damage();
        const before = asked.length;
        expect(await ensureDatabase("official", at(after(hourMs)))).toEqual(database);
        expect(asked.length).toBe(before + 1);
        expect(readFileSync(file)).toEqual(whole);
        expect(events.slice(-2)).toEqual([
          { kind: "warning", text: `${file} is damaged: the advisory database is fetched again` },
          { kind: "note", text: expect.stringMatching(/^fetching the advisory database/) },
        ]);
      }
    }),
);

test("what is noted of a database is used as it was written: cut, empty or with any bit flipped it is told of, and the database fetched again", () =>
  inScene(async ({ door, at, asked, events }) => {
    const database = await ensureDatabase("official", door);
    const file = join(database.dir, "../current.json");
    const whole = readFileSync(file);
    const flipped = Array.from({ length: 4 }, (_, n) => {
      const bytes = Buffer.from(whole);
      const position = Math.floor((n * whole.length) / 4);
      bytes[position] = (bytes[position] ?? 0) ^ (1 << (n % 7));
      return bytes;
    });
    for (const damaged of [whole.subarray(0, 0), whole.subarray(0, whole.length - 1), ...flipped]) {
      writeFileSync(file, damaged);
      const before = asked.length;
      expect(await ensureDatabase("official", at(after(hourMs)))).toEqual(database);
      expect(asked.length).toBe(before + 1);
      expect(events.slice(-2)).toEqual([
        { kind: "warning", text: `${file} is damaged: the advisory database is fetched again` },
        { kind: "note", text: expect.stringMatching(/^fetching the advisory database/) },
      ]);
    }
  }));

test("a database that was copied with its folder, or written anew as it was, is read once and taken", () =>
  inScene(async ({ door, at, asked }) => {
    const database = await ensureDatabase("official", door);
    writeFileSync(databaseFile(database), readFileSync(databaseFile(database)));
    expect(await ensureDatabase("official", at(after(hourMs)))).toEqual(database);
    expect(asked).toHaveLength(1);
  }));
