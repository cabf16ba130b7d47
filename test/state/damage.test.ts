import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { readImages } from "../../src/enrolment/read-images.ts";
import { FactoryError } from "../../src/errors.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import {
  readRecord,
  readUnfinished,
  writeStanding,
  writeState,
  writeUnfinished,
} from "../../src/state/state-file.ts";
import { randomFrom } from "../faults/random.ts";
import { digest, facts, published } from "../plan/facts.ts";

const state = published(facts("app", { enrolment: { annotations: { "org.example.team": "12e5" } } }))
  .state as ImageState;
const hold = { why: "breaks TLS", at: "2026-11-21T10:00:00.000Z" };
const unfinished = [{ digest: digest("next"), uniqueTag: "20261121T100000Z-x", at: hold.at }];

let dir: string;
let file: string;
let whole: Buffer;
let said: unknown;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-damage-"));
  file = join(dir, "images/app.yaml");
  await mkdir(join(dir, "images"));
  await writeFile(
    file,
    "# of the older tool\nname: app\nenrollment: {source: {provider: github, repo: a/b}}\n",
  );
  await writeState(dir, "app", state);
  await writeStanding(dir, "app", { hold });
  await writeUnfinished(dir, "app", unfinished);
  whole = await readFile(file);
  said = await readAll();
  expect(said).toEqual({
    state: { ...state, publishing: unfinished },
    hold,
    failures: undefined,
    unfinished,
  });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const readAll = async () => ({
  ...(await readRecord(dir, "app")),
  unfinished: await readUnfinished(dir, "app"),
});

/** Whether a damaged file is told of; one that is read says what the whole one does. */
async function isDetected(damaged: Uint8Array): Promise<boolean> {
  await writeFile(file, damaged);
  try {
    expect(await readAll()).toEqual(said);
    return false;
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    expect(error).toMatchObject({
      code: "state-invalid",
      message: expect.stringContaining(`${file} is damaged: `),
      hint: expect.stringContaining("npm run fsck IMAGE=app -- --repair"),
    });
    return true;
  }
}

describe("a state file that is damaged", () => {
  it("is told of wherever it was cut, unless only its last line feed is gone", async () => {
    const undetected: number[] = [];
    for (let end = 0; end < whole.length; end++)
      if (!(await isDetected(whole.subarray(0, end)))) undetected.push(end);
    expect(undetected).toEqual([whole.length - 1]);
  });

  it("is told of, or says the same, whatever bits of it were flipped", async () => {
    const random = randomFrom(30);
    const at = (bound: number) => Math.floor(random() * bound);
    let detected = 0;
    for (let times = 0; times < 1_500; times++) {
      const damaged = Buffer.from(whole);
      for (let flips = 1 + at(3); flips > 0; flips--) {
        const place = at(damaged.length);
        damaged[place] = (damaged[place] ?? 0) ^ (1 << at(8));
      }
      if (await isDetected(damaged)) detected += 1;
    }
    expect(detected).toBeGreaterThan(1_200);
  });

  it("is told of when a part of it is another file's, or nothing", async () => {
    const random = randomFrom(31);
    for (let times = 0; times < 300; times++) {
      const from = Math.floor(random() * (whole.length - 60));
      const damaged = Buffer.from(whole);
      damaged.fill(random() < 0.5 ? 0 : "name: other\n  x: y\n", from, from + 8 + Math.floor(random() * 50));
      await isDetected(damaged);
    }
  });

  it("enrols nobody less in silence when it was cut", async () => {
    const images = join(dir, "images.yaml");
    await writeFile(images, "[]\n");
    for (const end of [0, 30, 100, 130, 150, 170]) {
      await writeFile(file, whole.subarray(0, end));
      await expect(readImages(images, dir)).rejects.toMatchObject({ code: "state-invalid" });
    }
    await writeFile(file, whole);
    expect((await readImages(images, dir)).images.map(({ name }) => name)).toEqual(["app"]);
  });
});

describe("a state file that somebody else has written", () => {
  it("is read as before when fields outside of factory: were changed, or all of it was laid out anew", async () => {
    const text = whole.toString();
    await writeFile(file, `${text.replace("name: app", "name: app\nowner: me # mine")}notes: [x]\n`);
    expect(await readAll()).toEqual(said);
    const { factory, ...others } = parse(text) as Record<string, Record<string, unknown>>;
    const turned = Object.fromEntries(Object.entries(factory ?? {}).toReversed());
    await writeFile(file, stringify({ factory: turned, ...others }, { defaultStringType: "QUOTE_SINGLE" }));
    expect(await readAll()).toEqual(said);
  });

  it("is taken as it is without either checksum, and not with one of them", async () => {
    const edited = whole.toString().replace("why: breaks TLS", "why: breaks SSH");
    await writeFile(file, edited);
    await expect(readAll()).rejects.toThrow("factory is not what its checksum was made of");
    const without = edited.replace(/^factoryChecksum: .*\n/m, "");
    await writeFile(file, without);
    await expect(readAll()).rejects.toThrow("factoryChecksum is missing");
    await writeFile(file, without.replace(/^ {2}checksum: .*\n/m, ""));
    expect(await readAll()).toMatchObject({ hold: { why: "breaks SSH" } });
    await writeStanding(dir, "app", { hold });
    expect(await readAll()).toEqual(said);
  });
});
