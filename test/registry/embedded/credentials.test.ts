import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "bcryptjs";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  newCredentials,
  passwordLine,
  readCredentials,
  writeCredentials,
} from "../../../src/registry/embedded/credentials.ts";

let dir: string;
let authFile: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "embedded-credentials-"));
  authFile = join(dir, "auth.json");
});
afterEach(() => rm(dir, { recursive: true }));

const address = "127.0.0.1:5500";
const credentials = { user: "factory", password: "with:colon" };

test("credentials are read back as they were written, a colon in the password included", async () => {
  await writeCredentials(authFile, credentials, { now: address, before: undefined });
  expect(await readCredentials(authFile, address)).toEqual(credentials);
});

test("the file can be read by its owner alone", async () => {
  await writeCredentials(authFile, credentials, { now: address, before: undefined });
  expect((await stat(authFile)).mode & 0o777).toBe(0o600);
});

test("a new address takes the place of the former one, and what others put there stays", async () => {
  const others = { "ghcr.io": { auth: "b3RoZXI6c2VjcmV0" } };
  const former = { auth: "ZmFjdG9yeTpvbGQ=" };
  await writeFile(
    authFile,
    JSON.stringify({ credHelpers: { a: "b" }, auths: { ...others, [address]: former } }),
  );
  await writeCredentials(authFile, credentials, { now: "127.0.0.1:5501", before: address });
  const file = JSON.parse(await readFile(authFile, "utf8"));
  expect(file.credHelpers).toEqual({ a: "b" });
  expect(Object.keys(file.auths)).toEqual(["ghcr.io", "127.0.0.1:5501"]);
  expect(file.auths["ghcr.io"]).toEqual(others["ghcr.io"]);
});

test.each([
  ["no file", undefined],
  ["no entry", '{"auths":{"ghcr.io":{"auth":"YTpi"}}}'],
  ["an entry of a credential helper", `{"auths":{"${address}":{}}}`],
  ["an entry that holds no user", `{"auths":{"${address}":{"auth":"OnNlY3JldA=="}}}`],
])("%s is no credentials", async (_title, text) => {
  if (text !== undefined) await writeFile(authFile, text);
  expect(await readCredentials(authFile, address)).toBeUndefined();
});

test("a damaged file is reported by its path and never overwritten", async () => {
  await writeFile(authFile, '{"auths":');
  const writing = writeCredentials(authFile, credentials, { now: address, before: undefined });
  await expect(writing).rejects.toMatchObject({
    code: "credentials-invalid",
    message: expect.stringContaining(authFile),
  });
  expect(await readFile(authFile, "utf8")).toBe('{"auths":');
});

test("the htpasswd line holds a bcrypt hash of the password and not the password", async () => {
  const made = newCredentials();
  const [user, hash = ""] = (await passwordLine(made)).trimEnd().split(":");
  expect(user).toBe("factory");
  expect(hash).toMatch(/^\$2[aby]\$04\$/);
  expect(await compare(made.password, hash)).toBe(true);
});

test("two passwords are never the same, and bcrypt reads all of each", () => {
  const [one, two] = [newCredentials(), newCredentials()];
  expect(one.password).not.toBe(two.password);
  expect(Buffer.from(one.password, "base64url")).toHaveLength(32);
  expect(one.password.length).toBeLessThanOrEqual(72);
});
