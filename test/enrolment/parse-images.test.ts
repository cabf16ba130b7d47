import { describe, expect, test } from "vitest";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { FactoryError } from "../../src/errors.ts";

const folder = "/team";

function parse(text: string) {
  return parseImages(text, "images.yaml", folder).images;
}

function problems(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    expect(error.code).toBe("images-invalid");
    expect(error.exitStatus).toBe(65);
    return error.problems;
  }
  throw new Error(`no problem was found in:\n${text}`);
}

/** One entry called `a` with a folder source and more lines; the first of those is line 3. */
function entry(...lines: readonly string[]): string {
  return ["- name: a", "  source: {folder: a}", ...lines.map((line) => `  ${line}`)].join("\n");
}

function gitEntry(...lines: readonly string[]): string {
  return ["- name: a", "  source:", "    git:", ...lines.map((line) => `      ${line}`)].join("\n");
}

describe("keep", () => {
  test("of an entry overrules the defaults rule by rule", () => {
    const text =
      "defaults:\n  keep: {last: 5, for: 90d}\nimages:\n  - name: a\n    source: {folder: a}\n    keep: {last: 2, tags: ^v}\n";
    expect(parse(text)[0]?.keep).toEqual({ last: 2, forMs: 90 * 86_400_000, tags: "^v" });
    expect(parse(entry())[0]?.keep).toBeUndefined();
  });

  test("has to be a count, a duration and an expression", () => {
    expect(problems(entry("keep: {last: 0, for: soon, tags: 'v('}"))).toEqual([
      "images.yaml:3:16: a: keep.last: expected a whole number from 1 to 100000, got the number 0",
      'images.yaml:3:24: a: keep.for: expected a duration such as 12h or 7d, got "soon"',
      expect.stringMatching(
        /^images\.yaml:3:36: a: keep\.tags: expected a regular expression .*, got "v\("$/,
      ),
    ]);
  });
});

describe("an entry without source", () => {
  test("is an image of somebody else that is watched", () => {
    const text = `- name: node-22
  repository: library/node
  allowTags: ^22-slim$
  imageSelectionStrategy: Digest
  ignoreTags: [22-broken]
  endOfLife: 2027-04-30
  digest: sha256:${"ab".repeat(32)}
- {name: plain, registry: ghcr.io, repository: acme/base}
`;
    const { images, watched } = parseImages(text, "images.yaml", folder);
    expect(images).toEqual([]);
    expect(watched).toEqual([
      {
        name: "node-22",
        position: "images.yaml:1:3",
        repository: { registry: "docker.io", path: "library/node" },
        rule: {
          strategy: "Digest",
          allowTags: "^22-slim$",
          constraint: undefined,
          ignoreTags: ["22-broken"],
        },
        endOfLife: "2027-04-30",
        pinned: `sha256:${"ab".repeat(32)}`,
      },
      {
        name: "plain",
        position: "images.yaml:8:3",
        repository: { registry: "ghcr.io", path: "acme/base" },
        rule: { strategy: "Lexical", allowTags: undefined, constraint: undefined, ignoreTags: [] },
        endOfLife: undefined,
        pinned: undefined,
      },
    ]);
  });
});

