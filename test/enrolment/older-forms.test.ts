import { describe, expect, test } from "vitest";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { tagPattern } from "../../src/enrolment/older-forms.ts";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { FactoryError } from "../../src/errors.ts";

function parse(text: string) {
  return parseImages(text, "images.yaml", "/team");
}

function only(text: string): Enrolment {
  const [image, ...others] = parse(text).images;
  if (image === undefined || others.length > 0) throw new Error("expected one image");
  return image;
}

function problems(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    expect(error).toMatchObject({ code: "images-invalid", exitStatus: 65 });
    return error.problems;
  }
  throw new Error(`no problem was found in:\n${text}`);
}

const managed = `- name: backstage
  registry: ghcr.io
  repository: acme/backstage
  source:
    provider: github
    repo: acme/portal
    branch: main
    dockerfile: apps/backstage/Dockerfile
    workflow: backstage.yml
  rebuildDelay: 14d
  autoRebuild: false
`;

describe("a managed entry of the older tool", () => {
  test("is an image that is built from the forge's repository", () => {
    expect(only(managed)).toMatchObject({
      name: "backstage",
      position: "images.yaml:1:3",
      repository: { registry: "ghcr.io", path: "acme/backstage" },
      source: {
        kind: "git",
        url: "https://github.com/acme/portal.git",
        ref: "main",
        directory: ".",
        credentials: { kind: "variable", name: "GITHUB_TOKEN", user: "x-access-token", unset: "anonymous" },
        submodules: false,
        lfs: false,
      },
      dockerfile: "apps/backstage/Dockerfile",
      workflow: "backstage.yml",
      rebuildDelayMs: 14 * 86_400_000,
      autoRebuild: false,
      tags: ["latest"],
    });
  });

  test("sends the whole repository, for the folder of the Dockerfile only said which pushes counted", () => {
    expect(only(managed).context).toBe(".");
    expect(only(`${managed}  context: apps\n`).context).toBe("apps");
  });

  test("needs no more than repo: the forge is then github, and a changed base waits 7 days", () => {
    const image = only("- {name: api, source: {repo: acme/api}}");
    expect(image).toMatchObject({
      repository: { registry: "factory.localhost", path: "api" },
      source: { url: "https://github.com/acme/api.git", ref: undefined },
      dockerfile: "Dockerfile",
      workflow: undefined,
      rebuildDelayMs: 7 * 86_400_000,
      autoRebuild: true,
    });
  });

  test("takes its delay from the file's defaults before the older tool's", () => {
    const text =
      "defaults: {rebuildDelay: 1d, dockerfile: d/Dockerfile}\nimages: [{name: api, source: {repo: acme/api, dockerfile: own/Dockerfile}}]";
    expect(only(text)).toMatchObject({ rebuildDelayMs: 86_400_000, dockerfile: "own/Dockerfile" });
  });

  test("of gitlab may lie in groups, and its token comes from another variable", () => {
    expect(only("- {name: api, source: {provider: gitlab, repo: acme/team/api}}").source).toMatchObject({
      url: "https://gitlab.com/acme/team/api.git",
      credentials: { kind: "variable", name: "GITLAB_TOKEN", user: "oauth2", unset: "anonymous" },
    });
  });

  test("is published on Docker Hub where a repository is given without registry", () => {
    expect(only("- {name: api, repository: acme/api, source: {repo: acme/api}}").repository).toEqual({
      registry: "docker.io",
      path: "acme/api",
    });
  });

  test("may have updates of any shape, on which nothing depends", () => {
    const plain = only("- {name: api, source: {repo: acme/api}}");
    for (const updates of ["true", "[a, 1]", "{strategy: minor, nested: {a: [1]}}", "", "weekly"]) {
      expect(only(`- name: api\n  source: {repo: acme/api}\n  updates: ${updates}\n`)).toEqual(plain);
    }
  });

  test("stands among entries of today's form, in one list with defaults", () => {
    const text = `defaults: {registry: ghcr.io}
images:
- {name: old, repository: acme/old, source: {provider: github, repo: acme/old}}
- {name: new, source: {git: "github:acme/new"}}
- {name: node, repository: acme/node}
`;
    const { images, watched } = parse(text);
    expect(images.map(({ name, workflow, rebuildDelayMs }) => ({ name, workflow, rebuildDelayMs }))).toEqual([
      { name: "old", workflow: undefined, rebuildDelayMs: 7 * 86_400_000 },
      { name: "new", workflow: undefined, rebuildDelayMs: 0 },
    ]);
    expect(watched.map(({ repository }) => repository)).toEqual([{ registry: "ghcr.io", path: "acme/node" }]);
  });
});

