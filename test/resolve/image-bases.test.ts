import { describe, expect, test } from "vitest";
import type { Base } from "../../src/dockerfile/bases.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { FactoryError } from "../../src/errors.ts";
import { planBuilds } from "../../src/plan/plan.ts";
import { baseName } from "../../src/plan/platform-key.ts";
import type { Platform } from "../../src/platform.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { formatReference, type Reference } from "../../src/registry/reference.ts";
import type { BaseImage, BaseImages } from "../../src/resolve/base-images.ts";
import { readPlatform } from "../../src/resolve/dockerfile-bases.ts";
import { type ImageBasesDoor, imageBases, type StandsOn } from "../../src/resolve/image-bases.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { digest, facts, published, request } from "../plan/facts.ts";

const node = "docker.io/library/node:22";
const image = facts("app").enrolment;

/** A registry's bases: by `repository@digest` or reference, the digest of each platform. */
interface Bases {
  readonly tags: Readonly<Record<string, string>>;
  /** Names of indexes and manifests that cannot be read from a repository. */
  readonly unreadable?: readonly string[];
  readonly lacks?: Readonly<Record<string, readonly string[]>>;
}

/** Index `v1` has the children `v1 linux/amd64` and `v1 linux/arm64`. */
function basesOf({ tags, unreadable = [], lacks = {} }: Bases): BaseImages {
  const versions = new Map<Digest, string>();
  for (const version of ["v1", "v2", "held"]) {
    versions.set(digest(version), version);
    for (const platform of ["linux/amd64", "linux/arm64"]) {
      versions.set(digest(`${version} ${platform}`), version);
    }
  }
  return {
    resolve: async (reference: Reference) => {
      const version = tags[formatReference(reference)];
      if (version === undefined) throw new FactoryError("base-missing", "there is no image");
      const { registry, path } = reference;
      return { repository: { registry, path }, digest: digest(version) };
    },
    platform: async ({ repository, digest: top }, platform) => {
      const version = versions.get(top) ?? "";
      if (unreadable.includes(`${repository.path} ${version}`)) {
        throw new FactoryError("base-missing", `${repository.path} lost ${version}`);
      }
      if (lacks[version]?.includes(platform)) {
        throw new FactoryError("base-platform-missing", `${version} has no image for ${platform}`);
      }
      return {
        repository,
        digest: digest(`${version} ${platform}`),
        manifest: {},
        config: { config: {} },
      } as unknown as BaseImage;
    },
  };
}

/** The state of an image that was built on version v1 of node. */
function builtOn(version: string, platform = "linux/amd64"): ImageState {
  const base = {
    reference: node,
    platform: "linux/amd64",
    from: { kind: "external", digest: digest(`${version} ${platform}`) },
  } as const;
  const { state } = published(facts("app", { bases: [base], enrolment: { platforms: ["linux/amd64"] } }));
  if (state === undefined) throw new Error("not published");
  return state;
}

function door(bases: Bases, changes: Partial<ImageBasesDoor> = {}): ImageBasesDoor {
  return {
    bases: basesOf(bases),
    edgeOf: async () => undefined,
    stateOf: async () => undefined,
    fixed: async () => undefined,
    sameVersion: async () => undefined,
    whyWait: async () => undefined,
    ...changes,
  };
}

async function factOf(text: string, state: StandsOn | undefined, own: ImageBasesDoor) {
  const { find, fact } = imageBases(image, state, own);
  const read = await readPlatform(parseDockerfile(text, "Dockerfile"), image, "linux/amd64", find);
  const [base] = read.bases.bases;
  return fact(base as Base, read);
}