describe("an entry of images.yaml", () => {
  test("needs a name and a source, and everything else has a default", () => {
    expect(parse("- name: hello\n  source:\n    folder: images/hello\n")).toEqual([
      {
        name: "hello",
        position: "images.yaml:1:3",
        repository: { registry: "factory.localhost", path: "hello" },
        platforms: ["linux/amd64", "linux/arm64"],
        source: { kind: "folder", path: "/team/images/hello" },
        dockerfile: "Dockerfile",
        context: ".",
        target: undefined,
        args: {},
        secrets: [],
        labels: {},
        annotations: {},
        tags: ["latest"],
        timeouts: { buildMs: 3_600_000, scanMs: 900_000 },
        network: "default",
        scan: {
          severities: ["HIGH", "CRITICAL"],
          unfixed: false,
          os: "detect",
          database: "official",
          exceptions: [],
        },
        rebuildDelayMs: 0,
        autoRebuild: true,
        schedule: undefined,
        workflow: undefined,
        patchFiles: [],
        versionFile: undefined,
      },
    ]);
  });

  test("carries every field that it sets", () => {
    const [image] = parse(`
- name: api
  registry: ghcr.io/acme
  repository: api-server
  platforms: [linux/arm64]
  source:
    git:
      url: https://git.example.com/acme/api.git
      ref: v1.4.0
      directory: ./server/
      credentials: {variable: API_TOKEN, user: oauth2}
      submodules: true
      lfs: true
      workflow: release.yml
  dockerfile: ./docker//Dockerfile
  context: app/
  target: runtime
  args: {NODE_ENV: production, VERSION: "1.10"}
  secrets: [{id: npm, env: NPM_TOKEN}, {id: rc, file: secrets/npmrc}]
  labels: {org.opencontainers.image.revision: "{commit}"}
  annotations: {org.opencontainers.image.title: "The API: {\\"a\\":1}"}
  tags: ["{version}", "1.10", latest]
  timeouts: {build: 1h30m, scan: 90s}
  network: none
  rebuildDelay: 7d
  autoRebuild: false
  schedule: {cron: "0 3 * * 1", timeZone: Europe/Berlin}
  scan:
    severities: [CRITICAL]
    unfixed: true
    os: none
    database: sample
    exceptions:
      - {id: CVE-2024-1234, package: libx, reason: not reachable, owner: team-api, expires: 2027-02-28}
`);
    expect(image).toEqual({
      name: "api",
      position: "images.yaml:2:3",
      repository: { registry: "ghcr.io", path: "acme/api-server" },
      platforms: ["linux/arm64"],
      source: {
        kind: "git",
        url: "https://git.example.com/acme/api.git",
        ref: "v1.4.0",
        directory: "server",
        credentials: { kind: "variable", name: "API_TOKEN", user: "oauth2" },
        submodules: true,
        lfs: true,
      },
      dockerfile: "docker/Dockerfile",
      context: "app",
      target: "runtime",
      args: { NODE_ENV: "production", VERSION: "1.10" },
      secrets: [
        { id: "npm", from: "variable", name: "NPM_TOKEN" },
        { id: "rc", from: "file", path: "/team/secrets/npmrc" },
      ],
      labels: { "org.opencontainers.image.revision": "{commit}" },
      annotations: { "org.opencontainers.image.title": 'The API: {"a":1}' },
      tags: ["{version}", "1.10", "latest"],
      timeouts: { buildMs: 5_400_000, scanMs: 90_000 },
      network: "none",
      scan: {
        severities: ["CRITICAL"],
        unfixed: true,
        os: "none",
        database: "sample",
        exceptions: [
          {
            id: "CVE-2024-1234",
            package: "libx",
            reason: "not reachable",
            owner: "team-api",
            expires: "2027-02-28",
          },
        ],
      },
      rebuildDelayMs: 604_800_000,
      autoRebuild: false,
      schedule: { cron: "0 3 * * 1", timeZone: "Europe/Berlin" },
      workflow: "release.yml",
      patchFiles: [],
      versionFile: undefined,
    });
    expect(JSON.parse(JSON.stringify(image))).toEqual(image);
  });

  test("may be a debian root without a Dockerfile, or with one that lies beside images.yaml", () => {
    const debian = "{suite: trixie, packages: [base-files, libstdc++6]}";
    const [root, built] = parse(
      `- {name: root, source: {debian: ${debian}}}\n- {name: built, dockerfile: debian/Dockerfile, source: {debian: ${debian}}}`,
    );
    expect(root).toMatchObject({
      dockerfile: undefined,
      source: {
        kind: "debian",
        suite: "trixie",
        components: ["main"],
        packages: ["base-files", "libstdc++6"],
      },
    });
    expect(built?.dockerfile).toBe("debian/Dockerfile");
  });

  test("lists its platforms in one order, however they were written", () => {
    expect(parse(entry("platforms: [linux/arm64, linux/amd64]"))[0]?.platforms).toEqual([
      "linux/amd64",
      "linux/arm64",
    ]);
  });

  test("takes credentials as a token file and as an ssh key with known hosts", () => {
    const token = gitEntry("url: https://h.example/a", "credentials: {file: token}");
    expect(parse(token)[0]?.source).toMatchObject({
      credentials: { kind: "file", path: "/team/token", user: "x-access-token" },
    });
    const key = gitEntry("url: git@h.example:a.git", "credentials: {sshKey: /k, knownHosts: h}");
    expect(parse(key)[0]?.source).toMatchObject({
      credentials: { kind: "ssh", key: "/k", knownHosts: "/team/h" },
    });
  });
});

