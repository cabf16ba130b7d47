import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import type { Repository } from "../../src/registry/reference.ts";
import { readRecord, readState } from "../../src/state/state-file.ts";
import { findOlareg, startOlareg, withoutOlareg } from "../registry/olareg.ts";
import { addDebianRoot, makeWorld, type World } from "./world.ts";

const olareg = findOlareg();
const app: Repository = { registry: "factory.localhost", path: "app" };

describe.each([
  { name: "the fallback tag", server: undefined, skip: false },
  {
    name: `the referrers API${withoutOlareg}`,
    server: () => startOlareg(olareg ?? ""),
    skip: olareg === undefined,
  },
])("state that is lost, by receipts that are found by $name", ({ server, skip }) => {
  let world: World;
  let client: RegistryClient;
  let stop = async () => undefined as unknown;
  beforeAll(async () => {
    if (skip) return;
    world = await makeWorld();
    const registry = await server?.();
    if (registry !== undefined) {
      world.env["FACTORY_REGISTRY"] = registry.address;
      stop = registry.stop;
    }
    await world.write("images.yaml", "- name: app\n  source: {folder: app}\n  tags: [latest, stable]\n");
    await addDebianRoot(world, "app", ["dash 0.5.12-2"]);
    await world.write("app/Dockerfile", "FROM scratch\nCOPY root /\nCOPY file /file\n");
    await world.write("app/file", "1\n");
    await done("build", "IMAGE=app");
    await world.write("app/file", "2\n");
    await done("build", "IMAGE=app", "FORCE=1", "EPOCH=1900000000");
    client =
      registry === undefined
        ? await world.client()
        : createRegistryClient({
            embedded: registry.address,
            credentials: { lookup: async () => undefined },
            log: () => undefined,
          });
  });
  afterAll(async () => {
    if (skip) return;
    await stop();
    await world.end();
  });

  const stateDir = () => join(world.workDir, "state");
  const file = () => join(stateDir(), "images/app.yaml");
  const fsck = (...words: readonly string[]) => world.run("fsck", ...words);
  async function done(command: string, ...words: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await world.run(command, ...words);
    if (status !== 0) throw new Error(`${status} ${stdout} ${stderr}`);
    return stderr;
  }

  it.skipIf(skip)("is rebuilt from them alone, and then there is nothing to build", async () => {
    expect(await fsck()).toMatchObject({ status: 0, stdout: "1 image: nothing differs\n" });
    const before = await readState(stateDir(), "app");
    const held = await client.headManifest(app, "latest");
    await rm(stateDir(), { recursive: true });
    const found = await fsck();
    expect(found.stdout).toBe(
      `app: ${file()}: it says nothing of 2 publications that receipts tell of, the newest sha256:${before?.digest.slice(7, 19)}\n` +
        "  → npm run fsck IMAGE=app -- --repair rebuilds it from the receipts\n1 image: 1 difference\n",
    );
    expect(found.status).toBe(78);
    const repaired = await fsck("IMAGE=app", "--repair");
    expect(repaired).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(": repaired\n1 image: 1 difference, 1 repaired\n"),
    });
    expect(await readState(stateDir(), "app")).toEqual(before);
    expect(await done("build", "IMAGE=app")).toContain("app: nothing to do: every input is as it was");
    expect(await client.headManifest(app, "latest")).toEqual(held);
    expect(await fsck()).toMatchObject({ status: 0 });
  });

  it.skipIf(server !== undefined)(
    "is refused where it is damaged, kept beside, and held again where it was held",
    async () => {
      await done("hold", "IMAGE=app", "WHY=logins fail");
      const before = await readRecord(stateDir(), "app");
      const whole = await readFile(file(), "utf8");
      const digest = before.state?.digest ?? "";
      const flipped = whole.replaceAll(
        digest,
        digest.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
      );
      await writeFile(file(), flipped);
      for (const command of ["plan", "build", "status"]) {
        const { status, stderr } = await world.run(command, "IMAGE=app");
        expect({ command, status }).toEqual({ command, status: 78 });
        expect(stderr).toContain(`${file()} is damaged: factory is not what its checksum was made of`);
        expect(stderr).toContain("→ npm run fsck IMAGE=app -- --repair");
      }
      expect(await fsck("--repair")).toMatchObject({ status: 0 });
      expect(await readRecord(stateDir(), "app")).toEqual(before);
      const [beside] = (await readdir(join(stateDir(), "images"))).filter((name) => name !== "app.yaml");
      expect(await readFile(join(stateDir(), "images", beside ?? ""), "utf8")).toBe(flipped);
      await done("lift", "IMAGE=app");
      expect(await done("build", "IMAGE=app")).toContain("app: nothing to do: every input is as it was");
    },
  );
});
