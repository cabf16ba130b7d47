import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { ImageState } from "../../src/state/image-state.ts";
import { makeWorld, type World } from "./world.ts";

/** What an archive of packages would install now, as the line of a package database. */
const archive = (version: string) =>
  `Package: archived\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\nMaintainer: nobody\nDescription: x\n`;

/**
 * `own` installs a package by a RUN, from what the archive has on that day; `child` stands on it; `copied` has the same
 * package among its source's files; `bystander` has it not.
 */
const images = `defaults: {platforms: [linux/amd64]}
images:
- name: root
  source: {debian: {suite: trixie, packages: [base-files, busybox, dash]}}
- name: own
  source: {folder: own}
  secrets: [{id: archive, file: archive}]
- name: child
  source: {folder: child}
- name: copied
  source: {folder: copied}
- name: bystander
  source: {folder: bystander}
`;

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  await world.write("images.yaml", images);
  await world.write("archive", archive("1.0-1"), 0o600);
  const install =
    "busybox mkdir -p /var/lib/dpkg/status.d && busybox cp /run/secrets/archive /var/lib/dpkg/status.d/archived";
  await world.write(
    "own/Dockerfile",
    `FROM factory.localhost/root\nRUN --mount=type=secret,id=archive ${install}\n`,
  );
  await world.write("child/Dockerfile", "FROM factory.localhost/own\nRUN busybox touch /child\n");
  await world.write("copied/Dockerfile", "FROM factory.localhost/root\nCOPY root /\n");
  await world.write("copied/root/var/lib/dpkg/status.d/archived", archive("1.0-1"));
  await world.write("bystander/Dockerfile", "FROM factory.localhost/root\nRUN busybox touch /bystander\n");
  const { status, stderr } = await world.run("build", "IMAGE=all");
  expect({ status, stderr }).toMatchObject({ status: 0 });
});
afterAll(() => world.end());

async function stateOf(image: string): Promise<ImageState> {
  const text = await readFile(join(world.workDir, "state/images", `${image}.yaml`), "utf8");
  const { checksum: _, ...state } = parse(text).factory;
  return state;
}

async function planned(): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await world.run("plan", "--json");
  const { steps } = JSON.parse(stdout) as { steps: { image: string; action: string }[] };
  return Object.fromEntries(steps.map(({ image, action }) => [image, action]));
}

const unchanged = { root: "keep", own: "keep", child: "keep", copied: "keep", bystander: "keep" };

async function fixedNames(): Promise<readonly string[]> {
  const names = Object.keys(unchanged);
  const states = await Promise.all(names.map(stateOf));
  return names.filter((_, at) => (states[at]?.fixes?.length ?? 0) > 0);
}

describe("a scan of what is published", () => {
  it("keeps an SBOM of each platform and finds nothing to do", async () => {
    const { status, stderr } = await world.run("scan");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const { digest } = (await stateOf("own")).platforms["linux/amd64"] ?? expect.fail();
    const client = await world.client();
    const repository = { registry: "factory.localhost", path: "own" };
    expect(await client.listReferrers(repository, digest)).toMatchObject([
      { artifactType: "application/vnd.cyclonedx+json" },
    ]);
    expect(await planned()).toEqual(unchanged);
  });

  it("makes a flaw that has become fixable a reason to rebuild exactly the image whose own layer has the package", async () => {
    await world.useDatabase("own-package.tar.gz");
    const { status, stdout, stderr } = await world.run("scan", "--json");
    expect(status).toBe(77);
    const results = JSON.parse(stdout) as { image: string; verdict: string; report: { read: string } }[];
    expect(results.filter(({ verdict }) => verdict === "blocked").map(({ image }) => image)).toEqual([
      "own",
      "child",
      "copied",
    ]);
    expect(new Set(results.map(({ report }) => report.read))).toEqual(new Set(["sbom"]));
    expect(stderr.match(/^.*a rebuild fixes.*$/gm)).toEqual([
      "own: a rebuild fixes CVE-2099-4001 in archived 1.0-1→2.0-1",
    ]);
    expect(await fixedNames()).toEqual(["own"]);
    const [fix] = (await stateOf("own")).fixes ?? [];
    expect(fix).toMatchObject({ id: "CVE-2099-4001", package: "archived", platforms: ["linux/amd64"] });
    expect(await planned()).toEqual({ ...unchanged, own: "build", child: "wait" });
    const { stdout: plan } = await world.run("plan");
    expect(plan).toMatch(/^own +build +fixes CVE-2099-4001 in archived 1.0-1→2.0-1$/m);
  });

  it("is repeated without anything changing", async () => {
    const before = await stateOf("own");
    expect((await world.run("scan", "IMAGE=own")).status).toBe(77);
    expect(await stateOf("own")).toEqual(before);
  });
});

describe("the rebuild", () => {
  it("publishes nothing while the archive does not have the fix, and the reason stays", async () => {
    const before = await stateOf("own");
    expect((await world.run("build", "IMAGE=own")).status).toBe(77);
    // What has failed is recorded beside what is published.
    expect(await stateOf("own")).toMatchObject({ ...before, failures: { code: "scan-blocked" } });
  });

  it("takes the fix a day later with another epoch, ends the reason, and what stands on the image follows", async () => {
    await world.write("archive", archive("2.0-1"), 0o600);
    // What a day does: the next scan moves the epoch on. Who edits the block takes its checksums out.
    const file = join(world.workDir, "state/images/own.yaml");
    const text = await readFile(file, "utf8");
    const { fixesEpoch = 0 } = await stateOf("own");
    await world.write(
      ".factory/state/images/own.yaml",
      text
        .replace(`fixesEpoch: ${fixesEpoch}`, `fixesEpoch: ${fixesEpoch - 86_400}`)
        .replaceAll(/^(?:factoryChecksum| {2}checksum): .*\n/gm, ""),
    );
    expect((await world.run("scan", "IMAGE=own")).status).toBe(77);
    const { status, stderr } = await world.run("build", "IMAGE=all");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toMatch(/^own: fixes CVE-2099-4001 in archived 1.0-1→2.0-1$/m);
    expect(stderr).toMatch(/^child: base factory.localhost\/own.* which fixes CVE-2099-4001$/m);
    expect(stderr).not.toMatch(/^(?:root|copied|bystander) .*build/m);
    expect(await fixedNames()).toEqual([]);
    expect((await stateOf("own")).epoch).toBeGreaterThanOrEqual(fixesEpoch);
    expect(await planned()).toEqual(unchanged);
  });

  it("is not asked for what it does not fix: files of the source, packages of a base, roots of packages", async () => {
    expect((await world.run("scan")).status).toBe(77);
    expect(await fixedNames()).toEqual([]);
    await world.useDatabase("fixable.tar.gz");
    const { status, stdout } = await world.run("scan", "--json");
    expect(status).toBe(77);
    const results = JSON.parse(stdout) as { verdict: string }[];
    expect(results.map(({ verdict }) => verdict)).toEqual(Object.keys(unchanged).map(() => "blocked"));
    expect(await fixedNames()).toEqual([]);
    expect(await planned()).toEqual(unchanged);
  });
});
