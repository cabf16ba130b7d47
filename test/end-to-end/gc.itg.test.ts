import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readReceipts } from "../../src/receipt/read.ts";
import type { Digest } from "../../src/registry/digest.ts";
import type { Repository } from "../../src/registry/reference.ts";
import { readState } from "../../src/state/state-file.ts";
import { withStaging } from "../../src/state/staging-lock.ts";
import { addDebianRoot, makeWorld, type World } from "./world.ts";

const app: Repository = { registry: "factory.localhost", path: "app" };
const staging: Repository = { ...app, path: "app-staging" };

let world: World;
const published: Digest[] = [];
beforeAll(async () => {
  world = await makeWorld();
  await world.write(
    "images.yaml",
    "- name: base\n  source: {folder: base}\n- name: app\n  source: {folder: app}\n  keep: {last: 2, for: 0s}\n",
  );
  await addDebianRoot(world, "base", ["dash 0.5.12-2"]);
  await world.write("base/Dockerfile", "FROM scratch\nCOPY root /\n");
  await world.write("app/Dockerfile", "FROM factory.localhost/base\nCOPY file /file\n");
  for (const text of ["1", "2", "3", "4"]) {
    await world.write("app/file", text.repeat(200_000));
    published.push(await build("app"));
  }
});
afterAll(() => world.end());

const stateDir = () => join(world.workDir, "state");
async function build(image: string, ...words: readonly string[]): Promise<Digest> {
  const { status, stderr } = await world.run("build", `IMAGE=${image}`, ...words);
  if (status !== 0) throw new Error(stderr);
  return (await (await world.client()).headManifest({ ...app, path: image }, "latest"))?.digest as Digest;
}
async function gc(...words: readonly string[]) {
  const ended = await world.run("gc", ...words);
  if (ended.status !== 0) throw new Error(ended.stderr);
  return ended;
}
const has = async (digest: Digest | string, repository = app) =>
  (await (await world.client()).headManifest(repository, digest)) !== undefined;
const tagsOf = async (repository: Repository) => (await world.client()).listTags(repository);

describe("gc", () => {
  it("says what would go and changes nothing in a dry run", async () => {
    const before = [await tagsOf(app), await tagsOf(staging)];
    const { stdout } = await gc("--dry-run");
    expect(stdout).toMatch(/^factory\.localhost\/app: 3 tags, \d+ manifests, at most .*B$/m);
    expect(stdout).toContain(`superseded publication of app`);
    expect([await tagsOf(app), await tagsOf(staging)]).toEqual(before);
    expect(await readdir(stateDir())).not.toContain("gc");
  });
});
void [rm, writeFile, readReceipts, readState, withStaging, build, has];
