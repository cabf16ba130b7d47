import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCredentialStore } from "../../src/registry/credentials.ts";
import { run } from "../../src/run.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "factory-logins-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const lookup = (env: Readonly<Record<string, string>>) =>
  createCredentialStore({ authFiles: [], env, run, uid: undefined }).lookup("registry.example.com");

describe("a file of logins that a variable names", () => {
  test.each<[string, () => Readonly<Record<string, string>>]>([
    [
      "a pipe that nobody writes",
      () => {
        execFileSync("mkfifo", [join(dir, "pipe")]);
        return { REGISTRY_AUTH_FILE: join(dir, "pipe") };
      },
    ],
    ["a device without end", () => ({ REGISTRY_AUTH_FILE: "/dev/zero" })],
    ["a folder", () => ({ REGISTRY_AUTH_FILE: dir })],
    [
      "of another kind",
      () => {
        writeFileSync(join(dir, "text"), "- name: app\n");
        return { REGISTRY_AUTH_FILE: join(dir, "text") };
      },
    ],
    [
      "8 GB without content",
      () => {
        writeFileSync(join(dir, "huge"), "");
        truncateSync(join(dir, "huge"), 8 * 1024 ** 3);
        return { REGISTRY_AUTH_FILE: join(dir, "huge") };
      },
    ],
    [
      "docker's, and leads to itself",
      () => {
        symlinkSync("config.json", join(dir, "config.json"));
        return { DOCKER_CONFIG: dir };
      },
    ],
    [
      "docker's, and has a helper that is a path",
      () => {
        mkdirSync(join(dir, "docker"));
        writeFileSync(join(dir, "docker/config.json"), '{"credsStore": "../../x"}');
        return { DOCKER_CONFIG: join(dir, "docker") };
      },
    ],
  ])("and is %s is an error, soon", async (_, env) => {
    await expect(lookup(env())).rejects.toMatchObject({ code: "credentials-invalid", exitStatus: 78 });
  });

  test.each([
    ["the empty device", { REGISTRY_AUTH_FILE: "/dev/null" }],
    ["not there", { REGISTRY_AUTH_FILE: "/nowhere", DOCKER_CONFIG: "/etc/passwd/x" }],
  ])("and is %s has none", async (_, env) => {
    expect(await lookup(env)).toBeUndefined();
  });
});
