import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeRepository } from "../source/repository.ts";
import { makeWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  world.env["FACTORY_REGISTRY"] = "ghcr.io/acme";
  makeRepository(join(world.dir, "app")).commit({ Dockerfile: "FROM factory.localhost/base\n" });
  await world.write("base/Dockerfile", "FROM debian:13-slim\n");
  await world.write("images.yaml", images());
});
afterAll(() => world.end());

const images = (extra = "") =>
  `- {name: base, source: {folder: base}}\n- {name: app, source: {git: ./app}}\n${extra}`;

/** Every file below the folder with its text. */
async function contents(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const texts = files.toSorted().map(async (file) => [file, await readFile(file, "utf8")] as const);
  return new Map(await Promise.all(texts));
}

describe("npm run synth", () => {
  it("writes the same bytes again, with what sources name", async () => {
    const out = join(world.dir, "dist");
    const { status, stdout, stderr } = await world.run("synth", `OUT=${out}`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${out}: manifests for 2 images\n` });
    expect(stderr).toContain("Kargo cannot see what is pushed to their sources");
    const first = await contents(out);
    expect([...first.keys()].filter((file) => file.endsWith("manifests.yaml"))).toHaveLength(4);
    const kargo = first.get(join(out, "30-kargo/manifests.yaml"));
    expect(kargo).toContain("repoURL: docker.io/library/debian");
    expect(kargo).toContain("- base-stable");
    await world.write("dist/30-kargo/left-over.yaml", "x: 1\n");
    expect((await world.run("synth", `OUT=${out}`)).status).toBe(0);
    expect(await contents(out)).toEqual(first);
  });

  it("writes nothing where it cannot learn what an image is built from, and names the image", async () => {
    await world.write("images.yaml", images("- {name: gone, source: {git: ./gone}}\n"));
    const out = join(world.dir, "nothing");
    const { status, stderr } = await world.run("synth", `OUT=${out}`);
    expect(status).not.toBe(0);
    expect(stderr).toContain("gone: ");
    await expect(readdir(out)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
