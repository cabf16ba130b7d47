import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRegistryClient } from "../../src/registry/client.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { imageConfigBytes } from "../../src/registry/image-config.ts";
import { imageManifestBytes, indexBytes } from "../../src/registry/manifest.ts";
import { ociConfigType, ociIndexType, ociManifestType } from "../../src/registry/media-types.ts";
import { makeWorld, type World } from "../end-to-end/world.ts";
import { makeRepository, type Repository } from "../source/repository.ts";

let world: World;
let registry: string;
let repository: Repository;
beforeAll(async () => {
  world = await makeWorld();
  registry = world.env["FACTORY_TRIVY_DATABASE"]?.split("/")[0] ?? "";
  await pushBase("amd64-only", ["amd64"]);
  await pushBase("both", ["amd64", "arm64"]);
});
afterAll(() => world.end());

const images = `# ours
- name: node
  repository: node # watched
- name: root
  source: { folder: root }

# the end
`;

let count = 0;
beforeEach(async () => {
  await world.write("images.yaml", images);
  await world.write("root/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
  repository = makeRepository(join(world.dir, `repository-${count++}`, "shop"));
});

const imagesNow = () => readFile(join(world.dir, "images.yaml"), "utf8");

async function pushBase(path: string, architectures: readonly ("amd64" | "arm64")[]): Promise<void> {
  const client = createRegistryClient({
    embedded: registry,
    credentials: { lookup: async () => undefined },
    log: () => undefined,
  });
  const to = { registry, path };
  const push = async (architecture: "amd64" | "arm64") => {
    const config = imageConfigBytes({ os: "linux", architecture, config: {}, diffIds: [], history: [] });
    await client.putBlob(to, config);
    const bytes = imageManifestBytes({
      config: { mediaType: ociConfigType, digest: digestOf(config), size: config.length },
      layers: [],
    });
    const digest = await client.putManifest(to, digestOf(bytes), ociManifestType, bytes);
    return {
      platform: `linux/${architecture}` as const,
      mediaType: ociManifestType,
      digest,
      size: bytes.length,
    };
  };
  const [first, ...others] = await Promise.all(architectures.map(push));
  if (first === undefined) throw new Error("no platform");
  await client.putManifest(to, "1", ociIndexType, indexBytes([first, ...others]));
}

describe("npm run enrol", () => {
  it("writes an entry with the platforms that the bases have, which a plan then takes", async () => {
    repository.commit({
      Dockerfile: `FROM ${registry}/both:1 AS build\nFROM ${registry}/amd64-only:1\nCOPY --from=factory.localhost/root / /\nCOPY dist package.json /\n`,
      "package.json": "{}",
    });
    const { status, stdout, stderr } = await world.run("enrol", `REPO=${repository.dir}`);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const added = `
- name: shop
  source:
    git: ${repository.dir}
  platforms: [linux/amd64]
  tags: [latest]
`;
    const [before, end] = images.split("\n# the end");
    expect(await imagesNow()).toBe(`${before}${added.replace(/^\n/, "")}\n# the end${end}`);
    expect(stdout).toContain("+- name: shop\n");
    expect(stderr).toContain(`shop: Dockerfile:2: ${registry}/amd64-only:1\n`);
    expect(stderr).toContain("shop: Dockerfile:3: factory.localhost/root:latest, enrolled as root\n");
    expect(stderr).toContain("shop: warning: Dockerfile:4: dist is not in the repository\n");
    expect(stderr).toContain("has no image for linux/arm64: it has linux/amd64");
    const lines = /delete its lines (\d+) to (\d+)$/m.exec(stderr)?.slice(1).map(Number) ?? [];
    const undone = (await imagesNow()).split("\n");
    undone.splice((lines[0] ?? 0) - 1, (lines[1] ?? 0) - (lines[0] ?? 0) + 1);
    expect(undone.join("\n")).toBe(images);
    expect((await world.run("plan", "IMAGE=shop")).stdout).toMatch(/^shop +(?:build|wait)/m);

    const again = await world.run("enrol", `REPO=${repository.dir}`);
    expect(again).toMatchObject({
      status: 0,
      stdout: "",
      stderr: expect.stringMatching(/^shop: is enrolled already from Dockerfile \(images.yaml:6:3\)$/m),
    });
  });

  it("runs nothing of the repository, and takes the newest release", async () => {
    repository.commit({
      Dockerfile: "FROM scratch\nCOPY . /\n",
      "evil.sh": { program: `#!/bin/sh\ntouch ${world.dir}/ran\n` },
      ".gitattributes": "* filter=evil\n",
      ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ../nowhere\n',
    });
    repository.git("tag", "v1.0.0");
    repository.commit({ "later/Dockerfile": "FROM scratch\n" });
    const { status, stdout, stderr } = await world.run("enrol", `REPO=${repository.dir}`, "--json");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(JSON.parse(stdout)).toMatchObject({
      written: true,
      release: "v1.0.0",
      images: [{ entry: { name: "shop", tags: ["{version}", "latest"] }, dockerfile: "Dockerfile" }],
    });
    await expect(readFile(join(world.dir, "ran"))).rejects.toThrow("ENOENT");
  });

  it("writes nothing on a dry run, and prints what patch takes", async () => {
    repository.commit({ "api/Containerfile": "FROM scratch\nCOPY main.go /\n", "api/main.go": "" });
    const { status, stdout, stderr } = await world.run("enrol", `REPO=${repository.dir}`, "--dry-run");
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("is as it was; without --dry-run it gets api"),
    });
    expect(await imagesNow()).toBe(images);
    const { execFileSync } = await import("node:child_process");
    execFileSync("git", ["apply", "-p0", "-"], { cwd: world.dir, input: stdout });
    expect(await imagesNow()).toContain("- name: api\n");
  });

  it("makes images.yaml where there is none", async () => {
    repository.commit({ Dockerfile: "FROM scratch\nCOPY . /\n" });
    const env = { ...world.env };
    world.env["FACTORY_IMAGES_FILE"] = join(world.dir, "other.yaml");
    const { status, stderr } = await world.run("enrol", `REPO=${repository.dir}`, "NAME=mine", "BRANCH=main");
    Object.assign(world.env, env);
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("To undo, delete /"),
    });
    expect(await readFile(join(world.dir, "other.yaml"), "utf8")).toBe(
      `- name: mine\n  source:\n    git:\n      url: ${repository.dir}\n      ref: main\n  tags: [latest]\n`,
    );
  });

  it.each([
    [["REPO=nonsense"], 64, "REPO: expected the address"],
    [[], 64, "no repository is named"],
    [["--check", "REPO=github:a/b"], 64, "--check takes no REPO"],
    [["REPO=/nowhere/x.git"], 65, "/nowhere/x.git"],
    [["REPO=https://127.0.0.1:1/x.git"], 75, "https://127.0.0.1:1/x.git"],
  ])("%j ends with %i", async (words, wanted, text) => {
    const { status, stderr } = await world.run("enrol", ...words);
    expect({ status, stderr }).toMatchObject({ status: wanted, stderr: expect.stringContaining(text) });
    expect(await imagesNow()).toBe(images);
  });

  it("ends with 65 without Dockerfile or branch", async () => {
    repository.commit({ "readme.md": "" });
    expect(await world.run("enrol", `REPO=${repository.dir}`)).toMatchObject({ status: 65 });
    expect(await world.run("enrol", `REPO=${repository.dir}`, "BRANCH=nope")).toMatchObject({ status: 65 });
  });
});

