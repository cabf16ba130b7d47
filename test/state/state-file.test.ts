import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImageState } from "../../src/state/image-state.ts";
import { readState, writeState } from "../../src/state/state-file.ts";
import { facts, published } from "../plan/facts.ts";

const state = published(
  facts("app", {
    bases: [
      {
        reference: "docker.io/library/debian:12",
        platform: "linux/amd64",
        from: { kind: "external", digest: `sha256:${"0".repeat(64)}` },
      },
    ],
  }),
).state as ImageState;

const platform = state.platforms["linux/amd64"];
if (platform === undefined) throw new Error("not built");
const { scan: _scan, ...rest } = state;
/** What somebody else's CI published after `state`. */
const adopted: ImageState = {
  ...rest,
  platforms: {
    "linux/amd64": {
      digest: platform.digest,
      inputs: { ...platform.inputs, bases: {} },
      diffIds: [state.digest],
      base: "docker.io/library/debian:12",
    },
  },
  version: "1.2.3",
  adopted: {
    by: "unknown",
    workflow: "ci.yml",
    firstSeen: "2026-02-01T00:00:00.000Z",
    created: "2026-01-31T00:00:00.000Z",
    previous: state.digest,
    enrolledPlatforms: ["linux/amd64", "linux/arm64"],
    otherPlatforms: [],
  },
};

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-state-"));
  await mkdir(join(dir, "images"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const file = () => join(dir, "images/app.yaml");

describe("the state of an image", () => {
  it("is read back as it was written", async () => {
    await writeState(dir, "app", state);
    expect(await readState(dir, "app")).toEqual(state);
  });

  it("is absent where there is no file, and where none of it is the factory's", async () => {
    expect(await readState(dir, "app")).toBeUndefined();
    await writeFile(file(), "name: app\ndiscoveryStatus: pending\n");
    expect(await readState(dir, "app")).toBeUndefined();
  });

  it("has the fields of the older tool, with times in quotes and with an offset", async () => {
    await writeState(dir, "app", state);
    const text = await readFile(file(), "utf8");
    expect(text).toContain("name: app\n");
    expect(text).toContain('enrolledAt: "2026-01-02T03:04:05.000+00:00"\n');
    expect(text).toContain('lastBuilt: "2026-01-02T03:04:05.000+00:00"\n');
    expect(text).toContain(`currentDigest: ${state.digest}\n`);
    expect(text).toContain("baseImages:\n  - docker.io/library/debian:12\n");
  });

  it("tells of a digest that somebody else published only what is known, in the older tool's fields too", async () => {
    await writeState(dir, "app", { ...state, version: "1.0.0" });
    await writeState(dir, "app", adopted);
    expect(await readState(dir, "app")).toEqual(adopted);
    const text = await readFile(file(), "utf8");
    expect(text).toContain("currentVersion: 1.2.3\n");
    expect(text).toContain('lastBuilt: "2026-01-31T00:00:00.000+00:00"\n');
    expect(text).toContain("baseImages:\n  - docker.io/library/debian:12\n");
    const { version: _version, ...unversioned } = adopted;
    if (adopted.adopted === undefined) throw new Error("not adopted");
    const { created: _created, ...untimed } = adopted.adopted;
    const newer = { ...unversioned, digest: platform.digest, adopted: untimed };
    await writeState(dir, "app", newer);
    expect(await readState(dir, "app")).toEqual(newer);
    expect(await readFile(file(), "utf8")).toMatch(/^currentVersion: null\n.*\nlastBuilt: null\n/m);
  });

  it("leaves fields, comments and order of others as they stand", async () => {
    await writeFile(
      file(),
      '# written by hand\nname: app\nenrolledAt: "2024-01-01T00:00:00+01:00"\nextra: [1, 2] # mine\n',
    );
    await writeState(dir, "app", state);
    const text = await readFile(file(), "utf8");
    expect(text).toMatch(
      /^# written by hand\nfactoryChecksum: sha256:[0-9a-f]{64}\nname: app\nenrolledAt: "2024-01-01T00:00:00\+01:00"\nextra: \[ ?1, 2 ?\] # mine\n/,
    );
    expect(await readState(dir, "app")).toEqual(state);
  });

  it.each([
    ["built here", state],
    ["adopted", adopted],
  ])(
    "is never 'never built' when the file is damaged: at any byte where it was cut it is refused or still whole, %s",
    async (_, state) => {
      await writeState(dir, "app", state);
      const whole = await readFile(file(), "utf8");
      const begin = whole.indexOf("factory:") + "factory:".length;
      for (let end = begin; end < whole.length - 1; end += 37) {
        await writeFile(file(), whole.slice(0, end));
        const read = await readState(dir, "app").catch((error: unknown) => error);
        if (read instanceof Error)
          expect(read).toMatchObject({ code: "state-invalid", message: expect.stringContaining(file()) });
        else expect(read).toMatchObject({ digest: state.digest, publications: state.publications });
      }
    },
  );

  it.each([
    ["not YAML", "a: [", /damaged: line 1: expected YAML/],
    [
      "a key that stands twice",
      "name: app\nfactory:\n  commit: a\n  commit: b\n",
      /line 4: .*must be unique/,
    ],
    ["a list", "- a\n", /expected a map/],
    ["a factory field that is a text", "factory: yes\n", /factory: expected a map/],
    ["a digest that is none", "factory: {digest: latest}\n", /factory\.digest: expected a digest/],
  ])("names file and place when it is %s", async (_, text, message) => {
    await writeFile(file(), text);
    await expect(readState(dir, "app")).rejects.toThrow(message);
  });
});
