import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { shiftClock } from "./shifted-clock.ts";
import { makeWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  await world.write("images.yaml", enrolled());
  for (const name of ["base", "own"]) {
    await world.write(`${name}/file`, `${name}\n`);
    await world.write(`${name}/Dockerfile`, "FROM scratch\nCOPY file /file\n");
  }
  await world.write("app/file", "app\n");
  await world.write("app/Dockerfile", "FROM factory.localhost/base\nCOPY file /app\n");
  expect(await world.run("build", "IMAGE=all")).toMatchObject({ status: 0 });
});
afterAll(() => world.end());
/** A test leaves all that is enrolled built as its source then is. */
beforeEach(async () => {
  delete world.env["NODE_OPTIONS"];
  await world.write("images.yaml", enrolled());
});

const hourMs = 3_600_000;

/** `base` ← `app`, and `own`, each of one platform; the texts are further fields. */
function enrolled({ base = "", app = "", own = "" } = {}): string {
  return `defaults: {scan: {os: none}, platforms: [linux/amd64]}
images:
- {name: base, source: {folder: base}${base}}
- {name: app, source: {folder: app}${app}}
- {name: own, source: {folder: own}${own}}
`;
}

const stateOf = (image: string) => readFile(join(world.workDir, "state/images", `${image}.yaml`), "utf8");

/** The report of a rebuild: its status, and the verdict of each image. */
async function rebuild(...words: readonly string[]) {
  const { status, stdout, stderr } = await world.run("rebuild", "--json", ...words);
  const { images } = JSON.parse(stdout) as {
    images: readonly { image: string; verdict: string; why: string }[];
  };
  return {
    status,
    stderr,
    verdicts: Object.fromEntries(images.map(({ image, verdict }) => [image, verdict])),
    why: (name: string) => images.find(({ image }) => image === name)?.why ?? "",
  };
}

