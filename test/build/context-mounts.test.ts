import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { assertMountsInside } from "../../src/build/context-mounts.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { settingsFor } from "../dockerfile/settings.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "factory-context-"));
  mkdirSync(join(dir, "context/inner"), { recursive: true });
  writeFileSync(join(dir, "context/inner/file"), "");
  writeFileSync(join(dir, "secret"), "");
  symlinkSync("/etc", join(dir, "context/etc"));
  symlinkSync("../secret", join(dir, "context/up"));
  symlinkSync("inner", join(dir, "context/within"));
  symlinkSync("within/../etc", join(dir, "context/twice"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const check = (source: string, buildahVersion = "1.28.2") =>
  assertMountsInside(
    {
      dockerfile: parseDockerfile(
        `FROM a\nRUN --mount=type=bind,source=${source},target=/m true`,
        "Dockerfile",
      ),
      settings: settingsFor(),
    },
    join(dir, "context"),
    { buildahVersion },
  );

test.each(["etc", "etc/passwd", "up", "twice", "./within/../etc"])(
  "a bind mount of %s, a link out of the context, is refused where buildah would follow it",
  async (source) => {
    await expect(check(source)).rejects.toMatchObject({
      code: "dockerfile-unsupported",
      exitStatus: 65,
      message: expect.stringContaining("a link out of the context"),
    });
    await check(source, "1.35.1");
  },
);

test.each(["inner", "within", "within/file", "inner/file", "nowhere", "."])("one of %s is not", (source) =>
  check(source),
);
