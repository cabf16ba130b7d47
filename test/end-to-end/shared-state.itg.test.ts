import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "../../src/registry/digest.ts";
import { readState } from "../../src/state/state-file.ts";
import { type GitServer, startGitServer } from "../source/git-server.ts";
import { makeRepository, writeFiles } from "../source/repository.ts";
import { makeWorld, type Started, type World } from "./world.ts";

let world: World;
let server: GitServer;
/** Called before git answers a request. */
let onRequest: (path: string) => void = () => undefined;
let isAway = false;
let pods = 0;
beforeAll(async () => {
  world = await makeWorld();
  const bare = join(world.dir, "git", "state.git");
  mkdirSync(bare, { recursive: true });
  git("init", "--quiet", "--bare", "--initial-branch=main");
  git("config", "http.receivepack", "true");
  server = await startGitServer({
    root: join(world.dir, "git"),
    answer: (path) => {
      onRequest(path);
      return isAway ? { status: 503 } : undefined;
    },
  });
  const team = makeRepository(join(world.dir, "team"));
  writeFiles(team.dir, {
    "images.yaml":
      "defaults: {platforms: [linux/amd64], scan: {os: none}}\nimages:\n- {name: app, source: {folder: app}}\n- {name: web, source: {folder: app}}\n",
    "app/Dockerfile": "FROM scratch\nCOPY file /file\n",
    "app/file": "1\n",
  });
  team.commit({});
  team.git("push", "--quiet", bare, "main");
  // What is enrolled lies in the state repository, with the sources.
  delete world.env["FACTORY_IMAGES_FILE"];
  world.env["FACTORY_STATE_REPOSITORY"] = `${server.origin}/state.git`;
});
afterAll(async () => {
  await server.stop();
  await world.end();
});

function git(...args: readonly string[]): string {
  const dir = join(world.dir, "git", "state.git");
  const env = { PATH: process.env["PATH"], HOME: world.dir, GIT_CONFIG_NOSYSTEM: "1" };
  return execFileSync("git", ["--git-dir", dir, ...args], { encoding: "utf8", env }).trim();
}

/** From now on commands run as in a pod that starts with an empty state folder. */
function freshPod(): string {
  pods += 1;
  const stateDir = join(world.dir, `pod-${pods}`);
  world.env["FACTORY_STATE_DIR"] = stateDir;
  return stateDir;
}

async function changeSource(to: string): Promise<void> {
  const clone = join(world.dir, `change-${to}`);
  execFileSync("git", ["clone", "--quiet", join(world.dir, "git", "state.git"), clone]);
  writeFiles(clone, { "app/file": `${to}\n` });
  const own = ["-c", "user.name=a", "-c", "user.email=a@b"];
  execFileSync("git", ["-C", clone, ...own, "commit", "--quiet", "--all", "--message=change"]);
  execFileSync("git", ["-C", clone, "push", "--quiet", "origin", "main"]);
}

const messages = () => git("log", "--format=%B", "main");
const latest = async (): Promise<Digest | undefined> =>
  (await (await world.client()).headManifest({ registry: "factory.localhost", path: "app" }, "latest"))
    ?.digest;
const recorded = async () => {
  const stateDir = await mkdtemp(join(world.dir, "seen-"));
  await mkdir(join(stateDir, "images"));
  await writeFile(join(stateDir, "images/app.yaml"), git("show", "main:images/app.yaml"));
  return readState(stateDir, "app");
};

describe("state in a git repository", () => {
  it("begins from an empty folder, and has what was published before the command says done", async () => {
    const stateDir = freshPod();
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    const digest = await latest();
    expect(messages()).toContain(`app: is about to publish sha256:${digest?.slice(7, 19)}`);
    expect(messages()).toMatch(new RegExp(`app: published sha256:${digest?.slice(7, 19)}: .*never built`));
    expect(git("ls-tree", "-r", "--name-only", "main").split("\n").sort()).toEqual([
      "app/Dockerfile",
      "app/file",
      "images.yaml",
      "images/app.yaml",
    ]);
    expect(git("show", "main:images/app.yaml")).toBe(
      (await readFile(join(stateDir, "images/app.yaml"), "utf8")).trim(),
    );
  });

  it("is what another pod begins with: there is nothing to build, and nothing to push", async () => {
    freshPod();
    const before = git("rev-parse", "main");
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(git("rev-parse", "main")).toBe(before);
  });

  it("loses nothing of two commands in two pods that write at the same time", async () => {
    freshPod();
    const one = world.start("hold", "IMAGE=app", "WHY=one");
    freshPod();
    const two = world.start("hold", "IMAGE=web", "WHY=two");
    expect((await Promise.all([one.ended, two.ended])).map(({ status }) => status)).toEqual([0, 0]);
    expect(git("show", "main:images/app.yaml")).toContain("why: one");
    expect(git("show", "main:images/web.yaml")).toContain("why: two");
    freshPod();
    expect((await world.run("lift", "IMAGE=app,web")).status).toBe(0);
    expect(git("show", "main:images/app.yaml")).not.toContain("why: one");
  });

  it("has what was promoted, and nothing of a promotion that is done", async () => {
    freshPod();
    expect(await world.run("promote", "IMAGE=app", "TO=stable", "WHY=fine")).toMatchObject({ status: 0 });
    expect(messages()).toMatch(/app: promoted sha256:[0-9a-f]{12} to \S+\/app: stable/);
    expect((await recorded())?.tags["stable"]).toMatchObject({ digest: await latest(), promoted: true });
    expect(git("ls-tree", "-r", "--name-only", "main")).not.toContain("promotions/");
  });

  it("that cannot be read ends a build with 75 before it does anything", async () => {
    freshPod();
    const before = await latest();
    isAway = true;
    const { status, stderr } = await world.run("build", "IMAGE=app", "FORCE=1");
    isAway = false;
    expect({ status, stderr }).toMatchObject({
      status: 75,
      stderr: expect.stringContaining("state.git does not answer"),
    });
    expect(await latest()).toBe(before);
  });

  it.each([
    ["killed while it says what it is about to publish", "SIGKILL", 1],
    ["killed while it says what it has published", "SIGKILL", 2],
    ["told to stop while it says what it has published", "SIGTERM", 2],
  ] as const)("of a build that is %s is right after the next", async (_, signal, push) => {
    await changeSource(`${signal}-${push}`);
    const before = (await recorded())?.publications.length;
    freshPod();
    let pushes = 0;
    const build: Started = world.start("build", "IMAGE=app");
    onRequest = (path) => {
      if (!path.endsWith("git-receive-pack") || path.includes("?")) return;
      pushes += 1;
      if (pushes === push) build.kill(signal);
    };
    const { status } = await build.ended;
    onRequest = () => undefined;
    expect(status).not.toBe(0);
    const moved = await latest();
    freshPod();
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    const digest = await latest();
    if (push === 2) expect(digest).toBe(moved);
    const state = await recorded();
    expect(state).toMatchObject({ digest, tags: { latest: { digest } } });
    expect(state?.publications.length).toBe((before ?? 0) + 1);
    expect(state?.publishing ?? []).toEqual([]);
  });
});
