import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse, parseDocument, stringify } from "yaml";
import { readImages } from "../../src/enrolment/read-images.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { readState, readUnfinished, writeState } from "../../src/state/state-file.ts";
import { digest, facts, published } from "../plan/facts.ts";

/** A folder of the older tool: images.yaml, images/ and base-images/, written after what it wrote. */
const older = join(import.meta.dirname, "factory");

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "older-"));
  await cp(older, dir, { recursive: true });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const textOf = (image: string) => readFile(join(dir, "images", `${image}.yaml`), "utf8");

/** What is recorded of an image with these bases after its publication on the second of January. */
function stateOf(image: string, ...references: readonly string[]): ImageState {
  const bases = references.map((reference) => ({
    reference,
    platform: "linux/amd64" as const,
    from: { kind: "external" as const, digest: digest(reference) },
  }));
  const { state } = published(facts(image, { bases }));
  if (state === undefined) throw new Error("published images have a state");
  return state;
}

const at = "2026-01-02T03:04:05.000+00:00";

const checksumOf = (text: string) => (parse(text) as { factoryChecksum: string }).factoryChecksum;

/** A file after the factory has added its block, as YAML of its own, and the checksum of that. */
const withFactory = (before: string, state: ImageState, checksum: string) =>
  before.replace(/^(?=name:)/m, `factoryChecksum: ${checksum}\n`) +
  stringify({ factory: { ...state, checksum } }, { lineWidth: 0, aliasDuplicateObjects: false });

describe("the older tool's folder", () => {
  test("enrols every managed image, those that only a state file has too, and watches the others", async () => {
    const { images, watched } = await readImages(join(dir, "images.yaml"), dir);
    const folder = dir.split("/").at(-1);
    expect(
      images.map(({ name, position, source, workflow, autoRebuild, rebuildDelayMs }) => ({
        name,
        position,
        url: source.kind === "git" ? source.url : source.kind,
        workflow,
        autoRebuild,
        days: rebuildDelayMs / 86_400_000,
      })),
    ).toEqual([
      {
        name: "portal",
        position: "images.yaml:2:3",
        url: "https://github.com/acme/monorepo.git",
        workflow: "portal.yml",
        autoRebuild: true,
        days: 7,
      },
      {
        name: "uv",
        position: "images.yaml:15:3",
        url: "https://github.com/acme/uv.git",
        workflow: undefined,
        autoRebuild: true,
        days: 0,
      },
      {
        name: "metrics",
        position: "images.yaml:25:3",
        url: "https://gitlab.com/acme/platform/metrics.git",
        workflow: undefined,
        autoRebuild: false,
        days: 30,
      },
      {
        name: "worker",
        position: `${folder}/images/worker.yaml:9:1`,
        url: "https://github.com/acme/worker.git",
        workflow: undefined,
        autoRebuild: true,
        days: 7,
      },
    ]);
    expect(watched.map(({ name, repository, rule }) => [name, repository.path, rule.allowTags])).toEqual([
      ["postgres", "library/postgres", "^16-alpine$"],
      ["python-3.12-slim", "library/python", "^3\\.12-slim$"],
      ["mcr.microsoft.com-playwright-v1.40.0-focal", "playwright", "^v1\\.40\\.0-focal$"],
      ["redis", "library/redis", "^7-alpine$"],
    ]);
  });

  test("holds no image that the factory has built", async () => {
    for (const image of ["portal", "uv", "metrics", "postgres", "worker", "redis"]) {
      expect(await readState(dir, image)).toBeUndefined();
      expect(await readUnfinished(dir, image)).toEqual([]);
    }
  });
});