describe("images.yaml as a whole", () => {
  test("is a list, or defaults and images; an empty list enrols nothing", () => {
    expect(parse("[]")).toEqual([]);
    expect(parse("images: []")).toEqual([]);
    expect(parse("- {name: a, source: {folder: a}}")).toHaveLength(1);
  });

  test("merges defaults field by field, and what an entry says stands", () => {
    const [plain, own] = parse(`
defaults:
  registry: ghcr.io/acme
  platforms: [linux/amd64]
  args: {A: "1", B: "1"}
  labels: {team: core}
  annotations: {x: "1"}
  timeouts: {build: 2h}
  scan: {unfixed: true}
  tags: [edge]
images:
  - {name: plain, source: {folder: a}}
  - name: own
    source: {folder: a}
    platforms: [linux/arm64]
    args: {B: "2"}
    labels: {tier: web}
    annotations: {y: "2"}
    timeouts: {scan: 1m}
    scan: {database: sample}
    tags: [latest]
`);
    expect(plain).toMatchObject({
      repository: { registry: "ghcr.io", path: "acme/plain" },
      platforms: ["linux/amd64"],
      args: { A: "1", B: "1" },
      tags: ["edge"],
      scan: { unfixed: true, database: "official" },
    });
    expect(own).toMatchObject({
      platforms: ["linux/arm64"],
      args: { A: "1", B: "2" },
      labels: { team: "core", tier: "web" },
      annotations: { x: "1", y: "2" },
      timeouts: { buildMs: 7_200_000, scanMs: 60_000 },
      scan: { unfixed: true, database: "sample", severities: ["HIGH", "CRITICAL"] },
      tags: ["latest"],
    });
  });

  test("lets images share a repository under different tags", () => {
    const shared = parse(
      "- {name: a, repository: acme/x, tags: [a], source: {folder: a}}\n- {name: b, repository: docker.io/acme/x, tags: [b], source: {folder: b}}",
    );
    expect(shared.map((image) => image.repository.path)).toEqual(["acme/x", "acme/x"]);
  });

  test("may repeat a value by an alias, whose problems are shown where it is used", () => {
    const text = "- name: a\n  source: &s {folder: a}\n- name: b\n  source: *s\n";
    expect(parse(text)[1]?.source).toEqual({ kind: "folder", path: "/team/a" });
    expect(problems("- name: a\n  source: &s {folder: 1.10}\n- name: b\n  source: *s\n")).toEqual([
      'images.yaml:2:23: a: source.folder: expected the path of a folder, without leading - or ~, got the number 1.10 (write it in quotes: "1.10")',
      'images.yaml:2:23: b: source.folder: expected the path of a folder, without leading - or ~, got the number 1.10 (write it in quotes: "1.10")',
    ]);
  });

  test("has all its problems reported at once, in the order of its lines", () => {
    const text = `
- name: hello
  source: {git: github:acme/hello}
  tagz: [x]
  platforms: [linux/amd64, arm]
- name: World
  source: {git: x}
- name: hello
  source: {folder: a}
`;
    expect(problems(text).map((line) => line.split(":").slice(1, 4).join(":"))).toEqual([
      "4:3: hello",
      "5:28: hello",
      "6:9: World",
      "7:17: World",
      "8:9: hello",
    ]);
  });
});

