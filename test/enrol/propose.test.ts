import { describe, expect, it } from "vitest";
import type { SeenBases } from "../../src/enrol/look-at-bases.ts";
import { type EnrolWords, proposeImages } from "../../src/enrol/propose.ts";
import type { Enrolment, GitSource } from "../../src/enrolment/enrolment.ts";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { FactoryError } from "../../src/errors.ts";
import type { Platform } from "../../src/platform.ts";

/** A repository with these files, and what is asked of it. */
interface Asked {
  readonly files?: Readonly<Record<string, string>>;
  readonly words?: Partial<EnrolWords>;
  readonly images?: string;
  readonly version?: string;
  /** Platforms that bases lack, by the line of the Dockerfile's name. */
  readonly lacks?: Readonly<Record<string, readonly Platform[]>>;
}

const first = "- name: first\n  source: {folder: first}\n";

async function propose({ files = { Dockerfile: "FROM a\n" }, words, images = first, version, lacks }: Asked) {
  const sources: GitSource[] = [];
  const proposal = await proposeImages(
    {
      repository: "github:acme/shop",
      ref: undefined,
      dockerfile: undefined,
      name: undefined,
      ...words,
    },
    { text: images, name: "images.yaml", folder: "/team", stateDir: undefined },
    images.trim() === "" ? { images: [], watched: [] } : parseImages(images, "images.yaml", "/team"),
    {
      browse: async (source) => {
        sources.push(source);
        return {
          name: source.url,
          readText: async (path) => files[path],
          ref: source.ref ?? (version === undefined ? undefined : `v${version}`),
          version,
          files: Object.keys(files),
        };
      },
      basesOf: async ({ dockerfile = "" }: Enrolment): Promise<SeenBases> => ({
        bases: [],
        failures: (lacks?.[dockerfile] ?? []).map((platform) => ({
          platform,
          reference: "a",
          error: new FactoryError("base-platform-missing", `a has no image for ${platform}`),
        })),
      }),
    },
  );
  return { ...proposal, source: sources[0], added: proposal.text.slice(images.length) };
}

const failure = async (asked: Asked) => {
  try {
    await propose(asked);
  } catch (error) {
    if (error instanceof FactoryError) return { code: error.code, text: `${error.message} | ${error.hint}` };
    throw error;
  }
  return undefined;
};

describe("the entry of a repository", () => {
  it("says what the defaults do not", async () => {
    expect((await propose({})).added).toBe(
      "\n- name: shop\n  source:\n    git: github:acme/shop\n  tags: [latest]\n",
    );
    const images = `defaults: {registry: ghcr.io/acme, dockerfile: docker/Dockerfile, tags: [stable]}\nimages:\n${first}`;
    expect((await propose({ images })).added).toBe(
      "\n- name: shop\n  source:\n    git: github:acme/shop\n  dockerfile: Dockerfile\n",
    );
    expect((await propose({ images, files: { "docker/Dockerfile": "FROM a\n" } })).added).toBe(
      "\n- name: shop\n  source:\n    git: github:acme/shop\n",
    );
  });

  it("builds the newest release under its version, and says which", async () => {
    const { added, release } = await propose({ version: "1.4.0" });
    expect(added).toBe(
      '\n- name: shop\n  source:\n    git:\n      url: github:acme/shop\n      ref: v1.4.0\n  tags: ["{version}", latest]\n',
    );
    expect(release).toBe("v1.4.0");
  });

  it("builds the branch that is named", async () => {
    const { added, release, source } = await propose({ words: { ref: "main" } });
    expect(added).toContain("      ref: main\n  tags: [latest]\n");
    expect(release).toBeUndefined();
    expect(source?.ref).toBe("main");
  });

  it("has tags of its own where those of the defaults need a version that it has not", async () => {
    const images = `defaults: {tags: ["{version}"]}\nimages:\n${first.replace("{folder: first}", "{git: {url: github:x/y, ref: v1.0.0}}")}`;
    expect((await propose({ images })).added).toContain("tags: [latest]");
    expect((await propose({ images, version: "1.0.0" })).added).not.toContain("tags:");
  });

  it("has the platforms that all its bases have, where that is not all of them", async () => {
    const lacks = { Dockerfile: ["linux/arm64"] } as const;
    expect((await propose({ lacks })).added).toContain("  platforms: [linux/amd64]\n  tags: [latest]\n");
    const both = { Dockerfile: ["linux/amd64", "linux/arm64"] } as const;
    expect(await failure({ lacks: both })).toMatchObject({ code: "base-platform-missing" });
  });
});