describe("a rebuild", () => {
  it("builds what is stale in order, and reports it as a table, as Markdown and as JSON", async () => {
    await world.write("base/file", "new\n");
    const dry = await world.run("rebuild", "--dry-run");
    expect(dry).toMatchObject({ status: 0, stdout: expect.stringMatching(/^base +build +source/) });
    const { status, stdout, stderr } = await world.run("rebuild");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(
      /^base +built +[0-9a-f]{12}→[0-9a-f]{12}: source .*\napp +built +[0-9a-f]{12}→[0-9a-f]{12}: base factory\.localhost\/base:latest sha256:.*\n3 images: 1 unchanged, 2 built\n$/,
    );
    expect((await world.run("rebuild", "--markdown")).stdout).toBe("**3 images: 3 unchanged**\n");
    expect((await rebuild()).verdicts).toEqual({ base: "unchanged", app: "unchanged", own: "unchanged" });
  });

  it("ends three levels early when the bytes of the first come out the same", async () => {
    await world.write("images.yaml", `${enrolled()}- {name: top, source: {folder: top}}\n`);
    await world.write("top/Dockerfile", "FROM factory.localhost/app\nCOPY Dockerfile /top\n");
    expect(await world.run("build", "IMAGE=top")).toMatchObject({ status: 0 });
    await world.write("base/Dockerfile", "FROM scratch\nCOPY file /file\n# another text\n");
    const { status, verdicts, why } = await rebuild();
    expect({ status, verdicts }).toEqual({
      status: 0,
      verdicts: { base: "built", app: "unchanged", own: "unchanged", top: "unchanged" },
    });
    expect(why("base")).toMatch(/^the same [0-9a-f]{12}: source /);
  });

  it("waits for rebuildDelay, says until when, and not when that is allowed by name", async () => {
    await world.write("images.yaml", enrolled({ app: ", rebuildDelay: 1d" }));
    await world.write("base/file", "waited for\n");
    const { status, verdicts, why } = await rebuild();
    expect({ status, verdicts }).toEqual({
      status: 0,
      verdicts: { base: "built", app: "waiting", own: "unchanged" },
    });
    expect(why("app")).toMatch(/^waits until .* UTC for base factory\.localhost\/base:latest /);
    expect((await world.run("plan", "IMAGE=app")).stdout).toMatch(/^app +keep .*waits until/m);
    await shiftClock(world, 25 * hourMs);
    expect((await rebuild()).verdicts).toMatchObject({ app: "built" });
    await world.write("base/file", "not waited for\n");
    expect((await rebuild("ALLOW=wait", "WHY=an exploit")).verdicts).toMatchObject({
      base: "built",
      app: "built",
    });
  });

  it("leaves an image with autoRebuild: false to a person, and plan says so", async () => {
    await world.write("images.yaml", enrolled({ own: ", autoRebuild: false" }));
    await world.write("own/file", "by hand\n");
    expect((await world.run("plan")).stdout).toMatch(/^own +leave +not by itself: source/m);
    const { status, verdicts, why } = await rebuild();
    expect({ status, own: verdicts["own"] }).toEqual({ status: 0, own: "not by itself" });
    expect(why("own")).toMatch(/^source /);
    expect((await world.run("build", "IMAGE=own")).stderr).toMatch(/^own: published/m);
  });

  it("follows schedules: an image is rebuilt once in its slot, and not for one before it was published", async () => {
    const slot = new Date(Date.now() + hourMs / 2);
    const cron = `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`;
    await world.write("images.yaml", enrolled({ own: `, schedule: {cron: ${cron}}` }));
    expect((await rebuild("IMAGE=own")).verdicts).toEqual({ own: "unchanged" });
    await shiftClock(world, hourMs);
    const { verdicts, why } = await rebuild("IMAGE=own");
    expect(verdicts).toEqual({ own: "built" });
    expect(why("own")).toMatch(/^the same [0-9a-f]{12}: scheduled \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC$/);
    expect((await rebuild("IMAGE=own")).verdicts).toEqual({ own: "unchanged" });
    expect(await world.run("build", "IMAGE=own")).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^own: nothing to do/m),
    });
  });

  it("stops trying what failed three times, says so, and lets nothing else wait for it", async () => {
    await world.write("own/Dockerfile", "FROM scratch\nCOPY nothing /\n");
    for (const _ of [1, 2, 3]) {
      const { status, verdicts } = await rebuild();
      expect({ status, own: verdicts["own"] }).toEqual({ status: 65, own: "failed" });
    }
    const resting = await rebuild();
    expect(resting).toMatchObject({ status: 0, verdicts: { own: "resting" } });
    expect(resting.why("own")).toMatch(
      /^rests after 3 failures of the same inputs since .* UTC: own linux\/amd64: /,
    );
    expect(resting.why("own")).not.toContain(world.dir);
    expect((await world.run("plan", "IMAGE=own")).stdout).toMatch(/^own +leave +rests after 3 failures/);
    expect((await world.run("status", "IMAGE=own")).stdout).toMatch(/failed 3 times since/);
    expect(await world.run("build", "IMAGE=own")).toMatchObject({ status: 65 });
    await world.write("own/Dockerfile", "FROM scratch\nCOPY file /other\n");
    expect((await rebuild("IMAGE=own")).verdicts).toEqual({ own: "built" });
    expect(await stateOf("own")).not.toContain("failures");
  });

  it("refuses two kinds of report at once", async () => {
    expect(await world.run("rebuild", "--json", "--markdown")).toMatchObject({ status: 64 });
  });
});