describe("an entry with enrollment", () => {
  const nested = `- name: backstage
  enrollment:
    registry: ghcr.io
    repository: acme/backstage
    source: {provider: github, repo: acme/portal, dockerfile: Dockerfile}
    rebuildDelay: 7d
    autoRebuild: false
    updates: {any: thing}
`;

  test("means what it would mean without that level", () => {
    const flat = nested.replace("  enrollment:\n", "").replaceAll(/^ {4}/gm, "  ");
    expect(parse(nested)).toEqual(parse(flat));
    expect(parse(nested).images).toHaveLength(1);
  });

  test("gives way to what the entry itself says", () => {
    expect(only(`${nested}  repository: acme/other\n  rebuildDelay: 1d\n`)).toMatchObject({
      repository: { registry: "ghcr.io", path: "acme/other" },
      rebuildDelayMs: 86_400_000,
      autoRebuild: false,
    });
  });

  test("is only watched without a source", () => {
    const text =
      "- {name: postgres, allowTags: ^16-alpine$, enrollment: {registry: docker.io, repository: library/postgres, rebuildDelay: 30d, autoRebuild: false}}";
    expect(parse(text)).toMatchObject({
      images: [],
      watched: [{ name: "postgres", repository: { registry: "docker.io", path: "library/postgres" } }],
    });
  });

  test("has its problems shown where they stand", () => {
    const text = `- name: a
  enrollment:
    registry: ghcr.io
    repository: ghcr.io/acme/a
    source:
      provider: bitbucket
      repo: acme/a
`;
    expect(problems(text)).toEqual([
      'images.yaml:6:17: a: enrollment.source.provider: expected github or gitlab (the address of a repository elsewhere goes to source.git, in the place of provider and repo), got "bitbucket"',
    ]);
    expect(problems(text.replace("bitbucket", "github"))).toEqual([
      'images.yaml:4:17: a: enrollment.repository: expected a repository without a host, which registry names (ghcr.io), got "ghcr.io/acme/a"',
    ]);
  });
});

describe("an external or base entry of the older tool", () => {
  test("is watched by its rule, whatever it says of rebuilding", () => {
    const text = `- name: postgres
  registry: docker.io
  repository: library/postgres
  allowTags: ^16-alpine$
  imageSelectionStrategy: NewestBuild
  rebuildDelay: 30d
  autoRebuild: false
`;
    expect(parse(text).watched).toEqual([
      {
        name: "postgres",
        position: "images.yaml:1:3",
        repository: { registry: "docker.io", path: "library/postgres" },
        rule: {
          strategy: "NewestBuild",
          allowTags: "^16-alpine$",
          constraint: undefined,
          ignoreTags: [],
        },
        endOfLife: undefined,
        pinned: undefined,
      },
    ]);
  });

  test.each([
    ["{name: node, repoURL: docker.io/library/node}", "docker.io", "library/node"],
    [
      "{name: node, repoURL: docker.io/node, registry: docker.io, repository: node}",
      "docker.io",
      "library/node",
    ],
    ["{name: node, repoURL: ghcr.io/acme/node}", "ghcr.io", "acme/node"],
    ["{name: node, registry: docker.io}", "docker.io", "library/node"],
  ])("names its repository in one text or in two: %s", (entry, registry, path) => {
    expect(parse(`- ${entry}`).watched[0]?.repository).toEqual({ registry, path });
  });

  test("keeps the whole name that the older tool made of a reference", () => {
    const name = "mcr.microsoft.com-playwright-v1.40.0-focal";
    expect(parse(`- {name: ${name}, repoURL: mcr.microsoft.com/playwright}`).watched[0]?.name).toBe(name);
    expect(problems(`- {name: ${name}, source: {repo: acme/api}}`)).toEqual([
      `images.yaml:1:10: ${name}: name: expected at most 40 characters, got 42`,
    ]);
  });

  test("has an allowTags that matches although the older tool escaped it twice", () => {
    const text = "- {name: p, repoURL: mcr.microsoft.com/playwright, allowTags: '^v1\\\\.40\\\\.0-focal$'}";
    const allowTags = parse(text).watched[0]?.rule.allowTags ?? "";
    expect(new RegExp(allowTags, "u").test("v1.40.0-focal")).toBe(true);
    expect(new RegExp(allowTags, "u").test("v1x40x0-focal")).toBe(false);
  });
});

test.each([
  ["^22-bookworm-slim$", "^22-bookworm-slim$"],
  ["^v1\\.4$", "^v1\\.4$"],
  ["^v1\\\\.4$", "^v1\\.4$"],
  ["^\\\\d+$", "^\\d+$"],
  ["^[^\\\\]+$", "^[^\\\\]+$"],
])("a pattern for tags asks for no backslash: %s is %s", (written, meant) => {
  expect(tagPattern(written)).toBe(meant);
});

