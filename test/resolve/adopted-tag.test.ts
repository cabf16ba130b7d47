import { describe, expect, test } from "vitest";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { FactoryError } from "../../src/errors.ts";
import type { PushedImage } from "../../src/plan/adoption.ts";
import { type Platform, platforms } from "../../src/platform.ts";
import type { RegistryClient } from "../../src/registry/client.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { indexBytes } from "../../src/registry/manifest.ts";
import { ociIndexType, ociManifestType } from "../../src/registry/media-types.ts";
import { formatReference, parseReference } from "../../src/registry/reference.ts";
import { type AdoptedTagDoor, findPushed, type PushCandidate } from "../../src/resolve/adopted-tag.ts";
import type { BaseImage, BaseImages } from "../../src/resolve/base-images.ts";
import { readPlatform } from "../../src/resolve/dockerfile-bases.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { digest, facts, published } from "../plan/facts.ts";

const debian = "docker.io/library/debian:12";
const now = new Date("2026-03-01T00:00:00Z");

/** What registries have: by name, the layers of each platform. */
interface Images {
  readonly [name: string]: {
    readonly layers: readonly string[];
    readonly on?: readonly Platform[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly created?: string;
  };
}

const absent = (name: string) => new FactoryError("base-missing", `there is no image ${name}`);

function door(images: Images, formerly: readonly string[] = []): AdoptedTagDoor {
  const names = new Map(Object.keys(images).map((name) => [digest(name), name]));
  const platform: BaseImages["platform"] = async (base, wanted) => {
    const name = names.get(base.digest) ?? "";
    const found = images[name];
    if (found === undefined) throw absent(base.digest);
    if (!(found.on ?? platforms).includes(wanted))
      throw new FactoryError("base-platform-missing", `${name} has no image for ${wanted}`);
    return {
      repository: base.repository,
      digest: digest(`${name} ${wanted}`),
      config: {
        ...(found.created === undefined ? {} : { created: found.created }),
        config: { Labels: found.labels },
        diffIds: found.layers.map(digest),
      },
    } as unknown as BaseImage;
  };
  return {
    client: {
      getManifest: async (_: unknown, asked: Digest) => {
        const on = images[names.get(asked) ?? ""]?.on ?? platforms;
        const children = on.map((name) => ({
          platform: name,
          mediaType: ociManifestType,
          digest: asked,
          size: 1,
        }));
        return { mediaType: ociIndexType, digest: asked, bytes: indexBytes(children as never) };
      },
    } as unknown as RegistryClient,
    images: { platform, resolve: async () => Promise.reject(new Error("not asked for")) },
    clock: () => now,
    now: {
      find: (reference, wanted) =>
        platform({ repository: parseReference(reference), digest: digest(reference) }, wanted),
      fact: async () => Promise.reject(new Error("not asked for")),
    },
    formerly: async (reference) =>
      formerly.map((name) => ({ repository: parseReference(reference), digest: digest(name) })),
  };
}

async function candidate(
  text: string,
  { state, holds = "pushed", alone = false }: { state?: ImageState; holds?: string; alone?: boolean } = {},
): Promise<PushCandidate> {
  const { enrolment } = facts("app", alone ? {} : { enrolment: { workflow: "ci.yml" } });
  const read = await Promise.all(
    platforms.map(
      async (platform) =>
        [
          platform,
          await readPlatform(parseDockerfile(text, "Dockerfile"), enrolment, platform, async () => undefined),
        ] as const,
    ),
  );
  return {
    enrolment,
    tags: [{ tag: "latest", holds: digest(holds), once: false }],
    state,
    dockerfiles: new Map(read),
  };
}

/** The bases that the layers of linux/arm64 prove. */
function provenBases(pushed: PushedImage | undefined) {
  return pushed?.platforms["linux/arm64"]?.inputs.bases;
}

const arm64 = (reference: string) => `${formatReference(parseReference(reference))} for linux/arm64`;

describe("what was pushed", () => {
  const onDebian = { pushed: { layers: ["d1", "own"] }, [debian]: { layers: ["d1"] } };

  test("is read with what its labels say of it", async () => {
    const labels = {
      "org.opencontainers.image.revision": "a".repeat(40),
      "org.opencontainers.image.version": "1.2.3",
    };
    const images = {
      ...onDebian,
      pushed: { layers: ["d1", "own"], labels, created: "2026-02-28T12:00:00+01:00" },
    };
    expect(await findPushed(await candidate("FROM debian:12"), door(images))).toEqual({
      digest: digest("pushed"),
      firstSeen: "2026-03-01T00:00:00.000Z",
      commit: "a".repeat(40),
      version: "1.2.3",
      created: "2026-02-28T11:00:00.000Z",
      otherPlatforms: [],
      platforms: Object.fromEntries(
        platforms.map((platform) => [
          platform,
          {
            digest: digest(`pushed ${platform}`),
            diffIds: [digest("d1"), digest("own")],
            base: debian,
            inputs: { bases: { [`${debian} for ${platform}`]: digest(`${debian} ${platform}`) } },
          },
        ]),
      ),
    });
  });

  test("has no words that are none: escape sequences, a time that reproducible builds set", async () => {
    const labels = {
      "org.opencontainers.image.revision": "\u001b[31mred",
      "org.opencontainers.image.version": "1 2",
    };
    const images = { ...onDebian, pushed: { layers: ["d1"], labels, created: "1970-01-01T00:00:00Z" } };
    const pushed = await findPushed(await candidate("FROM debian:12"), door(images));
    expect(Object.keys(pushed ?? {})).toEqual(["digest", "firstSeen", "platforms", "otherPlatforms"]);
  });

  test("is nothing for an image that is the factory's alone, or whose tag is where it was recorded", async () => {
    const { state } = published(facts("app"));
    if (state === undefined) throw new Error("not published");
    expect(
      await findPushed(await candidate("FROM debian:12", { alone: true }), door(onDebian)),
    ).toBeUndefined();
    const recorded = { ...state, digest: digest("pushed") };
    expect(
      await findPushed(await candidate("FROM debian:12", { state: recorded }), door(onDebian)),
    ).toBeUndefined();
  });

  test("has the platforms that it has, and is refused when it has none that is enrolled", async () => {
    const one = { ...onDebian, pushed: { layers: ["d1"], on: ["linux/arm64"] as const } };
    const pushed = await findPushed(await candidate("FROM debian:12"), door(one));
    expect(Object.keys(pushed?.platforms ?? {})).toEqual(["linux/arm64"]);
    const none = { ...onDebian, pushed: { layers: ["d1"], on: [] } };
    await expect(findPushed(await candidate("FROM debian:12"), door(none))).rejects.toMatchObject({
      code: "base-platform-missing",
      message: expect.stringContaining("ci.yml"),
    });
  });
});

describe("the base that its layers stand on", () => {
  test("is that of the target's stage, through stages of the Dockerfile, and no other", async () => {
    const images = {
      pushed: { layers: ["d1", "own"] },
      [debian]: { layers: ["d1"] },
      "docker.io/library/golang:1": { layers: ["d1", "own"] },
    };
    const text = "FROM golang:1 AS build\nFROM debian:12 AS runtime\nFROM runtime\nCOPY --from=build /a /a\n";
    expect(provenBases(await findPushed(await candidate(text), door(images)))).toEqual({
      [arm64(debian)]: digest(`${debian} linux/arm64`),
    });
  });

  test("is none where the target is FROM scratch", async () => {
    const pushed = await findPushed(
      await candidate("FROM scratch\nCOPY a /a\n"),
      door({ pushed: { layers: ["own"] } }),
    );
    expect(pushed?.platforms["linux/arm64"]).toEqual({
      digest: digest("pushed linux/arm64"),
      diffIds: [digest("own")],
      inputs: { bases: {} },
    });
  });

  test("may be one that it has been before; one that its registry has lost is passed over", async () => {
    const images = {
      pushed: { layers: ["d0", "own"] },
      [debian]: { layers: ["d1"] },
      old: { layers: ["d0"] },
    };
    const pushed = await findPushed(await candidate("FROM debian:12"), door(images, ["lost", "old"]));
    expect(provenBases(pushed)).toEqual({ [arm64(debian)]: digest("old linux/arm64") });
  });

  test("may be unknown", async () => {
    const images = { pushed: { layers: ["d0", "own"] }, [debian]: { layers: ["d1"] } };
    const pushed = await findPushed(await candidate("FROM debian:12"), door(images));
    expect(pushed?.platforms["linux/arm64"]).toMatchObject({ base: debian, inputs: { bases: {} } });
  });

  test("may be what the Dockerfile named when the image was built, and names no more", async () => {
    const { state } = published(
      facts("app", {
        bases: [
          { reference: debian, platform: "linux/amd64", from: { kind: "external", digest: digest("x") } },
        ],
      }),
    );
    if (state === undefined) throw new Error("not published");
    const images = {
      pushed: { layers: ["d1", "own"] },
      [debian]: { layers: ["d1"] },
      "docker.io/library/debian:13": { layers: ["e1"] },
    };
    const pushed = await findPushed(await candidate("FROM debian:13", { state }), door(images));
    expect(pushed?.platforms["linux/arm64"]).toMatchObject({
      base: debian,
      inputs: { bases: { [arm64(debian)]: digest(`${debian} linux/arm64`) } },
    });
  });
});
