import { copyFile, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FactoryError } from "../../src/errors.ts";
import { writeAuthFile } from "../../src/registry/auth-file.ts";
import { createCredentialStore, credentialFiles } from "../../src/registry/credentials.ts";
import { type Command, type Finished, run } from "../../src/run.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "credentials-"));
});
afterEach(() => rm(dir, { recursive: true }));

const noRun = async (): Promise<Finished> => {
  throw new Error("no helper was to be run");
};
const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") });

async function storeOf(config: unknown, runner = noRun as (command: Command) => Promise<Finished>) {
  const file = join(dir, "auth.json");
  await writeFile(file, typeof config === "string" ? config : JSON.stringify(config));
  return createCredentialStore({ authFiles: [file], env: {}, run: runner });
}

test("the files are those of podman, buildah and docker, given ones first", () => {
  const env = {
    HOME: "/h",
    REGISTRY_AUTH_FILE: "/r.json",
    XDG_RUNTIME_DIR: "/run/user/7",
    DOCKER_CONFIG: "/d",
  };
  expect(credentialFiles({ authFiles: ["/given"], env })).toEqual([
    "/given",
    "/r.json",
    "/run/user/7/containers/auth.json",
    "/h/.config/containers/auth.json",
    "/d/config.json",
  ]);
  expect(credentialFiles({ authFiles: [], env: { HOME: "/h" }, uid: 7 })).toEqual([
    "/run/containers/7/auth.json",
    "/h/.config/containers/auth.json",
    "/h/.docker/config.json",
  ]);
});

describe("a look-up", () => {
  test("takes the most particular entry", async () => {
    const store = await storeOf({
      auths: {
        "quay.io": auth("host:1"),
        "quay.io/team": auth("team:2"),
        "quay.io/team/app": auth("app:3:4"),
      },
    });
    expect(await store.lookup("quay.io", "team/app")).toEqual({ username: "app", password: "3:4" });
    expect(await store.lookup("quay.io", "team/other")).toEqual({ username: "team", password: "2" });
    expect(await store.lookup("quay.io", "teams/app")).toEqual({ username: "host", password: "1" });
    expect(await store.lookup("quay.io:443")).toBeUndefined();
  });

  test.each(["https://index.docker.io/v1/", "index.docker.io", "registry-1.docker.io", "docker.io"])(
    "finds Docker Hub under %s",
    async (key) => {
      const store = await storeOf({ auths: { [key]: auth("me:pw") } });
      expect(await store.lookup("docker.io", "library/debian")).toEqual({ username: "me", password: "pw" });
    },
  );

  test("goes on to the next file where one says nothing of the host", async () => {
    const second = join(dir, "second.json");
    await writeFile(second, JSON.stringify({ auths: { "ghcr.io": auth("a:b") } }));
    await writeFile(
      join(dir, "first.json"),
      JSON.stringify({ auths: { "ghcr.io": {}, "quay.io": auth("x:y") } }),
    );
    await writeFile(join(dir, "empty.json"), "");
    const authFiles = ["gone.json", "empty.json", "first.json", "second.json"].map((name) => join(dir, name));
    const store = createCredentialStore({ authFiles, env: {}, run: noRun });
    expect(await store.lookup("ghcr.io")).toEqual({ username: "a", password: "b" });
    expect(await store.lookup("other.io")).toBeUndefined();
  });

  test("gives an identity token where there is one", async () => {
    const store = await storeOf({
      auths: { "x.azurecr.io": { ...auth("0000:"), identitytoken: "refresh" } },
    });
    expect(await store.lookup("x.azurecr.io")).toEqual({ identityToken: "refresh" });
  });

  test.each([
    ["no json", "expected JSON"],
    ["[]", "expected an object"],
    [{ auths: { "a.io": "secret" } }, "auths.a.io: expected an object, got string"],
    [{ auths: { "a.io": { auth: 5 } } }, "auths.a.io.auth: expected a string, got number"],
    [{ auths: { "a.io": auth("secret") } }, "expected base64 of user:password"],
  ])("names a broken file and no secret: %j", async (config, message) => {
    const lookup = (await storeOf(config)).lookup("a.io");
    await expect(lookup).rejects.toMatchObject({
      code: "credentials-invalid",
      message: expect.stringContaining("auth.json"),
    });
    await expect(lookup).rejects.toThrow(message);
    await expect(lookup).rejects.not.toThrow(/secret/);
  });

  test.each([
    ["that was just written", 0],
    ["that was written long ago", 3_600_000],
  ])("a login counts at once in a file %s", async (_, ageMs) => {
    const file = join(dir, "auth.json");
    const now = () => Date.now() + ageMs;
    const store = createCredentialStore({ authFiles: [file], env: {}, run: noRun, now });
    expect(await store.lookup("a.io")).toBeUndefined();
    for (const password of ["one", "two", "six"]) {
      // As other programs write it, in place; as the factory does, by another file.
      await writeFile(file, JSON.stringify({ auths: { "a.io": auth(`u:${password}`) } }));
      if (ageMs > 0) await rename(file, join(dir, "former")).then(() => copyFile(join(dir, "former"), file));
      expect(await store.lookup("a.io")).toEqual({ username: "u", password });
      expect(await store.lookup("a.io")).toEqual({ username: "u", password });
    }
    await rm(file);
    expect(await store.lookup("a.io")).toBeUndefined();
  });

  test("names a file that cannot be read", async () => {
    await mkdir(join(dir, "folder.json"));
    const store = createCredentialStore({ authFiles: [join(dir, "folder.json")], env: {}, run: noRun });
    await expect(store.lookup("a.io")).rejects.toMatchObject({ code: "credentials-invalid" });
  });
});