describe("what the entries of the same owner have", () => {
  it.each([
    ["registry: ghcr.io/acme", "  registry: ghcr.io/acme\n"],
    ["registry: ghcr.io\n  repository: acme/other", "  registry: ghcr.io\n  repository: acme/shop\n"],
    ["repository: ghcr.io/acme/other", "  repository: ghcr.io/acme/shop\n"],
    ["tags: [x]", ""],
  ])("is taken over: %s", async (fields, wanted) => {
    const images = `- name: other\n  source: {git: git@github.com:acme/other.git}\n  ${fields}\n- name: else\n  source: {git: github:else/x}\n  registry: quay.io\n`;
    expect((await propose({ images })).added).toBe(
      `- name: shop\n  source:\n    git: github:acme/shop\n${wanted}  tags: [latest]\n`,
    );
  });

  it("includes credentials, when they are for the same server by the same protocol", async () => {
    const images = (url: string) =>
      `- name: other\n  source: {git: {url: "${url}", credentials: {variable: ACME_TOKEN}}}\n`;
    const same = await propose({ images: images("https://github.com/acme/other") });
    expect(same.added).toContain(
      "    git:\n      url: github:acme/shop\n      credentials: {variable: ACME_TOKEN}\n",
    );
    expect(same.source?.credentials).toEqual({
      kind: "variable",
      name: "ACME_TOKEN",
      user: "x-access-token",
    });
    const other = await propose({ images: images("https://github.com/else/other") });
    expect(other.source?.credentials).toBeUndefined();
  });

  it("includes the older form, and with it the forge's token", async () => {
    const images =
      "- name: other\n  registry: ghcr.io\n  repository: acme/other\n  source: {provider: github, repo: acme/other}\n";
    const { added, source } = await propose({ images, words: { ref: "main" } });
    expect(added).toBe(
      "\n- name: shop\n  source:\n    provider: github\n    repo: acme/shop\n    branch: main\n  registry: ghcr.io\n  repository: acme/shop\n  tags: [latest]\n",
    );
    expect(source?.credentials).toMatchObject({ kind: "variable", name: "GITHUB_TOKEN" });
  });
});

describe("several Dockerfiles", () => {
  const files = {
    Dockerfile: "FROM a\n",
    "api/Dockerfile": "FROM a\nCOPY main.go /\n",
    "api/main.go": "",
    "templates/Dockerfile.j2": "{{ from }}\n",
  };

  it("make an entry each, and one that is no Dockerfile is left out and said", async () => {
    const { images, refused } = await propose({ files });
    expect(images.map(({ entry }) => [entry.name, entry.dockerfile, entry.context])).toEqual([
      ["shop", undefined, undefined],
      ["api", "api/Dockerfile", "api"],
    ]);
    expect(refused.map(({ dockerfile }) => dockerfile)).toEqual(["templates/Dockerfile.j2"]);
  });

  it("are narrowed by DOCKERFILE, which then has to be one", async () => {
    const { images } = await propose({ files, words: { dockerfile: "./api/Dockerfile" } });
    expect(images.map(({ entry }) => entry.name)).toEqual(["api"]);
    expect(await failure({ files, words: { dockerfile: "templates/Dockerfile.j2" } })).toMatchObject({
      code: "dockerfile-invalid",
    });
    expect(await failure({ files, words: { dockerfile: "nothing" } })).toEqual({
      code: "dockerfile-invalid",
      text: "https://github.com/acme/shop.git has no Dockerfile nothing | It has: Dockerfile, api/Dockerfile, templates/Dockerfile.j2.",
    });
  });

  it("are left alone where they are enrolled already, by any address", async () => {
    const images =
      "- name: x\n  source: {git: {url: git@github.com:acme/shop.git, directory: api}}\n- name: y\n  source: {git: github:acme/shop}\n";
    const found = await propose({ files, images });
    expect(found.enrolledAlready.map(({ image, dockerfile }) => `${image.name} ${dockerfile}`)).toEqual([
      "y Dockerfile",
      "x api/Dockerfile",
    ]);
    expect(found.images).toEqual([]);
    expect(found.added).toBe("");
  });

  it("may be enrolled again from another branch", async () => {
    const images = "- name: shop\n  source: {git: github:acme/shop}\n";
    const { images: proposed } = await propose({ images, words: { ref: "next", name: "shop-next" } });
    expect(proposed.map(({ entry }) => entry.name)).toEqual(["shop-next"]);
  });
});

describe("nothing is written", () => {
  it.each<[string, Asked, string, RegExp]>([
    [
      "an address that is none",
      { words: { repository: "acme/shop" } },
      "usage",
      /^REPO: expected the address/,
    ],
    [
      "an address with a password, which is not repeated",
      { words: { repository: "https://me:secret@example.org/x" } },
      "usage",
      /got "https:\/\/\*\*\*@example\.org\/x"/,
    ],
    ["no Dockerfile", { files: { "readme.md": "" } }, "dockerfile-invalid", /has no Dockerfile .* BRANCH=/],
    ["only wrong ones", { files: { Dockerfile: "RUN x" } }, "dockerfile-invalid", /before the first FROM/],
    [
      "one name for two",
      { files: { Dockerfile: "FROM a", "b/Dockerfile": "FROM a" }, words: { name: "x" } },
      "usage",
      /NAME=x is for one image, and there are 2 .*DOCKERFILE=b\/Dockerfile/,
    ],
    [
      "a name that is taken",
      { words: { name: "first" } },
      "usage",
      /NAME=first is taken \(images.yaml:1:3\)/,
    ],
    ["a name that is none", { words: { name: "X Y" } }, "images-invalid", /images.yaml has 1 problem/],
  ])("for %s", async (_, asked, code, text) => {
    const found = await failure(asked);
    expect(found?.code).toBe(code);
    expect(found?.text).toMatch(text);
    expect(found?.text).not.toContain("secret");
  });
});
