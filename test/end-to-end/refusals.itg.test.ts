import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "../../src/registry/digest.ts";
import { parseImageManifest, parseIndex } from "../../src/registry/manifest.ts";
import { addBusybox, addDebianRoot, makeWorld, type World } from "./world.ts";

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

/** What builds of the image have left in their storage besides layers. */
async function leftovers(): Promise<readonly string[]> {
  const platforms = join(world.workDir, "storage/app");
  const found = await Promise.all(
    (await readdir(platforms)).map(async (platform) => {
      const dir = join(platforms, platform);
      const containers = await readFile(join(dir, "graph/overlay-containers/containers.json"), "utf8").catch(
        () => "[]",
      );
      const folders = (await readdir(dir)).filter((name) => name === "tmp");
      return [...folders, ...(JSON.parse(containers) as { readonly id: string }[]).map(({ id }) => id)];
    }),
  );
  const mounts = (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .filter((line) => line.includes(world.dir));
  const contexts = await readdir(join(world.workDir, "cache/contexts"));
  return [...found.flat(), ...mounts, ...contexts];
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

  it("exits 65 when a step fails, names it and the log, and stops the other platform", async () => {
    const before = await digestOfTag();
    await addBusybox(world, "app");
    await world.write(
      "app/Dockerfile",
      'FROM --platform=$BUILDPLATFORM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "sh", "-c", "exit 7"]\n',
    );
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(stderr).toMatch(/exit status 7/);
    expect(stderr).toMatch(/\.factory\/logs\/app\/linux-(amd|arm)64\.log/);
    expect(status).toBe(65);
    expect(await digestOfTag()).toBe(before);
    expect(await leftovers()).toEqual([]);
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

  it("exits 75 and keeps what is there when the registry cannot be reached", async () => {
    world.env["FACTORY_REGISTRY"] = "127.0.0.1:9";
    const { status, stderr } = await world.run("build", "IMAGE=app");
    delete world.env["FACTORY_REGISTRY"];
    expect(status).toBe(65);
    expect(stderr).toContain("localhost/mine");
  });
});

describe("a RUN step", () => {
  it("has its own processes, none of the factory's variables, and cannot reach the registry of this machine", async () => {
    await addBusybox(world, "app");
    await addDebianRoot(world, "app", ["sed 4.9-2"]);
    const registry = (await world.client()).addressOf(app).host;
    const probe = [
      "/bin/busybox env > /seen-env",
      "/bin/busybox ps > /seen-ps",
      `/bin/busybox wget -q -T 2 -O /dev/null http://${registry}/v2/ && echo reached > /seen-net || echo refused > /seen-net`,
      "(/bin/busybox sleep 300 &)",
      "/bin/busybox kill -9 -1 2>/dev/null || true",
    ].join("; ");
    await world.write(
      "app/Dockerfile",
      `FROM scratch\nCOPY root /\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "sh", "-c", ${JSON.stringify(probe)}]\n`,
    );
    await world.write("images.yaml", "- name: app\n  source: {folder: app}\n  platforms: [linux/amd64]\n");
    world.env["CANARY_SECRET"] = "canary-5d41402a";
    world.env["FACTORY_JOBS"] = "2";
    const { status, stderr } = await world.run("build", "IMAGE=app", "ALLOW=platform-loss", "WHY=only one");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const files = await filesOfNewestLayer();
    expect(files.get("seen-net")).toBe("refused\n");
    expect(files.get("seen-env")).not.toMatch(/canary|FACTORY_|AUTH|TMPDIR/);
    expect(files.get("seen-ps")).not.toMatch(/buildah|node/);
  });

  it("gets a build secret by its mount alone: it is in no layer, config, log or state", async () => {
    const read = "/bin/busybox sha256sum /run/secrets/token > /sum";
    await world.write(
      "app/Dockerfile",
      `FROM scratch\nCOPY root /\nCOPY busybox /bin/busybox\nRUN --mount=type=secret,id=token ["/bin/busybox", "sh", "-c", ${JSON.stringify(read)}]\n`,
    );
    await world.write(
      "images.yaml",
      "- name: app\n  source: {folder: app}\n  platforms: [linux/amd64]\n  secrets: [{id: token, env: CANARY_SECRET}]\n",
    );
    const { status, stdout, stderr } = await world.run("build", "IMAGE=app");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect((await filesOfNewestLayer()).get("sum")).toMatch(/^[0-9a-f]{64} {2}\/run\/secrets\/token/);
    expect(stdout + stderr).not.toContain("canary-5d41402a");
    expect(await filesWith("canary-5d41402a", world.workDir)).toEqual([]);
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
      const files = await filesOfNewestLayer(platform);
      expect([files.get("first"), files.get("second"), files.get("own")]).toEqual([
        "amd64\n",
        "arm64\n",
        `${platform}\n`,
      ]);
    }
  });
});

/** Small text files in all layers of the published image, by their path. */
async function filesOfNewestLayer(architecture = "amd64"): Promise<ReadonlyMap<string, string>> {
  const { execFileSync } = await import("node:child_process");
  const client = await world.client();
  const index = await client.getManifest(app, "latest");
  const child =
    index === undefined
      ? undefined
      : parseIndex(index, "app").manifests.find(({ platform }) => platform?.architecture === architecture);
  const document = child === undefined ? undefined : await client.getManifest(app, child.digest);
  if (document === undefined) throw new Error("not published");
  const files = new Map<string, string>();
  for (const { digest } of parseImageManifest(document, "app").layers) {
    const bytes = await client.getBlob(app, digest, { maxBytes: 1 << 26 });
    if (bytes === undefined) throw new Error("a layer is missing");
    const names = execFileSync("tar", ["-tzf", "-"], { input: bytes, encoding: "utf8" }).split("\n");
    for (const name of names.filter((path) => /^(seen-\w+|sum|first|second|own)$/.test(path))) {
      files.set(name, execFileSync("tar", ["-xzOf", "-", name], { input: bytes, encoding: "utf8" }));
    }
  }
  return files;
}

/** Every file below the folder that has the text in it, blobs of the registry unpacked. */
async function filesWith(text: string, dir: string): Promise<readonly string[]> {
  const { execFileSync } = await import("node:child_process");
  const script = 'find "$1" -type f -print0 | xargs -0 zgrep -l -a -F -e "$2" 2>/dev/null || true';
  return execFileSync("sh", ["-c", script, "sh", dir, text], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line !== "");
}
