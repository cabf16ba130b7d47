import { execFileSync } from "node:child_process";
import { cp, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addDebianRoot, makeWorld, type World } from "../end-to-end/world.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";
import { makeRepository, type Repository } from "../source/repository.ts";

/**
 * The older tool's folder in a world where github.com and gitlab.com are folders of repositories (git's own insteadOf),
 * and the registries that it names are one registry on loopback (registries.conf).
 */
let world: World;
let hub: RealRegistry;
let uv: Repository;
const state = () => join(world.dir, "factory");

beforeAll(async () => {
  world = await makeWorld();
  hub = await startRegistry();
  const home = join(world.dir, "home");
  const registries = ["docker.io", "ghcr.io", "mcr.microsoft.com"].map(
    (name) => `[[registry]]\nprefix = "${name}"\nlocation = "${hub.address}/${name}"\ninsecure = true\n`,
  );
  await world.write("home/.config/containers/registries.conf", registries.join("\n"));
  const rules = ["github", "gitlab"].map(
    (forge) => `[url "${join(world.dir, forge)}/"]\n\tinsteadOf = https://${forge}.com/\n`,
  );
  await world.write("home/.gitconfig", rules.join(""));
  world.env["HOME"] = home;
  await publishBase();
  uv = makeRepository(join(world.dir, "github/acme/uv.git"));
  uv.commit({ Dockerfile: "FROM python:3.12-slim\nCOPY uv /usr/bin/uv\n", uv: "1\n" });
  makeRepository(join(world.dir, "github/acme/monorepo.git")).commit({
    "apps/portal/Dockerfile":
      "from --platform=$TARGETPLATFORM python:3.12-slim as base\nCOPY shared /shared\nFROM base\n",
    "shared/file": "a folder beside the Dockerfile's\n",
  });
  makeRepository(join(world.dir, "gitlab/acme/platform/metrics.git")).commit({
    "docker/Dockerfile": "ARG TAG=3.12-slim\nFROM python:${TAG}\n",
  });
  makeRepository(join(world.dir, "github/acme/worker.git")).commit({
    Dockerfile: "FROM scratch\nCOPY . /\n",
  });
  await cp(join(import.meta.dirname, "factory"), state(), { recursive: true });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=as it was");
  delete world.env["FACTORY_IMAGES_FILE"];
  world.env["IMAGE_FACTORY_STATE_DIR"] = state();
});
afterAll(async () => {
  await world.end();
  await hub.stop();
});

/** Puts a base that a scanner can read where docker.io/library/python is looked for. */
async function publishBase(): Promise<void> {
  await world.write(
    "images.yaml",
    `- name: base\n  source: {folder: base}\n  registry: ${hub.address}/docker.io\n  repository: library/python\n  tags: [3.12-slim]\n`,
  );
  await addDebianRoot(world, "base", ["dash 0.5.12-2"]);
  await world.write("base/Dockerfile", "FROM scratch\nCOPY root /\n");
  expect(await world.run("build", "IMAGE=base")).toMatchObject({ status: 0 });
}

function git(...args: string[]): string {
  const env = { PATH: process.env["PATH"], GIT_CONFIG_NOSYSTEM: "1", HOME: world.dir };
  return execFileSync("git", args, { cwd: state(), encoding: "utf8", env });
}

/** The lines of images.yaml and images/ that are not as they were, up to the block that is the factory's own. */
function changes(): readonly string[] {
  const lines = git("diff", "--unified=0", "--", "images", "images.yaml")
    .split("\n")
    .filter((line) => /^[+-](?!-- )/.test(line));
  const end = lines.indexOf("+factory:") + 1;
  expect(lines.slice(end).filter((line) => !line.startsWith("+  "))).toEqual([]);
  return lines.slice(0, end);
}

