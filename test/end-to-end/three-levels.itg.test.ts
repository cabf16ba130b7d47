import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { NonEmpty } from "../../src/non-empty.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { imageConfigBytes } from "../../src/registry/image-config.ts";
import { type IndexChild, imageManifestBytes, indexBytes } from "../../src/registry/manifest.ts";
import { ociConfigType, ociIndexType, ociManifestType } from "../../src/registry/media-types.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { makeRepository } from "../source/repository.ts";
import { published } from "./published-files.ts";
import { shiftClock } from "./shifted-clock.ts";
import { makeWorld, type World } from "./world.ts";

/**
 * `root` of Debian packages ← `runtime` ← `api` and `web`. A RUN of `api` installs a package of its own; `web` comes
 * from git, and a workflow builds its pushes.
 */
let world: World;
const hourMs = 3_600_000;
const names = ["root", "runtime", "api", "web"] as const;
type Name = (typeof names)[number];

const installed = (version: string) =>
  `Package: archived\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\nMaintainer: nobody\nDescription: x\n`;

const enrol = ({ packages = "base-files, busybox, dash", root = "", apps = "" } = {}) =>
  world.write(
    "images.yaml",
    `defaults: {platforms: [linux/amd64]}
images:
- name: root
  source: {debian: {suite: trixie, packages: [${packages}]}}${root}
- name: runtime
  source: {folder: runtime}
- name: api
  source: {folder: api}
  secrets: [{id: archive, file: archive}]${apps}
- name: web
  source: {git: {url: ./web.git, workflow: ci.yml}}${apps}
`,
  );

beforeAll(async () => {
  world = await makeWorld("own-package-unfixed.tar.gz");
  await enrol();
  await world.write("archive", installed("1.0-1"), 0o600);
  await world.write("runtime/Dockerfile", "FROM factory.localhost/root\nRUN busybox touch /runtime\n");
  const install =
    "busybox mkdir -p /var/lib/dpkg/status.d && busybox cp /run/secrets/archive /var/lib/dpkg/status.d/archived";
  await world.write(
    "api/Dockerfile",
    `FROM factory.localhost/runtime\nRUN --mount=type=secret,id=archive ${install}\n`,
  );
  makeRepository(join(world.dir, "web.git")).commit({
    Dockerfile: "FROM factory.localhost/runtime\nCOPY page /page\n",
    page: "1\n",
  });
  expect(await rebuild()).toMatchObject({ status: 0, verdicts: all("built") });
});
afterAll(() => world?.end());
beforeEach(() => {
  delete world.env["NODE_OPTIONS"];
});

const all = (word: string) => Object.fromEntries(names.map((name) => [name, word]));

async function rebuild(...words: readonly string[]) {
  const { status, stdout, stderr } = await world.run("rebuild", "--json", ...words);
  const { images } = JSON.parse(stdout) as {
    images: readonly { image: string; verdict: string; why: string }[];
  };
  return {
    status,
    verdicts: Object.fromEntries(images.map(({ image, verdict }) => [image, verdict])),
    why: (name: Name) => images.find(({ image }) => image === name)?.why ?? "",
    /** Images in the order in which they were published. */
    published: [...stderr.matchAll(/^(\w+): publish done/gm)].map(([, name]) => name),
  };
}

const plan = async () => (await world.run("plan")).stdout;
const repositoryOf = (name: Name) => ({ registry: "factory.localhost", path: name });

async function holds(name: Name): Promise<Digest | undefined> {
  return (await (await world.client()).headManifest(repositoryOf(name), "latest"))?.digest;
}

async function stateOf(name: Name): Promise<ImageState> {
  return parse(await readFile(join(world.workDir, "state/images", `${name}.yaml`), "utf8")).factory;
}

/** Puts an image with another label, and all else as it was, under the tag that people pull, as another CI would. */
async function somebodyPushes(name: Name): Promise<Digest> {
  const client = await world.client();
  const repository = repositoryOf(name);
  const { manifest, config } = await published(world, name);
  const bytes = imageConfigBytes({ ...config, config: { ...config.config, Labels: { pushed: "by hand" } } });
  const digest = await client.putBlob(repository, bytes);
  const own = imageManifestBytes({
    config: { mediaType: ociConfigType, digest, size: bytes.length },
    layers: manifest.layers as NonEmpty<(typeof manifest.layers)[number]>,
  });
  const child: IndexChild = {
    platform: "linux/amd64",
    mediaType: ociManifestType,
    digest: await client.putManifest(repository, "by-hand", ociManifestType, own),
    size: own.length,
  };
  return client.putManifest(repository, "latest", ociIndexType, indexBytes([child]));
}

