import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "../../src/registry/digest.ts";
import { makeRepository, type Repository } from "../source/repository.ts";
import { filesOf } from "./published-files.ts";
import { makeWorld, type World } from "./world.ts";

const patch = (greeting: string) => `--- a/greeting
+++ b/greeting
@@ -1,3 +1,3 @@
 first
-hello
+${greeting}
 last
`;

let world: World;
/** The world's own folder: images.yaml, version file, patches and state lie in it, as in the older layout. */
let state: Repository;
let app: Repository;
beforeAll(async () => {
  world = await makeWorld();
  world.env["IMAGE_FACTORY_STATE_DIR"] = world.dir;
  app = makeRepository(join(world.dir, "app"));
  app.commit({ Dockerfile: "FROM scratch\nCOPY greeting /\n", greeting: "first\nhello\nlast\n" });
  await world.write(
    "images.yaml",
    `defaults: {platforms: [linux/amd64], scan: {os: none}}
images:
- name: app
  source: {git: ./app}
  tags: ["{version}-slim", latest]
  local: {versionFile: api/VERSION, patchFiles: [api/greeting.patch]}
- name: child
  source: {folder: child}
- name: tools
  local: {dockerfile: tools/Dockerfile, versionFile: tools/VERSION}
`,
  );
  await world.write("api/VERSION", "1.2.3\n");
  await world.write("api/greeting.patch", patch("goodbye"));
  await world.write("child/Dockerfile", "FROM factory.localhost/app:1.2.3\n");
  await world.write("tools/VERSION", "v2.0.0-rc.1\n");
  await world.write("tools/Dockerfile", "FROM scratch\nCOPY . /tools\n");
  await world.write("tools/tool", "one\n");
  await world.write(".gitignore", "/app\n/.factory\n/bin\n");
  state = makeRepository(world.dir);
  state.commit({ notes: "as committed\n" });
});
afterAll(() => world.end());

const version = () => readFile(join(world.dir, "api/VERSION"), "utf8");
const bumps = () => state.git("log", "--format=%s", "--", "api/VERSION").split("\n").slice(0, -1).reverse();

async function standing(image: string, tag: string): Promise<Digest | undefined> {
  const repository = { registry: "factory.localhost", path: image };
  return (await (await world.client()).headManifest(repository, tag))?.digest;
}

