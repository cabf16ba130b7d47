import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Digest } from "../../src/registry/digest.ts";
import { filesOf, filesWith, published } from "./published-files.ts";
import { leftovers, makeWorld, type World } from "./world.ts";

const canary = "canary-5d41402abc4b2a76";
/** `app` has both platforms, `one` a single one: most of what is said here is said of each platform by itself. */
const enrolled = (one = "") => `- name: base
  source: {debian: {suite: trixie, packages: [base-files, busybox, dash]}}
- name: app
  source: {folder: app}
- name: one
  source: {folder: one}
  platforms: [linux/amd64]
${one}`;
const seen = ["seen-env", "seen-processes", "seen-network", "sum", "machine"];

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  world.env["CANARY_SECRET"] = canary;
  await world.write("images.yaml", enrolled());
  await world.write("app/Dockerfile", "FROM factory.localhost/base\nRUN busybox uname -m > /machine\n");
  expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
});
afterAll(() => world.end());
beforeEach(() => world.write("images.yaml", enrolled()));

async function digestOf(image: string): Promise<Digest | undefined> {
  const client = await world.client();
  return (await client.headManifest({ registry: "factory.localhost", path: image }, "latest"))?.digest;
}

describe("a RUN step", () => {
  it("runs on each platform as a program of that platform", async () => {
    expect((await filesOf(world, "app", seen, "amd64")).get("machine")).toBe("x86_64\n");
    expect((await filesOf(world, "app", seen, "arm64")).get("machine")).toBe("aarch64\n");
  });

  it("has processes of its own, no variable of the factory's, and does not reach this machine's registry", async () => {
    const { host } = (await world.client()).addressOf({ registry: "factory.localhost", path: "one" });
    await world.write(
      "one/Dockerfile",
      [
        "FROM factory.localhost/base",
        "RUN busybox env > /seen-env",
        "RUN busybox ps > /seen-processes",
        `RUN busybox wget -q -T 2 -O /dev/null http://${host}/v2/ && echo reached > /seen-network || echo refused > /seen-network`,
        "RUN busybox kill -9 -1 || true",
        "RUN (busybox sleep 600 &)",
        "",
      ].join("\n"),
    );
    const proxies = { HTTP_PROXY: "http://user:password@127.0.0.1:9", NO_PROXY: "127.0.0.1" };
    Object.assign(world.env, proxies);
    const { status, stderr } = await world.run("build", "IMAGE=one");
    for (const name of Object.keys(proxies)) delete world.env[name];
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const files = await filesOf(world, "one", seen);
    expect(files.get("seen-network")).toBe("refused\n");
    expect(files.get("seen-env")).not.toMatch(
      /canary|FACTORY_|AUTH|TMPDIR|CONTAINERS_|PROXY|GOGC|GOMEMLIMIT/i,
    );
    expect(files.get("seen-processes")).not.toMatch(/buildah|node|unshare/);
    expect(await leftovers(world, "one")).toEqual([]);
  });

  it("stands in the history by the Dockerfile's words, wherever the registry is that its images come from", async () => {
    await world.write(
      "one/Dockerfile",
      "FROM factory.localhost/base\nRUN --mount=type=bind,from=factory.localhost/base,target=/mnt busybox  touch /new\n",
    );
    expect(await world.run("build", "IMAGE=one")).toMatchObject({ status: 0 });
    const { config } = await published(world, "one");
    expect(config.history.at(-1)).toEqual({
      created: "2000-01-01T00:00:00Z",
      created_by: "RUN --mount=type=bind,from=factory.localhost/base,target=/mnt busybox touch /new",
    });
  });

  it("gets a build secret by its mount alone: in no layer, config, log, state or temporary file", async () => {
    await world.write(
      "one/Dockerfile",
      "FROM factory.localhost/base\nRUN --mount=type=secret,id=token busybox sha256sum /run/secrets/token > /sum\n",
    );
    await world.write("images.yaml", enrolled("  secrets: [{id: token, env: CANARY_SECRET}]\n"));
    const { status, stdout, stderr } = await world.run("build", "IMAGE=one");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect((await filesOf(world, "one", seen)).get("sum")).toMatch(/^[0-9a-f]{64} {2}\/run\/secrets\/token/);
    expect(stdout + stderr).not.toContain(canary);
    expect(filesWith(canary, world.workDir)).toEqual([]);
  });

  it("that fails ends the build with 65, names step and log, stops the other platform and leaves the tag", async () => {
    const before = await digestOf("app");
    await world.write(
      "app/Dockerfile",
      'FROM factory.localhost/base\nRUN test "$(busybox uname -m)" = x86_64 || exit 7\nRUN busybox sleep 30\n',
    );
    const { status, stderr } = await world.run("build", "IMAGE=app");
    expect(status).toBe(65);
    expect(stderr).toMatch(/app linux\/arm64: .*exit status 7/);
    expect(stderr).toContain(".factory/logs/app/linux-arm64.log");
    expect(stderr).not.toContain("app linux/amd64: build done");
    expect(await digestOf("app")).toBe(before);
    expect(await leftovers(world, "app")).toEqual([]);
  });

  it("that takes longer than the image may ends the build with 124", async () => {
    await world.write("one/Dockerfile", "FROM factory.localhost/base\nRUN busybox sleep 60\n");
    await world.write("images.yaml", enrolled("  timeouts: {build: 3s}\n"));
    const { status } = await world.run("build", "IMAGE=one");
    expect(status).toBe(124);
    expect(await leftovers(world, "one")).toEqual([]);
  });
});

