import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownRoot } from "../../src/setup/needs.ts";
import { nodeWords } from "../command-start.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "elsewhere-"));
  writeFileSync(join(dir, "images.yaml"), "[]\n");
  writeFileSync(join(dir, "podman"), '#!/bin/sh\n[ "$1" = info ] && exit 0\necho "$@"\nexit 65\n');
  chmodSync(join(dir, "podman"), 0o755);
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a command whose work finds that this machine lacks something. */
function lacking(spec: object, env: Readonly<Record<string, string>> = {}) {
  const from = (path: string) => JSON.stringify(join(ownRoot, "src", path));
  writeFileSync(
    join(dir, "command.ts"),
    `import { main } from ${from("command/main.ts")};
     import { textWord } from ${from("command/options.ts")};
     import { FactoryError } from ${from("errors.ts")};
     const words = { WORD: textWord("<word>", "") };
     await main({ ...${JSON.stringify({ summary: "", flags: {}, ...spec })}, words }, async () => {
       throw new FactoryError("tools-missing", "there is no scanner");
     });`,
  );
  return spawnSync(process.execPath, [...nodeWords, join(dir, "command.ts"), "WORD=a b"], {
    encoding: "utf8",
    env: {
      PATH: dir,
      FACTORY_BUILDER_IMAGE: "builder.example/factory:1",
      FACTORY_IMAGES_FILE: join(dir, "images.yaml"),
      FACTORY_WORK_DIR: join(dir, "work"),
      FACTORY_STATE_DIR: join(dir, "state"),
      ...env,
    },
  });
}

test("a command that may runs in the builder image by its script's name, and that is its status", () => {
  const { status, stdout, stderr } = lacking({ command: "build:scan-only", elsewhere: true });
  expect(stderr).toBe(
    "there is no scanner: build-scan-only runs in builder.example/factory:1 through podman\n",
  );
  expect(stdout).toMatch(/ builder\.example\/factory:1 src\/setup\/start\.sh build-scan-only WORD=a b\n$/);
  expect(status).toBe(65);
});

test("one that may not, or that is in the builder image already, ends with what is lacking", () => {
  for (const ended of [
    lacking({ command: "gc" }),
    lacking({ command: "scan", elsewhere: true }, { FACTORY_BUILDER: "1" }),
  ])
    expect(ended).toMatchObject({ status: 69, stdout: "", stderr: "there is no scanner\n" });
});