describe("what is wrong in images.yaml is said with line, column, image, path, expectation and finding", () => {
  test.each<readonly [what: string, text: string, ...lines: string[]]>([
    ["an empty file", "", "images.yaml:1:1: expected a list of images, or defaults and images, got nothing"],
    [
      "comments alone",
      "# nothing\n",
      "images.yaml:1:1: expected a list of images, or defaults and images, got nothing",
    ],
    ["a text", "hello", 'images.yaml:1:1: expected a list of images, or defaults and images, got "hello"'],
    [
      "a mapping without images",
      "defaults: {}",
      "images.yaml:1:1: images: expected a list of images, got nothing",
    ],
    [
      "images that are no list",
      "images: {a: b}",
      "images.yaml:1:9: images: expected a list of images, got a mapping",
    ],
    [
      "a misspelt top-level key",
      "images: []\ndefualts: {}",
      'images.yaml:2:1: defualts: expected a known key (did you mean "defaults"?), got "defualts"',
    ],
    [
      "sample as a default",
      "defaults: {scan: {database: sample}}\nimages: []",
      'images.yaml:1:29: defaults.scan.database: expected official (sample is for single entries, where everyone sees it), got "sample"',
    ],
    [
      "an entry without anything",
      "-",
      "images.yaml:1:2: images[0]: expected a mapping with name and source, got nothing",
    ],
    [
      "a misspelt key",
      entry("tagz: [a]"),
      'images.yaml:3:3: a: tagz: expected a known key (did you mean "tags"?), got "tagz"',
    ],
    [
      "another tool's word",
      gitEntry("url: github:a/b", "branch: main"),
      'images.yaml:5:7: a: source.git.branch: expected a known key (did you mean "ref"?), got "branch"',
    ],
    [
      "a key that resembles none",
      entry("timeouts: {deploy: 1h}"),
      'images.yaml:3:14: a: timeouts.deploy: expected one of build, scan, got "deploy"',
    ],
    [
      "a repeated key",
      entry("network: none", "network: none"),
      'images.yaml:4:3: a: network: expected each key once, got "network" again',
    ],
    [
      "a merge key",
      entry("<<: {network: none}"),
      'images.yaml:3:3: a: ["<<"]: expected one of name, registry, repository, platforms, source, dockerfile, context, target, args, secrets, labels, annotations, tags, timeouts, network, scan, rebuildDelay, autoRebuild, schedule, keep, allowTags, imageSelectionStrategy, constraint, ignoreTags, endOfLife, digest, repoURL, updates, enrollment, local, got "<<"',
    ],
    [
      "a key that is a list",
      entry("? [x]\n  : y"),
      "images.yaml:3:5: a: expected a key of text, got a list, mapping or alias",
    ],
    [
      "a tag of YAML",
      entry("args: !!js/function {}"),
      "images.yaml:3:23: a: args: expected no YAML tag, got !!js/function",
    ],
    [
      "a tag of one's own",
      "- !foo {name: a, source: {folder: a}}",
      "images.yaml:1:8: a: expected no YAML tag, got !foo",
    ],
    ["two documents", "[]\n---\n[]\n", "images.yaml:2:1: expected one document, got another after ---"],
    ["a directive", "%YAML 1.1\n---\n[]\n", "images.yaml:1:1: expected no directive, got %YAML 1.1"],
    [
      "broken YAML",
      "- name: [a\n",
      "images.yaml:2:1: expected YAML, got: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    [
      "a control character",
      "- name: a\n  source: {folder: a\u0007}",
      "images.yaml:2:21: expected no control characters, got U+0007",
    ],
    [
      "a control character in disguise",
      entry('args: {A: "x\\eb"}'),
      "images.yaml:3:13: a: args.A: expected text without control characters, got U+001B",
    ],
    [
      "an alias of nothing",
      entry("args: *x"),
      "images.yaml:3:9: a: args: expected an alias of an anchor above, got *x",
      "images.yaml:3:9: a: args: expected a mapping of ARG names and texts, got nothing",
    ],
    [
      "a repeated name",
      "- {name: a, source: {folder: a}}\n- {name: a, tags: [b], source: {folder: b}}",
      'images.yaml:2:10: a: name: expected a name of its own, got "a", which images.yaml:1:3 has already',
    ],
    [
      "a name with capitals",
      "- {name: Web, source: {folder: a}}",
      'images.yaml:1:10: Web: name: expected lower-case letters and digits with single . _ - between them, at most 40 characters, other than all, got "Web"',
    ],
    [
      "a name longer than Kubernetes has room for",
      `- {name: ${"a".repeat(41)}, source: {folder: a}}`,
      `images.yaml:1:10: ${"a".repeat(41)}: name: expected at most 40 characters, got 41`,
    ],
    [
      "the name that means every image",
      "- {name: all, source: {folder: a}}",
      'images.yaml:1:10: all: name: expected lower-case letters and digits with single . _ - between them, at most 40 characters, other than all, got "all"',
    ],
    [
      "a name that is a path",
      "- {name: ../a, source: {folder: a}}",
      'images.yaml:1:10: images[0]: name: expected lower-case letters and digits with single . _ - between them, at most 40 characters, other than all, got "../a"',
    ],
    [
      "no source",
      "- name: a",
      "images.yaml:1:3: a: expected a source, or the repository of an image that is only watched, got neither",
    ],
    [
      "a rule for tags beside a source",
      entry("allowTags: ^1"),
      "images.yaml:3:3: a: allowTags: expected no source beside it, for it says how an image of somebody else is watched, got one",
    ],
    [
      "a Dockerfile without a source",
      "- {name: a, repository: library/node, dockerfile: Dockerfile}",
      "images.yaml:1:39: a: dockerfile: expected a source too, for without one the image is only watched, got none",
    ],
    [
      "a range of versions for names in order",
      "- {name: a, repository: library/node, constraint: ^1}",
      "images.yaml:1:39: a: constraint: expected imageSelectionStrategy SemVer beside it, which alone compares versions, got another",
    ],
    [
      "a range that is none",
      "- {name: a, repository: library/node, imageSelectionStrategy: SemVer, constraint: newest}",
      'images.yaml:1:83: a: constraint: expected a range of versions such as ^22.1, got "newest"',
    ],
    [
      "an expression that is none",
      "- {name: a, repository: library/node, allowTags: '(22'}",
      'images.yaml:1:50: a: allowTags: expected a regular expression (Invalid regular expression: /(22/u: Unterminated group), got "(22"',
    ],
    [
      "six cron fields",
      entry('schedule: {cron: "0 0 3 * * 1"}'),
      'images.yaml:3:20: a: schedule.cron: expected five cron fields such as 0 3 * * 1, got "0 0 3 * * 1"',
    ],
    [
      "a day that never comes",
      entry('schedule: {cron: "0 0 31 2 *"}'),
      'images.yaml:3:20: a: schedule.cron: expected cron fields that some day fits, got "0 0 31 2 *"',
    ],
    [
      "a minute that is none",
      entry('schedule: {cron: "61 * * * *"}'),
      'images.yaml:3:20: a: schedule.cron: expected five cron fields such as 0 3 * * 1 (Invalid value for minute: 61), got "61 * * * *"',
    ],
    [
      "a cron field that a CronJob does not know",
      entry('schedule: {cron: "0 3 L * *"}'),
      'images.yaml:3:20: a: schedule.cron: expected cron fields that a CronJob knows, without L, got "0 3 L * *"',
    ],
    [
      "Sunday as 7, which a CronJob refuses",
      entry('schedule: {cron: "0 3 * * 5-7"}'),
      'images.yaml:3:20: a: schedule.cron: expected 0 for Sunday, as in a CronJob, got "0 3 * * 5-7"',
    ],
    [
      "a time zone that is none",
      entry('schedule: {cron: "0 3 * * *", timeZone: Berlin}'),
      'images.yaml:3:43: a: schedule.timeZone: expected a time zone such as Europe/Berlin, got "Berlin"',
    ],
    [
      "a delay in words",
      entry("rebuildDelay: a week"),
      'images.yaml:3:17: a: rebuildDelay: expected a duration such as 12h or 7d, got "a week"',
    ],
    [
      "two sources",
      "- {name: a, source: {git: github:a/b, folder: a}}",
      "images.yaml:1:21: a: source: expected exactly one of git, folder, archive and debian, got git and folder",
    ],
    [
      "an empty source",
      "- {name: a, source: {}}",
      "images.yaml:1:21: a: source: expected exactly one of git, folder, archive and debian, got an empty mapping",
    ],
    [
      "a platform that is none",
      entry("platforms: [linux/amd64, arm]"),
      'images.yaml:3:28: a: platforms[1]: expected linux/amd64 or linux/arm64, got "arm"',
    ],
    [
      "no platform",
      entry("platforms: []"),
      "images.yaml:3:14: a: platforms: expected a list of platforms with at least one item, got an empty one",
    ],
    [
      "a platform twice",
      entry("platforms: [linux/arm64, linux/arm64]"),
      "images.yaml:3:28: a: platforms[1]: expected each item once, got one again",
    ],
    [
      "a number where a tag belongs",
      entry("tags: [1.10]"),
      'images.yaml:3:10: a: tags[0]: expected a tag, got the number 1.10 (write it in quotes: "1.10")',
    ],
    [
      "one tag that is no list",
      entry("tags: latest"),
      'images.yaml:3:9: a: tags: expected a list of tags, got "latest"',
    ],
    [
      "an unknown placeholder",
      entry('tags: ["{vesion}"]'),
      'images.yaml:3:10: a: tags[0]: expected {version}, {commit} or {date} in braces (did you mean "version"?), got "{vesion}"',
    ],
    [
      "a tag with a space",
      entry('tags: ["a b"]'),
      'images.yaml:3:10: a: tags[0]: expected a tag: letters, digits and . _ -, not first . or -, and {version}, {commit} or {date}, got "a b"',
    ],
    [
      "a commit of a folder",
      entry('tags: ["{commit}"]'),
      'images.yaml:3:10: a: tags[0]: expected a git source, which alone has a commit, got folder and "{commit}"',
    ],
    [
      "a commit of a folder in a label",
      entry('labels: {a: "{commit}"}'),
      "images.yaml:3:11: a: labels: expected a git source for {commit}, got folder",
    ],
    [
      "a version in a label",
      entry('labels: {a: "{version}"}'),
      'images.yaml:3:15: a: labels.a: expected no {version}, which tags alone may have ({commit} may stand here), got "{version}"',
    ],
    [
      "two images under one tag, after normalising",
      "- {name: a, repository: acme/x, source: {folder: a}}\n- {name: b, registry: index.docker.io, repository: acme/x, tags: [v1, latest], source: {folder: b}}",
      "images.yaml:2:71: b: tags[1]: expected a repository and tag of its own, got docker.io/acme/x:latest, which a (images.yaml:1:3) publishes",
    ],
    [
      "a repository in which another image is staged",
      "- {name: a, source: {folder: a}}\n- {name: a-staging, source: {folder: b}}",
      "images.yaml:2:10: a-staging: name: expected another repository than factory.localhost/a-staging, in which a (images.yaml:1:3) is staged",
    ],
    [
      "a registry with a scheme",
      entry("registry: https://ghcr.io"),
      'images.yaml:3:13: a: registry: expected a registry\'s host without https://, got "https://ghcr.io"',
    ],
    [
      "a namespace as registry",
      entry("registry: acme"),
      'images.yaml:3:13: a: registry: expected a registry\'s host in lower case such as ghcr.io or registry.example.com:5000 (a namespace of Docker Hub is docker.io/acme), got "acme"',
    ],
    [
      "a repository with a tag",
      entry("repository: acme/x:v1"),
      'images.yaml:3:15: a: repository: expected a repository without tag (tags go to tags), got "acme/x:v1"',
    ],
    [
      "a repository that names a second registry",
      entry("registry: ghcr.io", "repository: quay.io/x"),
      'images.yaml:4:15: a: repository: expected a repository without a host, which registry names (ghcr.io), got "quay.io/x"',
    ],
    [
      "a Dockerfile out of the source",
      entry("dockerfile: a/../../Dockerfile"),
      'images.yaml:3:15: a: dockerfile: expected a path below the source\'s root: no leading / - or ~, no .., no \\, got "a/../../Dockerfile"',
    ],
    [
      "an absolute context",
      entry("context: /etc"),
      'images.yaml:3:12: a: context: expected a path below the source\'s root: no leading / - or ~, no .., no \\, got "/etc"',
    ],
    [
      "an option as directory",
      gitEntry("url: github:a/b", "directory: --help"),
      'images.yaml:5:18: a: source.git.directory: expected a path below the repository\'s root: no leading / - or ~, no .., no \\, got "--help"',
    ],
    [
      "an option as ref",
      gitEntry("url: github:a/b", "ref: --upload-pack=x"),
      'images.yaml:5:12: a: source.git.ref: expected a branch, a tag or a full commit: no - at the start, got "--upload-pack=x"',
    ],
    [
      "a commit that YAML reads as a number",
      gitEntry("url: github:a/b", "ref: 1234567e10"),
      'images.yaml:5:12: a: source.git.ref: expected a branch, a tag or a full commit as git spells them, got the number 1234567e10 (write it in quotes: "1234567e10")',
    ],
    [
      "an option as address",
      "- {name: a, source: {git: --upload-pack=x}}",
      'images.yaml:1:27: a: source.git: expected the address of a git repository: no - at the start, got "--upload-pack=x"',
    ],
    [
      "a helper as address",
      '- {name: a, source: {git: "ext::sh -c x"}}',
      'images.yaml:1:27: a: source.git: expected the address of a git repository: no spaces, control characters or \\, got "ext::sh -c x"',
    ],
    [
      "a password in an address, which is not repeated",
      gitEntry('url: "https://me:hunter2@h.example/a"'),
      'images.yaml:4:12: a: source.git.url: expected the address of a git repository: no user or password in it (source.git.credentials names where those are), got "https://***@h.example/a"',
    ],
    [
      "a misspelt forge",
      "- {name: a, source: {git: githb:a/b}}",
      'images.yaml:1:27: a: source.git: expected the address of a git repository: github:, gitlab: or gitea:, https:// or ssh://, user@host:path (did you mean "github"?), got "githb:a/b"',
    ],
    [
      "a token for an ssh address",
      gitEntry("url: git@h.example:a", "credentials: {variable: T}"),
      "images.yaml:5:20: a: source.git.credentials: expected sshKey with knownHosts for an ssh address, got variable",
    ],
    [
      "an ssh key for an https address",
      gitEntry("url: https://h.example/a", "credentials: {sshKey: k, knownHosts: h}"),
      "images.yaml:5:20: a: source.git.credentials: expected variable or file for an https address, got sshKey",
    ],
    [
      "an ssh key without known hosts",
      gitEntry("url: git@h.example:a", "credentials: {sshKey: k}"),
      "images.yaml:5:20: a: source.git.credentials: expected variable or file, each with or without user, or sshKey with knownHosts, got sshKey",
    ],
    [
      "a token over plain http",
      gitEntry("url: http://h.example/a", "credentials: {variable: T}"),
      "images.yaml:5:20: a: source.git.credentials: expected an https or ssh address, over which alone credentials are sent, got http",
    ],
    [
      "credentials for a folder of this machine",
      gitEntry("url: /srv/a.git", "credentials: {variable: T}"),
      "images.yaml:5:20: a: source.git.credentials: expected no credentials for a path of this machine, got some",
    ],
    [
      "a token in the place of a variable's name, which is not repeated",
      gitEntry("url: https://h.example/a", "credentials: {variable: ghp-hunter2}"),
      "images.yaml:5:31: a: source.git.credentials.variable: expected the name of an environment variable, got a text of 11 characters",
    ],
    [
      "a secret's value",
      entry("secrets: [{id: a, value: hunter2}]"),
      'images.yaml:3:21: a: secrets[0].value: expected one of id, env, file, got "value"',
    ],
    [
      "a secret from nowhere",
      entry("secrets: [{id: a}]"),
      "images.yaml:3:13: a: secrets[0]: expected id and one of env and file, got id",
    ],
    [
      "a secret from two places",
      entry("secrets: [{id: a, env: A, file: a}]"),
      "images.yaml:3:13: a: secrets[0]: expected id and one of env and file, got id and env and file",
    ],
    [
      "one secret twice",
      entry("secrets: [{id: a, env: A}, {id: a, env: B}]"),
      'images.yaml:3:35: a: secrets[1].id: expected each secret once, got "a" again',
    ],
    [
      "a boolean where a text belongs",
      entry("args: {DEBUG: true}"),
      'images.yaml:3:17: a: args.DEBUG: expected a text, got the boolean true (write it in quotes: "true")',
    ],
    [
      "a value that is missing",
      entry("args: {DEBUG: }"),
      "images.yaml:3:17: a: args.DEBUG: expected a text, got nothing",
    ],
    [
      "an ARG that the factory sets",
      entry("args: {TARGETARCH: arm64}"),
      'images.yaml:3:10: a: args.TARGETARCH: expected the name of an ARG, other than SOURCE_DATE_EPOCH and those of the platform (TARGETARCH and the like), got "TARGETARCH"',
    ],
    [
      "an annotation that the factory writes",
      entry("annotations: {org.opencontainers.image.base.name: x}"),
      'images.yaml:3:17: a: annotations.org.opencontainers.image.base.name: expected letters, digits and . _ / -, with a letter or digit at both ends, and no name that the factory writes (org.opencontainers.image.base.…, org.opencontainers.image.ref.name), got "org.opencontainers.image.base.name"',
    ],
    [
      "a duration without a unit",
      entry("timeouts: {build: 30}"),
      "images.yaml:3:21: a: timeouts.build: expected a duration such as 30m, 1h30m or 2d, got the number 30",
    ],
    [
      "a time-out that no timer holds",
      entry("timeouts: {scan: 25d}"),
      'images.yaml:3:20: a: timeouts.scan: expected a duration between 1s and 24d, got "25d"',
    ],
    [
      "a network that is none",
      entry("network: host"),
      'images.yaml:3:12: a: network: expected default or none, got "host"',
    ],
    [
      "a severity in small letters",
      entry("scan: {severities: [high]}"),
      'images.yaml:3:23: a: scan.severities[0]: expected UNKNOWN, LOW, MEDIUM, HIGH or CRITICAL, got "high"',
    ],
    [
      "a yes that is no boolean",
      entry("scan: {unfixed: yes}"),
      'images.yaml:3:19: a: scan.unfixed: expected true or false, got "yes"',
    ],
    [
      "an exception that nobody answers for",
      entry("scan: {exceptions: [{id: CVE-2024-1, reason: r, expires: 2027-01-31}]}"),
      "images.yaml:3:23: a: scan.exceptions[0].owner: expected the name of a person or a team, got nothing",
    ],
    [
      "a day that no calendar has",
      entry("scan: {exceptions: [{id: CVE-2024-1, owner: o, reason: r, expires: 2027-02-30}]}"),
      'images.yaml:3:70: a: scan.exceptions[0].expires: expected a day of the calendar as YYYY-MM-DD, got "2027-02-30"',
    ],
    [
      "a Debian package that apt would remove",
      "- {name: a, source: {debian: {suite: trixie, packages: [bash-]}}}",
      'images.yaml:1:57: a: source.debian.packages[0]: expected the name of a Debian package, without version or architecture, got "bash-"',
    ],
    [
      "a root of Debian of no packages",
      "- {name: a, source: {debian: {suite: trixie}}}",
      "images.yaml:1:30: a: source.debian: expected packages, or variant: minbase, got neither",
    ],
    [
      "a mirror with apt's own options",
      '- {name: a, source: {debian: {suite: trixie, packages: [bash], mirror: "[trusted=yes] http://m"}}}',
      'images.yaml:1:72: a: source.debian.mirror: expected an http, https or file address without user and password, spaces or brackets, got "[trusted=yes] http://m"',
    ],
    [
      "arguments for a root that no Dockerfile builds",
      "- {name: a, args: {A: b}, context: x, source: {debian: {suite: trixie, packages: [bash]}}}",
      "images.yaml:1:13: a: args: expected a dockerfile too, which alone can make use of it, got none",
      "images.yaml:1:27: a: context: expected none for a debian source, whose context is the root filesystem, got one",
    ],
    [
      "a text beyond all measure",
      entry(`args: {A: ${"x".repeat(65_537)}}`),
      "images.yaml:3:13: a: args.A: expected text of at most 65536 characters, got 65537",
    ],
  ])("%s", (_what, text, ...lines) => {
    expect(problems(text)).toEqual(lines);
  });

  test("an empty file gets the five lines of a first image", () => {
    try {
      parse("");
      expect.unreachable();
    } catch (error) {
      const { hint = "" } = error as FactoryError;
      const lines = hint.split("\n").slice(1);
      expect(lines).toHaveLength(5);
      expect(parse(lines.join("\n"))).toHaveLength(1);
    }
  });
});

describe("hostile YAML is refused in time and memory proportional to the text", () => {
  const laughs = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 12; i += 1) {
    const [letter, before] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)];
    laughs.push(`${letter}: &${letter} [${Array(10).fill(`*${before}`).join(", ")}]`);
  }

  test.each([
    ["a billion laughs", laughs.join("\n"), /expected aliases for at most 100000 values, got more/],
    ["an alias inside itself", "- &a [*a]", /expected an alias of something else, got \*a inside itself/],
    ["lists nested deep", "[".repeat(100_000), /nested too deep/],
    ["mappings nested deep", "{a: ".repeat(100_000), /nested too deep/],
    [
      "keys without number",
      `${Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join("\n")}`,
      /got "k998"\n…$/,
    ],
    ["one key without end", "k: 1\n".repeat(50_000), /expected each key once/],
    ["brackets that close nothing", "]".repeat(100_000), /expected YAML/],
    [
      "a key that is a prototype",
      "- {name: a, source: {folder: a}, __proto__: {network: none}}",
      /got "__proto__"/,
    ],
  ])("%s", (_what, text, expected) => {
    expect(problems(text).join("\n")).toMatch(expected);
  });
});
