import { execFileSync } from "node:child_process";
import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readReceipts } from "../../src/receipt/read.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { type ArchiveServer, startArchiveServer } from "../source/archive-server.ts";
import { filesOf } from "./published-files.ts";
import { leftovers, makeWorld, type World } from "./world.ts";

const app = { registry: "factory.localhost", path: "app" };

let world: World;
let server: ArchiveServer;
beforeAll(async () => {
  [world, server] = await Promise.all([makeWorld(), startArchiveServer()]);
  const archive = `{url: "http://${server.address}/latest/${name}", directory: app}`;
  await world.write(
    "images.yaml",
    `- {name: app, source: {archive: ${archive}}, platforms: [linux/amd64], scan: {os: none}}\n`,
  );
  await mkdir(join(world.dir, "app"));
  await writeFile(join(world.dir, "app/Dockerfile"), "FROM scratch\nCOPY greeting /\n");
  await writeFile(join(world.dir, "app/greeting"), "hello\n");
});
afterAll(async () => {
  await server.stop();
  await world.end();
});

const name = "app.tar.gz?signature=s3cr3t";

/** Packs the folder by the system's tar. */
const pack = (...words: readonly string[]) => {
  const bytes = execFileSync("tar", ["--create", "--file=-", ...words, "-C", world.dir, "app"]);
  server.put(name, bytes);
};
const standing = async () => (await (await world.client()).headManifest(app, "latest"))?.digest as Digest;

/** All that commands said. */
let said = "";
const run = async (command: string, ...words: readonly string[]) => {
  const ended = await world.run(command, ...words);
  said += ended.stdout + ended.stderr;
  return ended;
};
const url = () => `http://${server.address}/latest/app.tar.gz?…`;

describe("an image of an archive", () => {
  it("is published with the files of it, and a receipt that says where it came from", async () => {
    pack("--gzip");
    expect(await run("build", "IMAGE=app")).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("app: published"),
    });
    expect(await filesOf(world, "app", ["greeting"])).toEqual(new Map([["greeting", "hello\n"]]));
    const [receipt] = await readReceipts(app, await standing(), await world.client());
    expect(receipt?.source).toEqual({ kind: "archive", url: url(), directory: "app" });
    expect(JSON.stringify(receipt)).not.toContain("s3cr3t");
  });

  it("is not built again for files that were touched and packed in another way", async () => {
    const built = await standing();
    await utimes(join(world.dir, "app/greeting"), 1, 1);
    pack("--zstd", "--format=posix", "--owner=0", "--mode=go-rwx");
    const { status, stderr } = await run("build", "IMAGE=app");
    expect([status, stderr]).toEqual([0, expect.stringContaining("app: nothing to do")]);
    expect(await standing()).toBe(built);
  });

  it("is built again when a file of it changed, which the plan says", async () => {
    await writeFile(join(world.dir, "app/greeting"), "hello again\n");
    pack("--gzip");
    expect((await run("plan", "IMAGE=app")).stdout).toMatch(/source [0-9a-f]{12}→[0-9a-f]{12}/);
    expect((await run("build", "IMAGE=app")).status).toBe(0);
    expect(await filesOf(world, "app", ["greeting"])).toEqual(new Map([["greeting", "hello again\n"]]));
  });

  it("stays as it is while a page stands in the archive's place, and enrol --check says where", async () => {
    const built = await standing();
    server.put(name, Buffer.from("<!DOCTYPE html>".padEnd(1_000)));
    expect(await run("build", "IMAGE=app")).toMatchObject({
      status: 65,
      stderr: expect.stringContaining(`app: ${url()} is no tar archive`),
    });
    expect(await standing()).toBe(built);
    const { status, stdout, stderr } = await run("enrol", "--check");
    expect([status, stdout + stderr]).toEqual([
      65,
      expect.stringMatching(/images\.yaml:1:\d+.* is no tar archive/),
    ]);
  });

  it("is built from a folder in an emergency, without its server", async () => {
    await writeFile(join(world.dir, "app/greeting"), "mended\n");
    expect((await run("build", "IMAGE=app", `SOURCE=${world.dir}`, "WHY=the server is down")).status).toBe(0);
    expect(await filesOf(world, "app", ["greeting"])).toEqual(new Map([["greeting", "mended\n"]]));
  });

  it("leaves nothing behind, and shows nothing of what stands behind the ? of its address", async () => {
    const state = await readFile(join(world.workDir, "state/images/app.yaml"), "utf8");
    expect(said + state).not.toContain("s3cr3t");
    expect(await leftovers(world, "app")).toEqual([]);
  });
});
