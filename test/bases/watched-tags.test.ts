import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBaseWatch } from "../../src/bases/base-watch.ts";
import { readBaseRecords } from "../../src/bases/record-store.ts";
import { seeWatched, watchedOf } from "../../src/bases/watched-tags.ts";
import type { TagRule, WatchedImage } from "../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../src/errors.ts";
import type { StoredImages } from "../../src/resolve/stored-images.ts";
import { content, digest } from "./facts.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-watched-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const node = { registry: "docker.io", path: "library/node" };
const image = (rule: Partial<TagRule>, changes: Partial<WatchedImage> = {}): WatchedImage => ({
  name: "node",
  position: "images.yaml:1:3",
  repository: node,
  rule: { strategy: "Lexical", allowTags: undefined, constraint: undefined, ignoreTags: [], ...rule },
  endOfLife: undefined,
  pinned: undefined,
  ...changes,
});

/** A repository whose tags have digests of their own name, built at the day that a number in the name says. */
function world(tags: readonly string[]) {
  const asked: string[] = [];
  const client = {
    lookUp: async (_: unknown, tag: string) => {
      asked.push(tag);
      return tags.includes(tag) ? { digest: digest(tag) } : undefined;
    },
    listTags: async ({ path }: { path: string }) => {
      asked.push(`tags of ${path}`);
      if (path === "down") throw new FactoryError("registry-unavailable", "no answer");
      return tags;
    },
  };
  const stored: StoredImages = {
    platforms: async (base) => {
      const tag = tags.find((one) => digest(one) === base.digest) ?? "?";
      return { platforms: { "linux/amd64": digest(`${tag} amd64`) }, annotations: {} };
    },
    image: async (base) => {
      const tag = tags.find((one) => digest(`${one} amd64`) === base.digest) ?? "?";
      if (tag.startsWith("broken")) throw new FactoryError("base-unusable", "schema 1");
      const created = new Date(Date.UTC(2026, 0, Number(/\d+$/.exec(tag)?.[0]))).toISOString();
      return {
        ...base,
        manifest: { mediaType: "", config: { mediaType: "", digest: base.digest, size: 1 }, layers: [] },
        config: { architecture: "amd64", os: "linux", created, config: {}, diffIds: [], history: [] },
      };
    },
  };
  const door = {
    client,
    stored,
    stateDir: dir,
    workDir: join(dir, "work"),
    clock: () => new Date(0),
  };
  const watch = createBaseWatch(door);
  return { asked, watch, see: (...images: WatchedImage[]) => seeWatched(images, { watch, client, stored }) };
}

describe("a watched image", () => {
  test("has the tag that its rule selects seen as a base, and recorded", async () => {
    const { see, watch, asked } = world(["22.1.0", "22.2.0", "23.0.0"]);
    const [seen] = await see(image({ strategy: "SemVer", constraint: "^22" }));
    expect(seen).toMatchObject({
      kind: "seen",
      selection: { kind: "selected", tag: "22.2.0" },
      base: { digest: digest("22.2.0") },
      passedOver: 0,
    });
    await watch.record();
    expect([...(await readBaseRecords({ stateDir: dir, workDir: join(dir, "work") })).keys()]).toEqual([
      "docker.io/library/node:22.2.0",
    ]);
    expect(asked).toEqual(["tags of library/node", "22.2.0"]);
  });

  test("of the strategy Digest needs no list where its rule names the tag", async () => {
    const { see, asked } = world(["22"]);
    const [seen] = await see(image({ strategy: "Digest", allowTags: "^22$" }), image({ strategy: "Digest" }));
    expect(seen).toMatchObject({ selection: { kind: "selected", tag: "22" }, tags: undefined });
    expect(asked.toSorted()).toEqual(["22", "latest"]);
  });

  test("shares the list of its repository with others of it", async () => {
    const { see, asked } = world(["1.0.0", "2.0.0"]);
    await see(
      image({ strategy: "SemVer", constraint: "^1" }),
      image({ strategy: "SemVer", constraint: "^2" }),
    );
    expect(asked.filter((one) => one.startsWith("tags"))).toHaveLength(1);
  });

  test("of the strategy NewestBuild has the time of at most 25 tags read, and says how many were passed over", async () => {
    const tags = Array.from({ length: 30 }, (_, at) => `main-${at + 1}`);
    const { see, asked } = world(tags);
    const [seen] = await see(image({ strategy: "NewestBuild" }));
    expect(seen).toMatchObject({ selection: { kind: "selected", tag: "main-30" }, passedOver: 5 });
    expect(asked).toHaveLength(26);
  });

  test("is selected among the images that can be read", async () => {
    const [seen] = await world(["main-1", "broken-9"]).see(image({ strategy: "NewestBuild" }));
    expect(seen).toMatchObject({ selection: { kind: "selected", tag: "main-1" } });
  });

  test("that could not be looked at stops no other", async () => {
    const down = image({}, { repository: { registry: "docker.io", path: "down" } });
    const [failed, seen] = await world(["1"]).see(down, image({}));
    expect(failed).toMatchObject({ kind: "failed", image: down, error: { code: "registry-unavailable" } });
    expect(seen).toMatchObject({ kind: "seen" });
  });
});

test("says something of the bases of its repository that its rule is about", () => {
  const old = image({ strategy: "SemVer", constraint: "^20" });
  const other = image({}, { repository: { registry: "ghcr.io", path: "library/node" } });
  const watched = [old, other];
  expect(watchedOf("docker.io/library/node:20-slim", watched)).toEqual([old]);
  expect(watchedOf("docker.io/library/node:22-slim", watched)).toEqual([]);
  expect(watchedOf("ghcr.io/library/node:22", watched)).toEqual([other]);
  expect(watchedOf(`docker.io/library/node@${content("a").digest}`, watched)).toEqual([]);
});