describe("TERM", () => {
  it.each([
    ["while the source is looked at", "one", /^base: nothing|^./m],
    ["in the middle of a RUN", "app", /app linux\/amd64: 2\/2: RUN/],
    ["while a platform is scanned", "one", /one linux\/amd64: scan/],
  ])(
    "%s ends with 143, leaves nothing behind and the tag where it was; the next run succeeds",
    async (when, image, phase) => {
      const before = await digestOf(image);
      const wait = when.includes("RUN") ? "RUN busybox sleep 60" : "RUN true";
      await world.write(`${image}/Dockerfile`, `FROM factory.localhost/base\n${wait}\n`);
      await world.write(`${image}/changed`, when);
      const run = world.start("build", `IMAGE=${image}`, "FORCE=1");
      await run.says(phase);
      run.kill("SIGTERM");
      expect(await run.ended).toMatchObject({ status: 143 });
      expect(await leftovers(world, image)).toEqual([]);
      expect(await digestOf(image)).toBe(before);
      await world.write(`${image}/Dockerfile`, "FROM factory.localhost/base\nRUN true\n");
      expect(await world.run("build", `IMAGE=${image}`)).toMatchObject({ status: 0 });
    },
  );
});

describe("TERM while tags move", () => {
  it("ends with 143, every tag the old digest or the new one; the next run moves the rest", async () => {
    const tags = Array.from({ length: 120 }, (_, number) => `t${number}`);
    await world.write("images.yaml", enrolled(`  tags: [latest, ${tags.join(", ")}]\n`));
    await world.write("one/Dockerfile", "FROM factory.localhost/base\nCOPY content /content\n");
    await world.write("one/content", "before");
    expect(await world.run("build", "IMAGE=one")).toMatchObject({ status: 0 });
    const before = await digestOf("one");
    await world.write("one/content", "while tags move");
    const run = world.start("build", "IMAGE=one");
    await run.says(/^one: publish$/m);
    run.kill("SIGTERM");
    expect(await run.ended).toMatchObject({ status: 143 });
    expect(await leftovers(world, "one")).toEqual([]);
    const next = await world.run("build", "IMAGE=one");
    expect(next).toMatchObject({ status: 0 });
    const after = await digestOf("one");
    expect(after).not.toBe(before);
    const client = await world.client();
    for (const tag of tags) {
      const found = await client.headManifest({ registry: "factory.localhost", path: "one" }, tag);
      expect(found?.digest, tag).toBe(after);
    }
  });
});

describe("kill -9 of the factory", () => {
  it("ends its builds with it, and the next run removes what they left and succeeds", async () => {
    await world.write("app/Dockerfile", "FROM factory.localhost/base\nRUN busybox sleep 60\n");
    const run = world.start("build", "IMAGE=app");
    await run.says(/app linux\/amd64: 2\/2: RUN/);
    run.kill("SIGKILL");
    await run.ended;
    await world.write("app/Dockerfile", "FROM factory.localhost/base\nRUN true && true\n");
    expect(await world.run("build", "IMAGE=app")).toMatchObject({ status: 0 });
    expect(await leftovers(world, "app")).toEqual([]);
  });
});
