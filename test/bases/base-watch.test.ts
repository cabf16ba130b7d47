import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBaseWatch } from "../../src/bases/base-watch.ts";
import { readBaseRecords } from "../../src/bases/record-store.ts";
import { FactoryError } from "../../src/errors.ts";
import type { ManifestSighting } from "../../src/registry/manifests.ts";
import { formatReference, parseReference } from "../../src/registry/reference.ts";
import { createBaseImages } from "../../src/resolve/base-images.ts";
import type { StoredImages } from "../../src/resolve/stored-images.ts";
import { content, digest, reference } from "./facts.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-watch-"));
});
// After a look-up that failed, records that were read beside it may still be written to the cache.
afterEach(() => rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }));

/** A registry of texts by reference; "down" cannot be reached. It notes what it was asked, and with which entity tag. */
function world() {
  const tags: Record<string, string> = { [reference]: "a" };
  const asked: string[] = [];
  const read: string[] = [];
  let now = Date.parse("2026-11-21T00:00:00Z");
  const lookUp = async (
    repository: { registry: string; path: string },
    tag: string,
    before?: ManifestSighting,
  ): Promise<ManifestSighting | undefined> => {
    const name = formatReference({ ...repository, tag });
    asked.push(before?.validator === undefined ? name : `${name} unless ${before.validator.etag}`);
    const text = tags[name];
    if (text === "down") throw new FactoryError("registry-unavailable", "no answer");
    return text === undefined
      ? undefined
      : { digest: digest(text), validator: { etag: text, host: "docker.io" } };
  };
  const stored: StoredImages = {
    platforms: async (base) => {
      const text = ["a", "b", "c"].find((one) => digest(one) === base.digest) ?? "?";
      read.push(text);
      return {
        platforms: content(text).platforms,
        annotations: { "org.opencontainers.image.version": text },
      };
    },
    image: async (base) => ({
      ...base,
      manifest: { mediaType: "", config: { mediaType: "", digest: base.digest, size: 1 }, layers: [] },
      config: {
        architecture: "amd64",
        os: "linux",
        created: "2026-11-01T00:00:00Z",
        config: {},
        diffIds: [],
        history: [],
      },
    }),
  };
  const watch = () =>
    createBaseWatch({
      client: { lookUp },
      stored,
      stateDir: dir,
      workDir: join(dir, "work"),
      clock: () => new Date(now),
    });
  return {
    tags,
    asked,
    read,
    watch,
    pass: (ms: number) => {
      now += ms;
    },
    /** A whole run that sees one base. */
    run: async (of = reference) => {
      const own = watch();
      const seen = await own.see(of);
      await own.record();
      return seen;
    },
  };
}

const recordOf = async (of = reference) =>
  (await readBaseRecords({ stateDir: dir, workDir: join(dir, "work") })).get(of);