describe("a hold", () => {
  it("leaves the tags of an image where they are, whoever builds, until it is lifted", async () => {
    expect(await world.run("hold", "IMAGE=base", "WHY=rolled back")).toMatchObject({
      status: 0,
      stdout: "base: held: rolled back\n",
    });
    await world.write("base/file", "held\n");
    const before = await stateOf("base");
    expect((await world.run("plan", "IMAGE=base")).stdout).toMatch(
      /^base +build +source .*; tags stay: held: rolled back$/m,
    );
    expect((await world.run("status", "IMAGE=base")).stdout).toContain("held: rolled back");
    expect(await world.run("build", "IMAGE=app")).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^base: held: rolled back$[\s\S]*^app: nothing to do/m),
    });
    const { status, verdicts } = await rebuild();
    expect({ status, verdicts }).toEqual({
      status: 0,
      verdicts: { base: "held", app: "unchanged", own: "unchanged" },
    });
    expect(await stateOf("base")).toBe(before);

    expect((await world.run("lift", "IMAGE=base")).stdout).toBe("base: lifted what was held: rolled back\n");
    expect(await world.run("lift", "IMAGE=base")).toMatchObject({ status: 0, stdout: "base is not held\n" });
    expect(await stateOf("base")).not.toContain("hold");
    const after = await world.run("build", "IMAGE=all");
    expect(after.stderr).toMatch(/^base linux\/amd64: already staged/m);
    expect(after.stderr).toMatch(/^base: published/m);
    expect(after.stderr).toMatch(/^app: published/m);
  });

  it("ends by itself, and is stepped over by name with a reason that is recorded", async () => {
    const until = new Date(Date.now() + hourMs).toISOString();
    await world.run("hold", "IMAGE=own", "WHY=wait", `UNTIL=${until}`);
    await world.write("own/file", "soon\n");
    expect((await world.run("build", "IMAGE=own")).stderr).toMatch(/^own: held until .* UTC: wait$/m);
    await shiftClock(world, 2 * hourMs);
    expect((await world.run("build", "IMAGE=own")).stderr).toMatch(/^own: published/m);

    delete world.env["NODE_OPTIONS"];
    await world.write("own/file", "at once\n");
    const allowed = await world.run("build", "IMAGE=own", "ALLOW=held", "WHY=an exploit");
    expect(allowed.stderr).toMatch(/^own: published/m);
    const state = await stateOf("own");
    expect(state).toMatch(/safeties:\n +- held\n +why: an exploit/);
    expect(state).toContain("why: wait");
    await world.run("lift", "IMAGE=own");
  });

  it("keeps a tag away that is new in images.yaml", async () => {
    await world.run("hold", "IMAGE=own", "WHY=frozen");
    await world.write("images.yaml", enrolled({ own: ", tags: [latest, v2]" }));
    expect((await world.run("build", "IMAGE=own")).stderr).toMatch(/^own: held: frozen$/m);
    const repository = { registry: "factory.localhost", path: "own" };
    expect(await (await world.client()).headManifest(repository, "v2")).toBeUndefined();
    await world.run("lift", "IMAGE=own");
  });

  it("of a base is written to its record with the digest that it has", async () => {
    const mirror = world.env["FACTORY_TRIVY_DATABASE"] ?? "";
    const { status, stdout, stderr } = await world.run(
      "hold",
      `BASE=${mirror}`,
      "WHY=as it is",
      "UNTIL=2126-12-31",
    );
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/sha256:[0-9a-f]{64}: held until 2127-01-01 00:00 UTC: as it is\n$/);
    const record = join(world.workDir, "state/base-images", `${mirror.replaceAll(/[:/]/g, "-")}.yaml`);
    expect(await readFile(record, "utf8")).toMatch(
      /^ {2}hold:\n {4}why: as it is\n[\s\S]*^ {4}digest: sha256:/m,
    );
    expect((await world.run("lift", `BASE=${mirror}`)).stdout).toMatch(/lifted what was held until/);
  });

  it.each([
    ["neither an image nor a base", ["WHY=x"], /IMAGE= or BASE=/],
    ["both", ["IMAGE=own", "BASE=node:22", "WHY=x"], /IMAGE= or BASE=/],
    ["no reason", ["IMAGE=own"], /WHY=/],
    ["an end that has passed", ["IMAGE=own", "WHY=x", "UNTIL=2020-01-01"], /UNTIL: expected a time to come/],
    ["an end that is none", ["IMAGE=own", "WHY=x", "UNTIL=soon"], /UNTIL: expected/],
    ["a base that is built here", ["BASE=factory.localhost/base", "WHY=x"], /IMAGE=base/],
  ])("with %s is refused", async (_, words, message) => {
    expect(await world.run("hold", ...words)).toMatchObject({
      status: 64,
      stderr: expect.stringMatching(message),
    });
  });
});