describe("three levels, when packages of the root change", () => {
  const packages = "base-files, busybox, dash, netbase";
  it("are planned with what waits for what, and rebuilt in order, each for its reason", async () => {
    await enrol({ packages });
    expect(await plan()).toMatch(
      /^root +build +packages netbase none→\S+\nruntime +wait +waits for root: rebuilt only if the bytes of root change\napi +wait +waits for runtime: .*\nweb +wait +waits for runtime: .*\n1 to build, 3 only if their bases change\n$/,
    );
    const report = await rebuild();
    expect(report).toMatchObject({ status: 0, verdicts: all("built") });
    expect(report.published.slice(0, 2)).toEqual(["root", "runtime"]);
    expect(report.published.slice(2).toSorted()).toEqual(["api", "web"]);
    expect(report.why("root")).toMatch(/^\w{12}→\w{12}: packages /);
    expect(report.why("runtime")).toMatch(/: base factory\.localhost\/root:latest sha256:\w+→sha256:\w+/);
    for (const app of ["api", "web"] as const)
      expect(report.why(app)).toMatch(/: base factory\.localhost\/runtime:latest sha256:\w+→sha256:\w+/);
    expect((await rebuild()).verdicts).toEqual(all("unchanged"));
  });

  it("leave the apps for their rebuildDelay, which take it later in one go", async () => {
    const apps = "\n  rebuildDelay: 1d";
    await enrol({ apps });
    const before = await Promise.all([holds("api"), holds("web")]);
    const report = await rebuild();
    expect(report).toMatchObject({
      status: 0,
      verdicts: { root: "built", runtime: "built", api: "waiting", web: "waiting" },
    });
    expect(report.why("api")).toMatch(/^waits until .* UTC for base factory\.localhost\/runtime:latest /);
    expect(await Promise.all([holds("api"), holds("web")])).toEqual(before);
    expect(await plan()).toMatch(
      /^api +keep .*; waits until .*\nweb +keep .*; waits until .*\n2 wait, the first until .* UTC, 2 unchanged\n$/m,
    );
    await shiftClock(world, 25 * hourMs);
    expect(await rebuild()).toMatchObject({
      status: 0,
      verdicts: { ...all("unchanged"), api: "built", web: "built" },
    });
    expect(await plan()).toMatch(/^4 unchanged$/m);
  });
});

describe("three levels, when the bytes of the root come out the same", () => {
  it("build nothing for a package that is listed and was there as a dependency", async () => {
    await enrol({ packages: "base-files, busybox, dash, libc6" });
    expect(await rebuild()).toMatchObject({ status: 0, verdicts: all("unchanged") });
  });

  it("end after the one build that its schedule asks for, as plan says beforehand", async () => {
    const slot = new Date(Date.now() + hourMs / 2);
    const cron = `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`;
    await enrol({ root: `\n  schedule: {cron: ${cron}}` });
    const before = await Promise.all(names.map(holds));
    await shiftClock(world, hourMs);
    expect(await plan()).toMatch(
      /^root +build +scheduled .*\nruntime +wait .*rebuilt only if the bytes of root change\n[\s\S]*1 to build, 3 only if their bases change\n$/,
    );
    const report = await rebuild();
    expect(report).toMatchObject({
      status: 0,
      verdicts: { ...all("unchanged"), root: "built" },
    });
    expect(report.why("root")).toMatch(/^the same \w{12}: scheduled /);
    expect(await Promise.all(names.map(holds))).toEqual(before);
  });
});

describe("three levels, when a flaw becomes fixable", () => {
  it("rebuild exactly the image that has the package, after the scan that sees it", async () => {
    await enrol();
    await world.useDatabase("own-package.tar.gz");
    await world.write("archive", installed("2.0-1"), 0o600);
    expect(await world.run("scan")).toMatchObject({ status: 77 });
    expect(await plan()).toMatch(
      /^api +build +fixes CVE-2099-4001 in archived 1\.0-1→2\.0-1\n[\s\S]*^1 to build, 3 unchanged\n$/m,
    );
    const report = await rebuild();
    expect(report).toMatchObject({ status: 0, verdicts: { ...all("unchanged"), api: "built" } });
    expect(report.why("api")).toMatch(/^\w{12}→\w{12}: fixes CVE-2099-4001 in archived 1\.0-1→2\.0-1$/);
    expect((await rebuild()).verdicts).toEqual(all("unchanged"));
  });
});

describe("three levels, when somebody else pushes a tag", () => {
  it("undo nothing: what a workflow pushed is adopted, any other tag is left where it is", async () => {
    const pushed = [await somebodyPushes("api"), await somebodyPushes("web")];
    const shown = await plan();
    expect(shown).toMatch(/^api +refuse /m);
    expect(shown).toMatch(/^web +keep +adopted /m);
    const report = await rebuild();
    expect(report).toMatchObject({
      status: 77,
      verdicts: { root: "unchanged", runtime: "unchanged", api: "failed", web: "unchanged" },
    });
    expect(report.why("api")).toMatch(/^exit 77: api: .*latest/);
    expect(await Promise.all([holds("api"), holds("web")])).toEqual(pushed);
    expect((await stateOf("web")).digest).toBe(pushed[1]);
    expect((await world.run("status")).stdout).toMatch(/^web +adopted .*not scanned here/m);
  });

  it("go on below it: the root's change reaches what is ours, and not the tag that is not", async () => {
    const before = await Promise.all([holds("api"), holds("web")]);
    await enrol({ packages: "base-files, busybox, dash, netbase" });
    const report = await rebuild();
    expect(report).toMatchObject({
      status: 77,
      verdicts: { root: "built", runtime: "built", api: "failed", web: "built" },
    });
    expect(await holds("api")).toBe(before[0]);
    expect((await stateOf("web")).publications[0]?.previous).toBe(before[1]);
  });
});