describe("an image with a version file and a patched source", () => {
  it("is published as that version with the patch in it, and the next one is committed alone", async () => {
    await world.write("notes", "staged\n");
    state.git("add", "notes");
    await world.write("notes", "and changed again\n");
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    const digest = await standing("app", "1.2.3");
    expect(digest).toBeDefined();
    expect([await standing("app", "1.2.3-slim"), await standing("app", "latest")]).toEqual([digest, digest]);
    expect((await filesOf(world, "app", ["greeting"])).get("greeting")).toBe("first\ngoodbye\nlast\n");
    expect(await version()).toBe("1.2.4\n");
    expect(bumps()).toEqual(["app: next version 1.2.4"]);
    expect(state.git("show", "--format=%an %ae", "--name-only", "HEAD").split("\n")).toEqual([
      expect.any(String),
      "",
      "api/VERSION",
    ]);
    expect(state.git("show", ":notes")).toBe("staged");
  });

  it("is left alone while nothing changes, and so is its version", async () => {
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain("app: nothing to do");
    expect(await world.run("build", "IMAGE=app", "FORCE=1")).toMatchObject({ status: 0 });
    expect(await standing("app", "1.2.4")).toBeUndefined();
    expect(await version()).toBe("1.2.4\n");
    expect(bumps()).toHaveLength(1);
  });

  it("is rebuilt for a changed patch, under the next version; the one before keeps its digest", async () => {
    const before = await standing("app", "1.2.3");
    await world.write("api/greeting.patch", patch("farewell"));
    const plan = await world.run("plan", "IMAGE=app");
    expect(plan.stdout).toMatch(/^app +build +source [0-9a-f]{12}→[0-9a-f]{12}$/m);
    // A version means what was published under it, not what its image becomes.
    expect((await world.run("plan", "IMAGE=child")).stdout).toMatch(
      /^child +build +never built\n1 to build\n$/,
    );
    expect(await world.run("build", "IMAGE=app", "BUMP=minor")).toMatchObject({ status: 0 });
    expect(await standing("app", "1.2.4")).toBe(await standing("app", "latest"));
    expect(await standing("app", "1.2.4")).not.toBe(before);
    expect(await standing("app", "1.2.3")).toBe(before);
    expect(await version()).toBe("1.3.0\n");
    expect(bumps()).toHaveLength(2);
  });

  it("says which hunk of a patch does not fit, and builds nothing", async () => {
    await world.write("api/greeting.patch", patch("goodbye").replace("-hello", "-hallo"));
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(65);
    expect(stderr).toMatch(
      /app: the patch \/.*\/api\/greeting\.patch does not apply to \/.*\/app at [0-9a-f]{12}/,
    );
    expect(stderr).toContain("  greeting: its hunk @@ -1 does not fit\n");
    await world.write("api/greeting.patch", patch("farewell"));
  });

  it("gets the increment of a run that was killed before it committed, once", async () => {
    await world.write(
      "bin/git",
      '#!/bin/sh\ncase " $* " in *" commit "*) kill -9 $PPID; exit 1;; esac\nPATH=${PATH#*:} exec git "$@"\n',
    );
    await chmod(join(world.dir, "bin/git"), 0o755);
    await world.write("api/greeting.patch", patch("adieu"));
    world.env["PATH"] = `${join(world.dir, "bin")}:${process.env["PATH"]}`;
    expect((await world.run("build", "IMAGE=app")).status).toBeNull();
    delete world.env["PATH"];
    expect(await standing("app", "1.3.0")).toBe(await standing("app", "latest"));
    expect(bumps()).toHaveLength(2);
    for (let run = 0; run < 2; run += 1) {
      const { status, stderr } = await world.run("build", "IMAGE=app");
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(stderr).toContain("app: nothing to do");
      expect(await version()).toBe("1.3.1\n");
      expect(bumps()).toHaveLength(3);
    }
  });

  it("gets it too when the file was not written yet, and then publishes under the version after", async () => {
    await world.write("api/VERSION", "1.3.0\n");
    await world.write("api/greeting.patch", patch("ciao"));
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    expect(await standing("app", "1.3.1")).toBe(await standing("app", "latest"));
    expect(await standing("app", "1.3.0")).not.toBe(await standing("app", "latest"));
    expect(await version()).toBe("1.3.2\n");
    expect(bumps()).toHaveLength(4);
  });

  it("is counted up once by two runs at once", async () => {
    await world.write("api/greeting.patch", patch("salve"));
    const runs = await Promise.all([world.run("build", "IMAGE=app"), world.run("build", "IMAGE=app")]);
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect(await standing("app", "1.3.2")).toBe(await standing("app", "latest"));
    expect(await version()).toBe("1.3.3\n");
    expect(bumps()).toHaveLength(5);
  });

  it("is refused before anything is built when its version is published with other bytes", async () => {
    await world.write("api/VERSION", "1.2.3\n");
    await world.write("api/greeting.patch", patch("tschüss"));
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(77);
    expect(stderr).toMatch(
      /app: factory\.localhost\/app:1\.2\.3-slim names sha256:\w+, and a version is not moved/,
    );
    expect(stderr).not.toContain("build …");
    expect(await version()).toBe("1.2.3\n");
  });
});

describe("an image whose Dockerfile lies beside images.yaml", () => {
  it("is built from there without its version file; a pre-release is not counted up", async () => {
    const head = state.git("rev-parse", "HEAD");
    expect(await world.run("build", "IMAGE=tools")).toMatchObject({ status: 0 });
    const files = await filesOf(world, "tools", ["tools/Dockerfile", "tools/VERSION", "tools/tool"]);
    expect([...files.keys()].sort()).toEqual(["tools/Dockerfile", "tools/tool"]);
    expect(await standing("tools", "v2.0.0-rc.1")).toBeDefined();
    expect(await readFile(join(world.dir, "tools/VERSION"), "utf8")).toBe("v2.0.0-rc.1\n");
    expect(state.git("rev-parse", "HEAD")).toBe(head);
    expect((await world.run("build", "IMAGE=tools")).stderr).toContain("tools: nothing to do");
  });

  it("takes a version that its owner writes, counts it up and keeps the v", async () => {
    await world.write("tools/VERSION", "v2.0.0");
    await world.write("tools/tool", "two\n");
    expect(await world.run("build", "IMAGE=tools")).toMatchObject({ status: 0 });
    expect(await standing("tools", "v2.0.0")).toBe(await standing("tools", "latest"));
    expect(await readFile(join(world.dir, "tools/VERSION"), "utf8")).toBe("v2.0.1");
  });
});

it("BUMP= is refused for images that have no version file", async () => {
  await world.write("other.yaml", "- name: plain\n  source: {folder: tools}\n");
  const imagesFile = world.env["FACTORY_IMAGES_FILE"] ?? "";
  world.env["FACTORY_IMAGES_FILE"] = join(world.dir, "other.yaml");
  const { status, stderr } = await world.run("build", "IMAGE=plain", "BUMP=major");
  world.env["FACTORY_IMAGES_FILE"] = imagesFile;
  expect(status).toBe(64);
  expect(stderr).toContain("BUMP: none of the named images has a version file");
});
