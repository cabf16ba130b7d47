import { execFileSync } from "node:child_process";
import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
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
  const archive = `{url: "http://${server.address}/latest/app.tar.gz?signature=s3cr3t", directory: app}`;
  await world.write("images.yaml", `- name: app\n  source: {archive: ${archive}}\n  scan: {os: none}\n`);
  await mkdir(join(world.dir, "app"));
  await writeFile(join(world.dir, "app/Dockerfile"), "FROM scratch\nCOPY greeting /\n");
  await writeFile(join(world.dir, "app/greeting"), "hello\n");
});
afterAll(async () => {
  await server.stop();
  await world.end();
});

/** Packs the folder by the system's tar. */
const pack = (...words: readonly string[]) => {
  const bytes = execFileSync("tar", ["--create", "--file=-", ...words, "-C", world.dir, "app"]);
  server.put("app.tar.gz?signature=s3cr3t", bytes);
};
const standing = async () => (await (await world.client()).headManifest(app, "latest"))?.digest as Digest;

it("an image of an archive is built once, however often that is touched and packed again, and anew when a file changed", async () => {
  pack("--gzip");
  const first = await world.run("build", "IMAGE=app");
  expect(first).toMatchObject({ status: 0, stderr: expect.stringContaining("app: published") });
  const built = await standing();
  expect(await filesOf(world, "app", ["greeting"])).toEqual(new Map([["greeting", "hello\n"]]));
  const [receipt] = await readReceipts(app, built, await world.client());
  const url = `http://${server.address}/latest/app.tar.gz?…`;
  expect(receipt?.source).toEqual({ kind: "archive", url, directory: "app" });

  await utimes(join(world.dir, "app/greeting"), 1, 1);
  pack("--zstd", "--format=posix", "--owner=0", "--mode=go-rwx");
  expect((await world.run("plan", "IMAGE=app")).stdout).toContain("app: fresh");
  expect((await world.run("build", "IMAGE=app")).status).toBe(0);
  expect(await standing()).toBe(built);

  await writeFile(join(world.dir, "app/greeting"), "hello again\n");
  pack("--gzip");
  const plan = await world.run("plan", "IMAGE=app");
  expect(plan.stdout).toMatch(/source [0-9a-f]{12}→[0-9a-f]{12}/);
  const second = await world.run("build", "IMAGE=app");
  expect(second.status).toBe(0);
  expect(await filesOf(world, "app", ["greeting"])).toEqual(new Map([["greeting", "hello again\n"]]));

  server.put("app.tar.gz?signature=s3cr3t", Buffer.from("<!DOCTYPE html>".padEnd(1_000)));
  const refused = await world.run("build", "IMAGE=app");
  expect(refused).toMatchObject({
    status: 65,
    stderr: expect.stringContaining(`app: ${url} is no tar archive`),
  });
  const checked = await world.run("enrol", "--check");
  expect([checked.status, `${checked.stdout}${checked.stderr}`]).toEqual([
    65,
    expect.stringMatching(/images\.yaml:1:\d+.* is no tar archive/),
  ]);

  await writeFile(join(world.dir, "app/greeting"), "mended\n");
  const held = await world.run("build", "IMAGE=app", `SOURCE=${world.dir}`, "WHY=the server is down");
  expect(held.status).toBe(0);
  expect(await filesOf(world, "app", ["greeting"])).toEqual(new Map([["greeting", "mended\n"]]));

  const said = [first, plan, second, refused, checked, held]
    .map(({ stdout, stderr }) => stdout + stderr)
    .join("");
  const state = await readFile(join(world.workDir, "state/images/app.yaml"), "utf8");
  expect(`${said}${state}${JSON.stringify(receipt)}`).not.toContain("s3cr3t");
  expect(await leftovers(world, "app")).toEqual([]);
});