describe("a credential helper", () => {
  const answering = (stdout: string, exitCode = 0) => {
    const commands: Command[] = [];
    const runner = async (command: Command) => {
      commands.push(command);
      return { exitCode, stdout, stderr: "" };
    };
    return { commands, runner };
  };

  test("is asked for its host by standard input, before the file's own entries", async () => {
    const { commands, runner } = answering('{"Username":"u","Secret":"s"}');
    const config = {
      auths: { "ghcr.io": auth("old:old") },
      credHelpers: { "ghcr.io": "gh" },
      credsStore: "all",
    };
    expect(await (await storeOf(config, runner)).lookup("ghcr.io", "a/b")).toEqual({
      username: "u",
      password: "s",
    });
    expect(commands).toMatchObject([{ tool: "docker-credential-gh", args: ["get"], input: "ghcr.io" }]);
  });

  test("of all hosts is asked for Docker Hub by its old address, and may give an identity token", async () => {
    const { commands, runner } = answering('{"Username":"<token>","Secret":"refresh"}');
    expect(await (await storeOf({ credsStore: "desktop" }, runner)).lookup("docker.io")).toEqual({
      identityToken: "refresh",
    });
    expect(commands[0]?.input).toBe("https://index.docker.io/v1/");
  });

  test("is asked once a minute however many repositories are asked for, and again when its answer is refused", async () => {
    const { commands, runner } = answering('{"Username":"u","Secret":"s"}');
    let now = 0;
    const file = join(dir, "auth.json");
    await writeFile(file, JSON.stringify({ credsStore: "cloud" }));
    const store = createCredentialStore({ authFiles: [file], env: {}, run: runner, now: () => now });
    await Promise.all(["a", "b", "c"].map((path) => store.lookup("a.io", path)));
    await store.lookup("b.io");
    expect(commands.map(({ input }) => input)).toEqual(["a.io", "b.io"]);
    await store.lookup("a.io", "a", true);
    await store.lookup("a.io", "a");
    expect(commands).toHaveLength(3);
    now = 60_000;
    await store.lookup("a.io", "a");
    expect(commands).toHaveLength(4);
  });

  test("that failed is asked again", async () => {
    let fails = true;
    const runner = async () => ({
      ...(fails
        ? { exitCode: 1, stdout: "locked" }
        : { exitCode: 0, stdout: '{"Username":"u","Secret":"s"}' }),
      stderr: "",
    });
    const store = await storeOf({ credsStore: "x" }, runner);
    await expect(store.lookup("a.io")).rejects.toThrow("locked");
    fails = false;
    expect(await store.lookup("a.io")).toEqual({ username: "u", password: "s" });
  });

  test("that knows nothing leaves it to the file", async () => {
    const { runner } = answering("credentials not found in native keychain\n", 1);
    const config = { auths: { "a.io": auth("u:p") }, credsStore: "x" };
    expect(await (await storeOf(config, runner)).lookup("a.io")).toEqual({ username: "u", password: "p" });
  });

  test.each([
    ["fails", answering("keyring is locked", 1).runner, "keyring is locked"],
    ["answers no JSON", answering("hello").runner, "expected JSON"],
    [
      "is not there",
      async () => {
        throw new FactoryError("machine-lacks", "cannot start");
      },
      "docker-credential-x",
    ],
  ])("that %s is named", async (_what, runner, message) => {
    const lookup = (await storeOf({ credsStore: "x" }, runner)).lookup("a.io");
    await expect(lookup).rejects.toMatchObject({ code: "credentials-invalid" });
    await expect(lookup).rejects.toThrow(message);
  });

  test("has a plain name", async () => {
    await expect((await storeOf({ credsStore: "../evil" })).lookup("a.io")).rejects.toThrow(
      "no name of a credential",
    );
  });

  test("runs as docker runs it", async () => {
    const script =
      '#!/bin/sh\nread host\nprintf \'{"Username":"%s","Secret":"%s"}\' "$1-$host" "$HELPER_LOGIN"\n';
    await writeFile(join(dir, "docker-credential-real"), script, { mode: 0o755 });
    const file = join(dir, "auth.json");
    await writeFile(file, JSON.stringify({ credsStore: "real" }));
    const env = { PATH: `${dir}:${process.env["PATH"]}`, HELPER_LOGIN: "cloud" };
    const store = createCredentialStore({ authFiles: [file], env, run });
    expect(await store.lookup("a.io:5000")).toEqual({ username: "get-a.io:5000", password: "cloud" });
  });
});

test("a written file is for this user alone and is read back", async () => {
  const file = join(dir, "written.json");
  await writeAuthFile(file, {
    "127.0.0.1:5000": { username: "u", password: "p:q" },
    "docker.io": { identityToken: "t" },
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const store = createCredentialStore({ authFiles: [file], env: {}, run: noRun });
  expect(await store.lookup("127.0.0.1:5000", "a/b")).toEqual({ username: "u", password: "p:q" });
  expect(await store.lookup("docker.io")).toEqual({ identityToken: "t" });
});
