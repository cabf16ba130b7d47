import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keep, keepJson, recall, recallJson } from "../src/kept.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "kept-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const value = { treeId: `sha256:${"a1".repeat(32)}`, list: [1, "é"], none: null };

test("a value that is kept is read back, and nothing else wherever the file is cut or a bit of it flipped", async () => {
  const file = join(dir, "a/b/value.json");
  await keepJson(file, value);
  expect(recallJson(file)).toEqual(value);
  const whole = await readFile(file);
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    for (const damaged of [whole.subarray(0, at), flipped]) {
      await writeFile(file, damaged);
      expect(recallJson(file)).toBeUndefined();
    }
  }
});

test("what cannot be read is not there, and what cannot be written is done without", async () => {
  const folder = join(dir, "folder");
  await mkdir(join(folder, "value"), { recursive: true });
  await writeFile(join(dir, "file"), "");
  for (const file of [join(folder, "value"), join(dir, "file/value"), join(dir, "absent/value")])
    expect(recall(file)).toBeUndefined();
  for (const file of [join(folder, "value"), join(dir, "file/value"), "/proc/self/value"]) {
    await keep(file, Buffer.from("x"));
    expect(recall(file)).toBeUndefined();
  }
});