describe("watching a base", () => {
  test("asks once a run, on condition by the next, and reads what a digest holds once", async () => {
    const { asked, read, run, watch, pass } = world();
    const own = watch();
    const many = await Promise.all(Array.from({ length: 100 }, () => own.see(reference)));
    await own.record();
    expect(new Set(many).size).toBe(1);
    pass(1000);
    await run();
    expect(asked).toEqual([reference, `${reference} unless a`]);
    expect(read).toEqual(["a"]);
  });

  test("records a digest that moves when it is first seen, with what it says of itself", async () => {
    const { tags, run, pass } = world();
    await run();
    pass(3_600_000);
    tags[reference] = "b";
    const { digest: now, record } = await run();
    expect(now).toBe(digest("b"));
    expect(record).toMatchObject({ lastUpdated: "2026-11-21T01:00:00.000Z", previousDigest: digest("a") });
    expect(await recordOf()).toEqual(record);
    expect(record?.metadata).toEqual({ created: "2026-11-01T00:00:00Z", version: "b" });
    pass(3_600_000);
    expect((await run()).record?.lastUpdated).toBe("2026-11-21T01:00:00.000Z");
  });

  test("tells of a look-up that failed, and changes nothing for it", async () => {
    const { tags, watch, run, pass } = world();
    await run();
    const before = await readFile(join(dir, "base-images", "node-22-slim.yaml"), "utf8");
    tags[reference] = "down";
    pass(90_000_000);
    const own = watch();
    await expect(own.see(reference)).rejects.toMatchObject({ code: "registry-unavailable" });
    await own.record();
    expect(await readFile(join(dir, "base-images", "node-22-slim.yaml"), "utf8")).toBe(before);
  });

  test("asks again in the same run after a failure", async () => {
    const { tags, watch } = world();
    tags[reference] = "down";
    const own = watch();
    await expect(own.see(reference)).rejects.toThrow();
    tags[reference] = "a";
    expect((await own.see(reference)).digest).toBe(digest("a"));
  });

  test("takes a 404 for vanished, with the time, until it is back", async () => {
    const { tags, run, pass } = world();
    await run();
    delete tags[reference];
    pass(1000);
    expect(await run()).toMatchObject({
      digest: undefined,
      record: { vanishedSince: "2026-11-21T00:00:01.000Z" },
    });
    pass(1000);
    await run();
    expect(await recordOf()).toMatchObject({
      vanishedSince: "2026-11-21T00:00:01.000Z",
      currentDigest: digest("a"),
    });
    tags[reference] = "a";
    await run();
    expect((await recordOf())?.vanishedSince).toBeUndefined();
  });

  test("makes no record of what never was there", async () => {
    const { run } = world();
    expect(await run("docker.io/library/nothing:1")).toEqual({ digest: undefined, record: undefined });
    expect(await readdir(dir)).not.toContain("base-images");
  });

  test("asks for a digest by that digest", async () => {
    const { watch, asked } = world();
    await watch().see(`docker.io/library/node@${digest("a")}`);
    expect(asked).toEqual([`docker.io/library/node:${digest("a")}`]);
  });

  test("writes nothing until it is told to", async () => {
    const { watch } = world();
    await watch().see(reference);
    expect(await readdir(dir)).toEqual([]);
  });
});

test("answers that were kept may be lost: they cost a request and nothing else", async () => {
  const { asked, run } = world();
  await run();
  for (const text of ["", "{", "null", '{"x":{"at":"soon","found":{"digest":"y"}}}']) {
    await writeFile(join(dir, "work", "cache", "base-look-ups.json"), text);
    expect((await run()).digest).toBe(digest("a"));
  }
  expect(asked).toEqual(Array(5).fill(reference));
});

test("what is recorded has the time before which nothing is rebuilt, and other changes beside", async () => {
  const { tags, run, pass, watch } = world();
  await run();
  pass(1000);
  tags[reference] = "b";
  const own = watch();
  await own.see(reference);
  const hold = { why: "x", at: "2026-11-21T00:00:00.000Z", digest: digest("a") };
  await own.record(
    new Map([[reference, 86_400_000]]),
    new Map([[reference, (record) => record && { ...record, hold }]]),
  );
  expect(await recordOf()).toMatchObject({
    currentDigest: digest("b"),
    rebuildEligibleAt: "2026-11-22T00:00:01.000Z",
    hold,
  });
  await run();
  expect((await recordOf())?.hold).toEqual(hold);
});

test("a hundred images on three bases are three look-ups", async () => {
  const { asked, watch, tags, read } = world();
  const names = ["docker.io/library/node:22", "docker.io/library/debian:12", "ghcr.io/team/base:1"];
  for (const name of names) tags[name] = "a";
  const own = watch();
  const bases = createBaseImages({
    stored: {
      platforms: async () => ({ platforms: {}, annotations: {} }),
      image: () => Promise.reject(new Error()),
    },
    lookUp: async (named) => (await own.see(formatReference(named))).digest,
    pins: new Map(),
  });
  const images = Array.from({ length: 100 }, (_, at) => names[at % 3] ?? "");
  await Promise.all(images.map((name) => bases.resolve(parseReference(name))));
  expect(asked.toSorted()).toEqual(names.toSorted());
  expect(read).toHaveLength(3);
});