describe("a base of an image", () => {
  test("is taken as it is now when the image was never built", async () => {
    const { from, pending } = await factOf("FROM node:22\n", undefined, door({ tags: { [node]: "v2" } }));
    expect(from).toEqual({ kind: "external", digest: digest("v2 linux/amd64") });
    expect(pending).toBeUndefined();
  });

  test("is taken as it is now when nothing says to wait", async () => {
    const { from } = await factOf("FROM node:22\n", builtOn("v1"), door({ tags: { [node]: "v2" } }));
    expect(from).toEqual({ kind: "external", digest: digest("v2 linux/amd64") });
  });

  test("stays what the image was built on while it has to wait, and says for what", async () => {
    const asked: unknown[] = [];
    const cause = { kind: "delay", until: "2026-11-28T00:00:00.000Z" } as const;
    const whyWait: ImageBasesDoor["whyWait"] = async ({ reference, recorded, current }) => {
      asked.push({ reference, recorded, current });
      return cause;
    };
    const { from, pending } = await factOf(
      "FROM node:22\n",
      builtOn("v1"),
      door({ tags: { [node]: "v2" } }, { whyWait }),
    );
    expect(from).toEqual({ kind: "external", digest: digest("v1 linux/amd64") });
    expect(pending).toEqual({
      base: node,
      used: digest("v1 linux/amd64"),
      newer: digest("v2 linux/amd64"),
      cause,
    });
    expect(asked).toEqual([
      { reference: node, recorded: digest("v1 linux/amd64"), current: digest("v2 linux/amd64") },
    ]);
  });

  test.each([
    ["what it has become", { tags: { [node]: "v2" }, lacks: { v2: ["linux/arm64"] } }, {}],
    [
      "what it is held at",
      { tags: { [node]: "v2" }, lacks: { held: ["linux/arm64"] } },
      {
        fixed: async () => ({
          digest: digest("held"),
          newer: digest("v2"),
          cause: { kind: "held", why: "x" } as const,
        }),
      },
    ],
  ])(
    "stays for every platform when one has not %s: an image is never of two versions",
    async (_, bases, changes) => {
      const inputs = (platform: Platform) => ({
        bases: { [baseName(node, platform)]: digest(`v1 ${platform}`) },
      });
      const state = {
        platforms: {
          "linux/amd64": { inputs: inputs("linux/amd64") },
          "linux/arm64": { inputs: inputs("linux/arm64") },
        },
      };
      const { from, pending } = await factOf("FROM node:22\n", state, door(bases, changes));
      expect(from).toEqual({ kind: "external", digest: digest("v1 linux/amd64") });
      expect(pending?.cause).toEqual({
        kind: "unusable",
        problem: expect.stringContaining("has no image for linux/arm64"),
      });
    },
  );

  test("asks nobody whether to wait while it is what the image was built on", async () => {
    const whyWait = async () => Promise.reject(new Error("asked"));
    const { pending } = await factOf(
      "FROM node:22\n",
      builtOn("v2"),
      door({ tags: { [node]: "v2" } }, { whyWait }),
    );
    expect(pending).toBeUndefined();
  });

  test("is of the version that other platforms were built on, for a platform that was added since", async () => {
    const asked: unknown[] = [];
    const own = door(
      { tags: { [node]: "v2" } },
      {
        sameVersion: async (...question) => {
          asked.push(question);
          return digest("v1 linux/arm64");
        },
        whyWait: async () => ({ kind: "delay", until: "2026-11-28T00:00:00.000Z" }),
      },
    );
    const { find } = imageBases(image, builtOn("v1"), own);
    expect((await find(node, "linux/arm64"))?.digest).toBe(digest("v1 linux/arm64"));
    expect(asked).toEqual([[node, { "linux/amd64": digest("v1 linux/amd64") }, "linux/arm64"]]);
  });

  test("is what somebody holds it at, whatever the wait", async () => {
    const cause = { kind: "held", why: "22.5 breaks TLS" } as const;
    const own = door(
      { tags: { [node]: "v2" } },
      {
        fixed: async () => ({ digest: digest("held"), newer: digest("v2"), cause }),
        whyWait: async () => Promise.reject(new Error("asked")),
      },
    );
    const { from } = await factOf("FROM node:22\n", builtOn("v1"), own);
    expect(from).toEqual({ kind: "external", digest: digest("held linux/amd64") });
  });

  test("is what it is held at, also for an image that was never built", async () => {
    const cause = { kind: "held", why: "22.5 breaks TLS" } as const;
    const fixed = async () => ({ digest: digest("held"), newer: digest("v2"), cause });
    const { from, pending } = await factOf(
      "FROM node:22\n",
      undefined,
      door({ tags: { [node]: "v2" } }, { fixed }),
    );
    expect(from).toEqual({ kind: "external", digest: digest("held linux/amd64") });
    expect(pending).toEqual({ base: node, used: digest("held"), newer: digest("v2"), cause });
  });

  test("stays what the image was built on when it is gone", async () => {
    const { from, pending } = await factOf("FROM node:22\n", builtOn("v1"), door({ tags: {} }));
    expect(from).toEqual({ kind: "external", digest: digest("v1 linux/amd64") });
    expect(pending).toMatchObject({ newer: undefined, cause: { kind: "unusable" } });
  });

  test("is missed when it is gone and the image was never built", async () => {
    await expect(factOf("FROM node:22\n", undefined, door({ tags: {} }))).rejects.toMatchObject({
      code: "base-missing",
    });
  });

  test("stays what the image was built on when it has lost a platform", async () => {
    const { from, pending } = await factOf(
      "FROM node:22\n",
      builtOn("v1"),
      door({ tags: { [node]: "v2" }, lacks: { v2: ["linux/amd64"] } }),
    );
    expect(from).toEqual({ kind: "external", digest: digest("v1 linux/amd64") });
    expect(pending?.cause).toEqual({ kind: "unusable", problem: "v2 has no image for linux/amd64" });
  });

  test("is read from the staging repository when its own has nothing left of it", async () => {
    const { find } = imageBases(image, builtOn("v1"), door({ tags: {}, unreadable: ["library/node v1"] }));
    expect(await find(node, "linux/amd64")).toMatchObject({
      repository: { registry: "factory.localhost", path: "app-staging" },
      digest: digest("v1 linux/amd64"),
    });
  });

  test("counts as a whole for a stage on the platform that builds", async () => {
    const text = "FROM --platform=$BUILDPLATFORM node:22 AS b\nFROM scratch\nCOPY --from=b / /\n";
    const { from, platform } = await factOf(text, undefined, door({ tags: { [node]: "v2" } }));
    expect({ from, platform }).toEqual({
      from: { kind: "external", digest: digest("v2") },
      platform: "build platform",
    });
  });
});

