import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "../../src/registry/digest.ts";
import { filesOf } from "./published-files.ts";
import { addDebianRoot, makeWorld, type World } from "./world.ts";

const app = { registry: "factory.localhost", path: "app" };
const vulnerable = "dash 0.5.12-2";

let world: World;
beforeAll(async () => {
  world = await makeWorld("unfixed.tar.gz");
  await world.write("images.yaml", "- name: app\n  source: {folder: app}\n");
  await addDebianRoot(world, "app", ["sed 4.9-2"]);
  await world.write("app/Dockerfile", "FROM scratch\nCOPY root /\n");
  expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
});
afterAll(() => world.end());

async function digestOfTag(): Promise<Digest | undefined> {
  return (await (await world.client()).headManifest(app, "latest"))?.digest;
}

describe("a build that must not publish", () => {
  it("exits 77 and leaves the tag when one platform alone has a blocking finding, naming the fixed version", async () => {
    const before = await digestOfTag();
    await world.useDatabase("fixable.tar.gz");
    await addDebianRoot(world, "app/amd64", ["sed 4.9-2"]);
    await addDebianRoot(world, "app/arm64", ["sed 4.9-2", vulnerable]);
    await world.write("app/Dockerfile", "FROM scratch\nARG TARGETARCH\nCOPY ${TARGETARCH}/root /\n");
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(77);
    expect(stderr).toContain("linux/arm64: HIGH CVE-2099-1001: dash 0.5.12-2, fixed in 99.0-1");
    expect(stderr).not.toContain("linux/amd64: HIGH");
    expect(await digestOfTag()).toBe(before);
  });

  it("publishes the same when images.yaml accepts the finding for a time, with reason and owner", async () => {
    const exception = "{id: CVE-2099-1001, reason: not reachable, owner: team, expires: 2099-12-31}";
    await world.write(
      "images.yaml",
      `- name: app\n  source: {folder: app}\n  scan: {exceptions: [${exception}]}\n`,
    );
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    await world.write("images.yaml", "- name: app\n  source: {folder: app}\n");
  });

  it("exits 75 and publishes nothing when there is no advisory database", async () => {
    const before = await digestOfTag();
    await world.run("clean");
    const mirror = world.env["FACTORY_TRIVY_DATABASE"] ?? "";
    world.env["FACTORY_TRIVY_DATABASE"] = mirror.replace("/trivy-db:2", "/nothing-here:2");
    await world.write("app/Dockerfile", "FROM scratch\nCOPY amd64/root /\nLABEL no=database\n");
    const { status, stderr } = await world.run("build", "IMAGE=app");
    world.env["FACTORY_TRIVY_DATABASE"] = mirror;
    expect(status).toBe(75);
    expect(stderr).toContain("no advisory database");
    expect(await digestOfTag()).toBe(before);
  });

  it("exits 77 for an image that no scanner can read, and names the remedy", async () => {
    await world.write("app/Dockerfile", "FROM scratch\nCOPY amd64/root/etc /data\n");
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(77);
    expect(stderr).toContain("os: none");
  });

  it("exits 65 before building for what the installed buildah does not build, with its line and a remedy", async () => {
    await world.write("app/Dockerfile", "FROM scratch\nCOPY --parents root /\n");
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(65);
    expect(stderr).toMatch(/Dockerfile:2: .*--parents/);
    expect(stderr).not.toContain("STEP");
  });

  it("exits 65 for a base in localhost/, which is in no registry", async () => {
    await world.write("app/Dockerfile", "FROM localhost/mine\n");
    expect(await world.run("build", "IMAGE=app")).toMatchObject({
      status: 65,
      stderr: expect.stringContaining("localhost/mine"),
    });
  });

  it("exits 75 when the registry cannot be reached, and names it", async () => {
    await world.write("app/Dockerfile", "FROM scratch\nCOPY amd64/root /\nLABEL un=reached\n");
    world.env["FACTORY_REGISTRY"] = "127.0.0.1:9";
    const { status, stderr } = await world.run("build", "IMAGE=app");
    delete world.env["FACTORY_REGISTRY"];
    expect(status).toBe(75);
    expect(stderr).toContain("127.0.0.1:9");
  });
});

describe("two stages on different platforms from one base", () => {
  it("each have the files of their own architecture", async () => {
    await world.write(
      "images.yaml",
      "- name: base\n  source: {folder: base}\n  scan: {os: none}\n- name: app\n  source: {folder: app}\n  scan: {os: none}\n",
    );
    await world.write("base/amd64/which", "amd64\n");
    await world.write("base/arm64/which", "arm64\n");
    await world.write("base/Dockerfile", "FROM scratch\nARG TARGETARCH\nCOPY ${TARGETARCH}/which /which\n");
    await world.write(
      "app/Dockerfile",
      [
        "FROM --platform=linux/amd64 factory.localhost/base AS first",
        "FROM --platform=linux/arm64 factory.localhost/base AS second",
        "FROM scratch",
        "COPY --from=first /which /first",
        "COPY --from=second /which /second",
        "COPY --from=factory.localhost/base /which /own",
        "",
      ].join("\n"),
    );
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    for (const platform of ["amd64", "arm64"]) {
      const files = await filesOf(world, "app", ["first", "second", "own"], platform);
      expect([files.get("first"), files.get("second"), files.get("own")]).toEqual([
        "amd64\n",
        "arm64\n",
        `${platform}\n`,
      ]);
    }
  });
});

describe("one image's failure", () => {
  it("stops what is built from it and nothing else, in a build and in a plan", async () => {
    await world.write(
      "images.yaml",
      ["base", "app", "other"]
        .map((name) => `- name: ${name}\n  source: {folder: ${name}}\n  scan: {os: none}\n`)
        .join(""),
    );
    await world.write("base/Dockerfile", "FROM no-such-host.invalid/image\n");
    await world.write("app/Dockerfile", "FROM factory.localhost/base\nCOPY Dockerfile /d\n");
    await world.write("other/Dockerfile", "FROM scratch\nCOPY Dockerfile /d\n");
    const plan = await world.run("plan", "IMAGE=app,other");
    expect(plan).toMatchObject({ status: 75, stdout: expect.stringMatching(/^other +build +never built$/m) });
    const { status, stdout, stderr } = await world.run("build", "IMAGE=app,other");
    expect(status).toBe(75);
    expect(stderr).toContain("app: not built, because its base base was not published");
    expect(stderr).toContain("no-such-host.invalid");
    expect(stdout).toMatch(/^[^\n]*\/other@sha256:[0-9a-f]{64}\n$/);
  });
});
