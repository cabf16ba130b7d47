import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { localEnvironment, remoteEnvironment } from "../../../src/source/git/environment.ts";
import { parseGitUrl } from "../../../src/source/git/url.ts";
import { makeTempFolder, removeTempFolder } from "../repository.ts";

const folder = makeTempFolder();
const https = parseGitUrl("https://git.example.org/app.git");
const ssh = parseGitUrl("git@git.example.org:app.git");
afterAll(() => removeTempFolder(folder));

function configOf(environment: Record<string, string>): string[] {
  return Array.from(
    { length: Number(environment["GIT_CONFIG_COUNT"]) },
    (_, index) => `${environment[`GIT_CONFIG_KEY_${index}`]}=${environment[`GIT_CONFIG_VALUE_${index}`]}`,
  );
}

test("only what git needs to reach a server gets in from outside", () => {
  const outside = {
    HOME: "/home/a",
    GIT_SSL_CAINFO: "/ca.pem",
    GIT_DIR: "/x",
    GIT_SSH_COMMAND: "evil",
    GIT_CONFIG_PARAMETERS: "'core.hooksPath=/x'",
    GIT_EXEC_PATH: "/x",
    SSH_ASKPASS: "/x",
    AWS_SECRET_ACCESS_KEY: "x",
    SSH_AUTH_SOCK: "/agent",
  };
  const environment = remoteEnvironment(https, undefined, outside);
  expect(environment).toMatchObject({ HOME: "/home/a", GIT_SSL_CAINFO: "/ca.pem", SSH_AUTH_SOCK: "/agent" });
  for (const name of [
    "GIT_DIR",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXEC_PATH",
    "SSH_ASKPASS",
    "AWS_SECRET_ACCESS_KEY",
  ]) {
    expect(environment).not.toHaveProperty(name);
  }
  expect(environment["GIT_SSH_COMMAND"]).toMatch(/^ssh -oBatchMode=yes /);
});

test("a process on local objects may speak no protocol at all", () => {
  expect(localEnvironment({})).toMatchObject({ GIT_ALLOW_PROTOCOL: "", GIT_NO_LAZY_FETCH: "1" });
});

test("plain http is spoken only where the address itself is on this machine", () => {
  expect(remoteEnvironment(https, undefined, {})["GIT_ALLOW_PROTOCOL"]).toBe("https:ssh:file");
  const loopback = parseGitUrl("http://127.0.0.1:3000/app.git");
  expect(remoteEnvironment(loopback, undefined, {})["GIT_ALLOW_PROTOCOL"]).toBe("https:ssh:file:http");
});

test("a token is bound to the server's origin and stands in no setting", () => {
  const credentials = { kind: "variable", name: "TOKEN", user: "bot" } as const;
  const environment = remoteEnvironment(https, credentials, { TOKEN: "s3cr3t", SSH_AUTH_SOCK: "/agent" });
  const config = configOf(environment);
  expect(config).toContain("credential.helper=");
  expect(config.some((line) => line.startsWith("credential.https://git.example.org.helper=!"))).toBe(true);
  expect(config.join("\n")).not.toContain("s3cr3t");
  expect(environment).not.toHaveProperty("SSH_AUTH_SOCK");
  expect(Object.entries(environment).filter(([, value]) => value.includes("s3cr3t"))).toEqual([
    ["FACTORY_GIT_PASSWORD", "s3cr3t"],
  ]);
});

test("a token that the older form only may have is none where its variable is not set", () => {
  const credentials = { kind: "variable", name: "TOKEN", user: "bot", unset: "anonymous" } as const;
  const outside = { SSH_AUTH_SOCK: "/agent" };
  for (const unset of [outside, { ...outside, TOKEN: "" }])
    expect(remoteEnvironment(https, credentials, unset)).toEqual(
      remoteEnvironment(https, undefined, outside),
    );
  const { unset: _, ...plain } = credentials;
  const set = { ...outside, TOKEN: "s3cr3t" };
  expect(remoteEnvironment(https, credentials, set)).toEqual(remoteEnvironment(https, plain, set));
  expect(() => remoteEnvironment(https, plain, {})).toThrow("variable TOKEN");
});

describe("an ssh key", () => {
  const key = join(folder, "keys", "deploy key");
  const knownHosts = join(folder, "keys", "known_hosts");
  mkdirSync(join(folder, "keys"));
  writeFileSync(key, "key", { mode: 0o600 });
  writeFileSync(knownHosts, "hosts");

  test("is the only identity, for hosts that are known, without agent, question or the machine's settings", () => {
    const environment = remoteEnvironment(ssh, { kind: "ssh", key, knownHosts }, { SSH_AUTH_SOCK: "/agent" });
    expect(environment["GIT_SSH_COMMAND"]).toBe(
      `ssh -F /dev/null -o 'IdentityFile="${key}"' -o 'UserKnownHostsFile="${knownHosts}"' -o 'GlobalKnownHostsFile=/dev/null' -o 'StrictHostKeyChecking=yes' -o 'IdentitiesOnly=yes' -o 'IdentityAgent=none' -o 'PreferredAuthentications=publickey' -o 'BatchMode=yes' -o 'ConnectTimeout=20' -o 'ServerAliveInterval=15'`,
    );
    expect(environment).not.toHaveProperty("SSH_AUTH_SOCK");
  });

  test.each([
    "/no/such/key",
    `${folder}/k'; touch x; '`,
    `${folder}/k" -oProxyCommand=x`,
    `${folder}/%h`,
    `${folder}/$X`,
  ])("%s is refused", (path) => {
    expect(() => remoteEnvironment(ssh, { kind: "ssh", key: path, knownHosts }, {})).toThrow(
      expect.objectContaining({ code: "credentials-invalid" }),
    );
  });

  test("does not fit an https address, nor a token an ssh address", () => {
    expect(() => remoteEnvironment(https, { kind: "ssh", key, knownHosts }, {})).toThrow(
      /ssh key does not fit/,
    );
    expect(() => remoteEnvironment(ssh, { kind: "variable", name: "T", user: "u" }, { T: "x" })).toThrow(
      /token does not fit/,
    );
  });
});