describe("npm run enrol -- --check", () => {
  it("ends with 0 and says nothing where all is as it is enrolled", async () => {
    await world.write("images.yaml", "- name: root\n  source: { folder: root }\n");
    expect(await world.run("enrol", "--check")).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("names what is gone and what is there for nothing, and removes nothing", async () => {
    repository.commit({ Dockerfile: `FROM ${registry}/amd64-only:1\n` });
    const git = repository.dir;
    await world.write(
      "images.yaml",
      `${images}- name: no-branch
  source: { git: { url: ${git}, ref: gone } }
- name: no-dockerfile
  source: { git: ${git} }
  dockerfile: api/Dockerfile
- name: no-repository
  source: { git: /nowhere }
- name: no-folder
  source: { folder: nowhere }
- name: no-arm
  source: { git: ${git} }
`,
    );
    await world.write(".factory/state/images/old.yaml", "name: old\n");
    await world.write(".factory/state/images/root.yaml", "name: root\n");
    await world.write(".factory/state/images/some.example.yaml", "name: some\n");
    const { status, stdout, stderr } = await world.run("enrol", "--check", "--json");
    expect({ status, stderr }).toEqual({ status: 65, stderr: "" });
    const { findings } = JSON.parse(stdout);
    expect(findings.map(({ kind, image }: { kind: string; image: string }) => `${kind} ${image}`)).toEqual([
      "source no-branch",
      "dockerfile no-dockerfile",
      "source no-repository",
      "source no-folder",
      "base no-arm",
      "state old",
    ]);
    const text = await world.run("enrol", "--check");
    expect(text.stdout).toMatch(/^images.yaml:8:3: no-branch: .* has no branch or tag "gone"\n {2}→ /m);
    expect(text.stdout).toMatch(/old.yaml: old: has state and is enrolled no more/);
    expect(await readFile(join(world.workDir, "state/images/old.yaml"), "utf8")).toBe("name: old\n");

    await world.write("images.yaml", images);
    expect((await world.run("enrol", "--check")).stdout).toMatch(
      /^images.yaml:2:3: node: is watched, and no enrolled image is built from it/,
    );
    await rm(join(world.workDir, "state/images/old.yaml"));
    await world.write("root/Dockerfile", "FROM 127.0.0.1:1/x\n");
    const unreachable = await world.run("enrol", "--check");
    expect(unreachable).toMatchObject({ status: 75, stdout: "" });
  });
});
