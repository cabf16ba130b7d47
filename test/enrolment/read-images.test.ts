import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readImages } from "../../src/enrolment/read-images.ts";
import { FactoryError } from "../../src/errors.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "enrolment-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function failure(content: string | Uint8Array | undefined): Promise<FactoryError> {
  const file = join(folder, "images.yaml");
  if (content !== undefined) await writeFile(file, content);
  const error = await readImages(file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FactoryError)) throw new Error(`expected a FactoryError, got ${String(error)}`);
  expect(error.exitStatus).toBe(65);
  return error;
}

describe("images.yaml as a file", () => {
  test("has its relative paths read from its own folder", async () => {
    const file = join(folder, "images.yaml");
    await writeFile(file, "\ufeff- name: a\n  source: {folder: src}\n");
    expect((await readImages(file)).images).toMatchObject([
      { name: "a", position: "images.yaml:1:3", source: { kind: "folder", path: join(folder, "src") } },
    ]);
  });

  test("is made with five lines where it is missing, and the error shows them", async () => {
    const error = await failure(undefined);
    expect(error.message).toBe(`${join(folder, "images.yaml")} is not there`);
    const lines = (error.hint ?? "").split("\n").slice(1).join("\n");
    await writeFile(join(folder, "images.yaml"), lines);
    expect((await readImages(join(folder, "images.yaml"))).images).toHaveLength(1);
    expect(lines.split("\n")).toHaveLength(5);
  });

  test("has to be UTF-8, and the line that is not is named", async () => {
    const bytes = Buffer.concat([Buffer.from("# fine\n# gr"), Buffer.from([0xfc]), Buffer.from("n\n")]);
    expect((await failure(bytes)).message).toBe("images.yaml:2: expected UTF-8, got other bytes");
    expect((await failure(Buffer.from([0xff]))).message).toBe(
      "images.yaml:1: expected UTF-8, got other bytes",
    );
  });

  test("has to be a file of at most 8 MiB", async () => {
    expect((await failure("#".repeat(8 * 1024 * 1024 + 1))).message).toBe(
      "images.yaml: expected at most 8388608 bytes, got 8388609",
    );
    await rm(join(folder, "images.yaml"));
    await mkdir(join(folder, "images.yaml"));
    expect((await failure(undefined)).message).toMatch(/images\.yaml: expected a file, got something else$/);
  });

  test("that cannot be read is wrong, not absent", async () => {
    await writeFile(join(folder, "plain"), "");
    await expect(readImages(join(folder, "plain", "images.yaml"))).rejects.toMatchObject({
      code: "images-invalid",
      message: expect.stringMatching(/cannot be read: ENOTDIR/),
    });
  });
});