describe("what an older field cannot mean is said with what to write instead", () => {
  test.each([
    [
      "another forge",
      "{name: a, source: {provider: bitbucket, repo: acme/a}}",
      'images.yaml:1:32: a: source.provider: expected github or gitlab (the address of a repository elsewhere goes to source.git, in the place of provider and repo), got "bitbucket"',
    ],
    [
      "a misspelt forge key",
      "{name: a, source: {providr: github, repo: acme/a}}",
      'images.yaml:1:22: a: source.providr: expected a known key (did you mean "provider"?), got "providr"',
    ],
    [
      "half a source",
      "{name: a, source: {provider: github, branch: main}}",
      "images.yaml:1:21: a: source: expected git, folder, archive, debian or repo too, got provider and branch alone",
    ],
    [
      "an address in repo",
      '{name: a, source: {repo: "https://github.com/acme/a"}}',
      'images.yaml:1:28: a: source.repo: expected owner/name as the forge has it (a whole address goes to source.git, in the place of provider and repo), got "https://github.com/acme/a"',
    ],
    [
      "a group on github",
      "{name: a, source: {repo: acme/team/a}}",
      'images.yaml:1:28: a: source.repo: expected owner/name as github has it, got "acme/team/a"',
    ],
    [
      "both forms",
      '{name: a, source: {git: "github:acme/a", repo: acme/a}}',
      "images.yaml:1:21: a: source: expected exactly one of git, folder, archive and debian, or repo, got git and repo",
    ],
    [
      "a provider beside an address",
      '{name: a, source: {git: "github:acme/a", provider: github}}',
      "images.yaml:1:44: a: source.provider: expected repo beside it (a git source names its forge in its address: github:owner/name), got git",
    ],
    [
      "a branch beside an address",
      '{name: a, source: {git: "github:acme/a", branch: main}}',
      "images.yaml:1:44: a: source.branch: expected repo beside it (the branch of a git source is ref in source.git), got git",
    ],
    [
      "a Dockerfile in another source",
      "{name: a, source: {folder: a, dockerfile: x}}",
      "images.yaml:1:33: a: source.dockerfile: expected repo beside it (for other sources dockerfile stands in the entry itself), got folder",
    ],
    [
      "two Dockerfiles",
      "{name: a, dockerfile: x, source: {repo: acme/a, dockerfile: y}}",
      "images.yaml:1:13: a: dockerfile: expected dockerfile here or in source, got both",
    ],
    [
      "a workflow of a folder",
      "{name: a, source: {folder: a, workflow: x.yml}}",
      "images.yaml:1:33: a: source.workflow: expected repo beside it (the workflow of a git source stands in source.git), got folder",
    ],
    [
      "two repositories",
      "{name: a, repoURL: docker.io/library/node, registry: ghcr.io, repository: acme/node}",
      'images.yaml:1:22: a: repoURL: expected ghcr.io/acme/node, which registry and repository name, or none of those, got "docker.io/library/node"',
    ],
    [
      "a repoURL of a built image",
      "{name: a, repoURL: ghcr.io/acme/a, source: {repo: acme/a}}",
      "images.yaml:1:13: a: repoURL: expected no source beside it, for it says how an image of somebody else is watched, got one",
    ],
    [
      "a repoURL with scheme",
      '{name: a, repoURL: "https://ghcr.io/acme/a"}',
      'images.yaml:1:22: a: repoURL: expected a repository without https://, got "https://ghcr.io/acme/a"',
    ],
    [
      "an option in the place of a branch",
      "{name: a, source: {repo: acme/a, branch: --upload-pack=x}}",
      'images.yaml:1:44: a: source.branch: expected a branch, a tag or a full commit: no - at the start, got "--upload-pack=x"',
    ],
    [
      "a command behind a branch",
      '{name: a, source: {repo: acme/a, branch: "main; id"}}',
      'images.yaml:1:44: a: source.branch: expected a branch, a tag or a full commit: no spaces, control characters or any of ~ ^ : ? * [ \\, got "main; id"',
    ],
    [
      "a delay in words",
      "{name: a, source: {repo: acme/a}, rebuildDelay: a week}",
      'images.yaml:1:51: a: rebuildDelay: expected a duration such as 12h or 7d, got "a week"',
    ],
  ])("%s", (_, entry, problem) => {
    expect(problems(`- ${entry}`)).toEqual([problem]);
  });

  test("all at once, in the order of lines", () => {
    const text = `- {name: a, source: {provider: bitbucket, repo: acme/a}}
- name: b
  source: {repo: acme/b, folder: b}
  allowTags: x
- {name: c, repoURL: "https://c"}
`;
    expect(problems(text).map((line) => line.split(":").slice(1, 4).join(":"))).toEqual([
      "1:32: a",
      "3:11: b",
      "4:3: b",
      "5:22: c",
    ]);
  });
});