describe("the older tool's folder, named by its own variable", () => {
  it("is planned as it is: every managed image with its reason, and nothing is written", async () => {
    const { status, stdout } = await world.run("plan");
    expect(status).toBe(0);
    for (const image of ["portal", "uv", "worker"])
      expect(stdout).toMatch(new RegExp(`^${image} +build +never built$`, "m"));
    expect(stdout).toMatch(/^metrics +leave +not by itself: never built$/m);
    expect(stdout).not.toMatch(/^(?:postgres|redis|python|mcr|sample)/m);
    expect(git("status", "--porcelain", "--", "images", "images.yaml")).toBe("");
  });

  it("shows that the factory has built none of it", async () => {
    const { status, stdout } = await world.run("status", "--json");
    expect(status).toBe(0);
    expect(
      (JSON.parse(stdout) as { image: string; status: string; repository: string }[]).map((row) => [
        row.image,
        row.repository,
        row.status,
      ]),
    ).toEqual([
      ["portal", "ghcr.io/acme/portal", "never built"],
      ["uv", "factory.localhost/uv", "never built"],
      ["metrics", "ghcr.io/acme/metrics", "never built"],
      ["worker", "ghcr.io/acme/worker", "never built"],
    ]);
  });

  it("changes by a build in what is no longer true, and in nothing else", async () => {
    const { status, stderr, stdout } = await world.run("build", "IMAGE=uv");
    expect(stderr).toContain("uv: published");
    expect(status).toBe(0);
    const digest = /@(sha256:[0-9a-f]{64})$/.exec(stdout.trim())?.[1];
    const { publications } = (await recorded()) as { publications: { at: string }[] };
    const at = publications[0]?.at.replace("Z", "+00:00");
    const [discovery] = /(?<=^\+lastDiscovery: ').*(?='$)/m.exec(git("diff", "--unified=0")) ?? [];
    expect(discovery).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
    expect(changes()).toEqual([
      "+++ b/images/uv.yaml",
      expect.stringMatching(/^\+factoryChecksum: sha256:[0-9a-f]{64}$/),
      "-lastDiscovery: '2025-11-05T03:40:49.810521+00:00'",
      "-discoveryStatus: pending",
      `+lastDiscovery: '${discovery}'`,
      "+discoveryStatus: success",
      "-  - gone-1.0",
      "-currentVersion: 0.1.0",
      "-currentDigest: sha256:placeholder-will-be-updated-by-workflow",
      "-lastBuilt: '2025-11-07T20:00:00Z'",
      "+currentVersion: null",
      `+currentDigest: ${digest}`,
      `+lastBuilt: '${at}'`,
      "+factory:",
    ]);
  });

  it("is left alone by a second build, which has nothing to do", async () => {
    const before = await textOfUv();
    const { status, stderr } = await world.run("build", "IMAGE=uv");
    expect({ status, text: await textOfUv() }).toEqual({ status: 0, text: before });
    expect(stderr).toContain("uv: nothing to do");
  });

  it("keeps lastBuilt when a forced build gives the same bytes", async () => {
    const own = (text: string) => text.slice(0, text.indexOf("\nfactory:"));
    const before = own(await textOfUv());
    expect(await world.run("build", "IMAGE=uv", "FORCE=1")).toMatchObject({ status: 0 });
    const after = own(await textOfUv());
    expect(after).not.toBe(before);
    const moving = /^(?:lastDiscovery|factoryChecksum): .*/gm;
    expect(after.replaceAll(moving, "")).toBe(before.replaceAll(moving, ""));
  });

  it("keeps the bases known before when the source cannot be read", async () => {
    const before = await textOfUv();
    await rename(uv.dir, `${uv.dir}.gone`);
    const { status, stderr } = await world.run("build", "IMAGE=uv");
    await rename(`${uv.dir}.gone`, uv.dir);
    expect(status).not.toBe(0);
    expect(stderr).toContain("uv: ");
    expect(await textOfUv()).toBe(before);
    expect(before).toContain("  - python-3.12-slim  # See base-images/python-3.12-slim.yaml\n");
  });

  it("is planned again when its source moves", async () => {
    uv.commit({ uv: "2\n" });
    const { stdout } = await world.run("plan", "IMAGE=uv");
    expect(stdout).toMatch(/^uv +build +source [0-9a-f]{12}→[0-9a-f]{12}$/m);
  });

  it("is rebuilt by itself, and only what that made untrue changes", async () => {
    const before = await textOfUv();
    const { status, stdout, stderr } = await world.run("rebuild", "IMAGE=uv");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/^uv +built +[0-9a-f]{12}→[0-9a-f]{12}: source /);
    const own = (text: string) => text.slice(0, text.indexOf("\nfactory:")).split("\n");
    const after = own(await textOfUv());
    const changed = own(before).filter((line, at) => line !== after[at]);
    expect(changed.map((line) => line.split(":")[0])).toEqual([
      "factoryChecksum",
      "lastDiscovery",
      "currentDigest",
      "lastBuilt",
    ]);
    expect((await world.run("rebuild", "IMAGE=uv")).stdout).toBe("1 image: 1 unchanged\n");
  });
});

const textOfUv = () => readFile(join(state(), "images/uv.yaml"), "utf8");

async function recorded(): Promise<unknown> {
  const { parse } = await import("yaml");
  return (parse(await textOfUv()) as { factory: unknown }).factory;
}
