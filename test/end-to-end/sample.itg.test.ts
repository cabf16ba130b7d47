import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Platform } from "../../src/platform.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { run } from "../../src/run.ts";
import { ensureEmulation } from "../../src/setup/emulation.ts";
import { ownRoot } from "../../src/setup/needs.ts";
import { makeWorld, type World } from "./world.ts";

interface Manifest {
  readonly manifests: readonly {
    readonly digest: string;
    readonly platform: { readonly architecture: string };
  }[];
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

let world: World;
let reference = "";
beforeAll(async () => {
  world = await makeWorld();
  world.env["FACTORY_IMAGES_FILE"] = join(ownRoot, "images.yaml");
  // Nothing there: what the first run finds on a network that lets nothing out.
  world.env["FACTORY_TRIVY_DATABASE"] = (world.env["FACTORY_TRIVY_DATABASE"] ?? "").replace(
    "/trivy-db:2",
    "/none:2",
  );
  const { status, stdout, stderr } = await world.run("build", "IMAGE=hello");
  expect({ status, stderr }).toMatchObject({ status: 0 });
  reference = stdout.trim().split("\n").at(-1) ?? "";
});
afterAll(() => world.end());

/** What the registry answers to nothing but HTTP and the password of `.factory/auth.json`. */
async function get(path: string): Promise<Uint8Array> {
  const [host = ""] = reference.split("/");
  const { auths } = JSON.parse(await readFile(join(world.workDir, "auth.json"), "utf8")) as {
    readonly auths: Readonly<Record<string, { readonly auth: string }>>;
  };
  const response = await fetch(`http://${host}/v2/${path}`, {
    headers: {
      authorization: `Basic ${auths[host]?.auth}`,
      accept: "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json",
    },
  });
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

async function manifestOf(digest: string): Promise<Manifest> {
  return JSON.parse(new TextDecoder().decode(await get(`hello/manifests/${digest}`))) as Manifest;
}

describe("the sample", () => {
  it("is published as an index of two platforms, each blob there with its digest", async () => {
    const [, digest = ""] = reference.split("@");
    const { manifests } = await manifestOf(digest);
    expect(manifests.map(({ platform }) => platform.architecture)).toEqual(["amd64", "arm64"]);
    for (const child of manifests) {
      const { config, layers } = await manifestOf(child.digest);
      for (const blob of [config, ...layers])
        expect(digestOf(await get(`hello/blobs/${blob.digest}`))).toBe(blob.digest);
    }
  });

  it.each(["linux/amd64", "linux/arm64"] as const)("runs on %s", async (platform: Platform) => {
    await ensureEmulation(platform, { run, log: () => undefined, env: process.env, workDir: world.workDir });
    const { manifests } = await manifestOf(reference.split("@")[1] ?? "");
    const child = manifests.find(({ platform: { architecture } }) => platform.endsWith(architecture));
    const { layers } = await manifestOf(child?.digest ?? "");
    const root = await mkdtemp(join(world.dir, "root-"));
    for (const { digest } of layers)
      execFileSync("tar", ["-xzf", "-", "-C", root], { input: await get(`hello/blobs/${digest}`) });
    const { stdout } = await run({
      tool: "unshare",
      args: ["--map-root-user", `--root=${root}`, "/usr/local/bin/hello"],
    });
    expect(stdout).toMatch(new RegExp(`^hello [0-9.]+ on ${platform}, Debian GNU/Linux`));
    await rm(root, { recursive: true, force: true });
  });

  it("says in its output and its state that the sample database judged it", async () => {
    const state = await readFile(join(world.workDir, "state/images/hello.yaml"), "utf8");
    expect(state).toContain("database: sample");
    const { stdout } = await world.run("status", "IMAGE=hello");
    expect(stdout).toContain("database: sample");
  });

  it("leaves the clone as clean as it was", async () => {
    const before = execFileSync("git", ["status", "--porcelain"], { cwd: ownRoot, encoding: "utf8" });
    expect(await world.run("build", "IMAGE=hello")).toMatchObject({ status: 0 });
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: ownRoot, encoding: "utf8" })).toBe(before);
  });
});