describe("a publication, written into a state file of the older tool", () => {
  test("changes the lines that it makes untrue, each in its own style, and adds one block", async () => {
    const before = await textOf("uv");
    const state = stateOf("uv", "docker.io/library/python:3.12-slim", "ghcr.io/acme/certs:2");
    await writeState(dir, "uv", state);
    const after = before
      .replace("lastDiscovery: '2025-11-05T03:40:49.810521+00:00'", `lastDiscovery: '${at}'`)
      .replace("discoveryStatus: pending", "discoveryStatus: success")
      .replace("  - python", "  - ghcr.io-acme-certs-2\n  - python")
      .replace("  - gone-1.0\n", "")
      .replace("currentVersion: 0.1.0", "currentVersion: null")
      .replace(/currentDigest: .*/, `currentDigest: ${state.digest}`)
      .replace(/lastBuilt: .*/, `lastBuilt: '${at}'\n`);
    const text = await textOf("uv");
    expect(text).toBe(withFactory(after, state, checksumOf(text)));
    expect(await readState(dir, "uv")).toEqual(state);
  });

  test("fills what was null, times in the quotes of the file", async () => {
    const before = await textOf("metrics");
    const state = { ...stateOf("metrics", "docker.io/library/node:22-slim"), version: "1.2.3" };
    await writeState(dir, "metrics", state);
    const text = await textOf("metrics");
    expect(text).toBe(
      withFactory(
        before
          .replace(/lastDiscovery: .*/, `lastDiscovery: '${at}'`)
          .replace("discoveryStatus: pending", "discoveryStatus: success")
          .replace("baseImages: []", "baseImages:\n  - node-22-slim")
          .replace("currentVersion: null", "currentVersion: 1.2.3")
          .replace("currentDigest: null", `currentDigest: ${state.digest}`)
          .replace("lastBuilt: null", `lastBuilt: '${at}'`),
        state,
        checksumOf(text),
      ),
    );
  });

  test("leaves a file with Windows line ends one", async () => {
    const before = (await textOf("portal")).replaceAll("\n", "\r\n");
    await writeFile(join(dir, "images/portal.yaml"), before);
    await writeState(dir, "portal", stateOf("portal", "docker.io/library/python:3.12-slim"));
    const after = await textOf("portal");
    expect(after.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    const unchanged = before.split("\r\n").filter((line) => after.split("\r\n").includes(line));
    expect(before.split("\r\n").filter((line) => !unchanged.includes(line))).toEqual([
      "lastDiscovery: '2025-11-05T03:40:49.808606+00:00'",
      "discoveryStatus: pending",
      'currentVersion: "0.6.5"',
      `currentDigest: sha256:${"1".repeat(64)}`,
      'lastBuilt: "2025-11-03T12:00:00Z"',
    ]);
  });

  test("keeps whatever else the older tool and people wrote", async () => {
    for (const image of ["portal", "uv", "metrics", "worker"]) {
      const before = parseDocument(await textOf(image)).toJS() as Record<string, unknown>;
      await writeState(dir, image, stateOf(image));
      const after = parseDocument(await textOf(image)).toJS() as Record<string, unknown>;
      for (const field of ["name", "enrolledAt", "enrollment", "owner", "notes"])
        expect(after[field]).toEqual(before[field]);
      expect(Object.keys(after)).toEqual(["factoryChecksum", ...Object.keys(before), "factory"]);
    }
  });

  test("written twice is written once", async () => {
    const state = stateOf("uv", "docker.io/library/python:3.12-slim");
    await writeState(dir, "uv", state);
    const once = await textOf("uv");
    await writeState(dir, "uv", state);
    expect(await textOf("uv")).toBe(once);
  });

  test("moves lastBuilt with the digest alone: bytes that come out the same are no other build", async () => {
    const state = stateOf("uv", "docker.io/library/python:3.12-slim");
    await writeState(dir, "uv", state);
    const once = await textOf("uv");
    const later = "2026-03-04T05:06:07.000Z";
    if (state.scan === undefined) throw new Error("not scanned");
    const forced: ImageState = {
      ...state,
      epoch: 1_800_000_000,
      tags: Object.fromEntries(Object.entries(state.tags).map(([tag, set]) => [tag, { ...set, at: later }])),
      scan: { ...state.scan, at: later },
    };
    await writeState(dir, "uv", forced);
    const own = (text: string) =>
      text.replace(/^factoryChecksum: .*\n/m, "").slice(0, text.indexOf("\nfactory:"));
    expect(own(await textOf("uv"))).toBe(
      own(once).replace(/lastDiscovery: .*/, "lastDiscovery: '2026-03-04T05:06:07.000+00:00'"),
    );
  });
});

describe("names of bases in a file of the older tool", () => {
  const listed = async (names: readonly string[], ...references: readonly string[]) => {
    await writeFile(
      join(dir, "images/uv.yaml"),
      `name: uv\ndiscoveryStatus: pending\nbaseImages:\n${names.map((name) => `  - ${name}\n`).join("")}`,
    );
    await writeState(dir, "uv", stateOf("uv", ...references));
    return (parseDocument(await textOf("uv")).toJS() as { baseImages: string[] }).baseImages;
  };

  test("stay as they were, whichever way it made them", async () => {
    const names = [
      "acme-certs-2",
      "node-22-slim",
      "library-redis-7",
      "acme-tool",
      "registry.example-5000-base-1",
    ];
    const references = [
      "ghcr.io/acme/certs:2",
      "docker.io/library/node:22-slim",
      "docker.io/library/redis:7",
      "docker.io/acme/tool:latest",
      "registry.example:5000/base:1",
    ];
    expect(await listed(names, ...references)).toEqual(names);
  });

  test("that are new have the registry where there is one to name", async () => {
    expect(
      await listed(["gone"], "ghcr.io/acme/certs:2", "docker.io/acme/tool:1", "docker.io/library/alpine:3"),
    ).toEqual(["acme-tool-1", "alpine-3", "ghcr.io-acme-certs-2"]);
  });
});