describe("an enrolled base of an image", () => {
  const base = published(facts("base"));
  const reference = "factory.localhost/base:latest";
  const edge: Partial<ImageBasesDoor> = {
    edgeOf: async () => base.enrolment,
    stateOf: async () => base.state,
  };

  test("is one that was never published while its registry has lost it", async () => {
    const own: BaseImages = {
      ...basesOf({ tags: {} }),
      platform: async () => Promise.reject(new FactoryError("base-missing", "lost")),
    };
    const { find } = imageBases(image, undefined, { ...door({ tags: {} }, edge), bases: own });
    expect(await find(reference, "linux/amd64")).toBeUndefined();
  });

  test("stays what the image was built on while it has to wait, and the plan says so", async () => {
    const cause = { kind: "delay", until: "2026-11-28T03:00:00.000Z" } as const;
    const enrolled = {
      reference,
      platform: "linux/amd64",
      from: { kind: "enrolled", image: "base" },
    } as const;
    const app = published(facts("app", { bases: [enrolled] }), [base]);
    const { fact } = imageBases(image, app.state, {
      ...door({ tags: {} }, edge),
      stateOf: async () => ({
        ...(base.state as ImageState),
        platforms: {
          "linux/amd64": {
            ...(base.state?.platforms["linux/amd64"] as NonNullable<ImageState["platforms"]["linux/amd64"]>),
            digest: digest("republished"),
          },
        },
      }),
      whyWait: async () => cause,
    });
    const read = await readPlatform(
      parseDockerfile(`FROM ${reference}\n`, "Dockerfile"),
      image,
      "linux/amd64",
      async () => undefined,
    );
    const found = await fact(read.bases.bases[0] as Base, read);
    const built = base.state?.platforms["linux/amd64"]?.digest;
    expect(found.from).toEqual({ kind: "enrolled", image: "base", digest: built });
    const waiting = {
      ...app,
      platforms: app.platforms.map((platform) => ({ ...platform, bases: [found] })),
    } as unknown as typeof app;
    const plan = planBuilds([base, waiting], request(["app"]));
    expect(plan.pending["app"]).toEqual([
      { base: reference, used: built, newer: digest("republished"), cause },
    ]);
  });
});
