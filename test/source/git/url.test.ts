import { describe, expect, test } from "vitest";
import { parseGitUrl, parseSubmoduleUrl } from "../../../src/source/git/url.ts";

test.each([
  ["https://git.example.org/team/app.git", "https", "https://git.example.org"],
  ["https://git.example.org:8443/app", "https", "https://git.example.org:8443"],
  ["http://127.0.0.1:3000/app.git", "http", "http://127.0.0.1:3000"],
  ["http://[::1]:3000/app.git", "http", "http://[::1]:3000"],
  ["http://localhost/app.git", "http", "http://localhost"],
  ["ssh://git@git.example.org:22/team/app.git", "ssh", undefined],
  ["git@git.example.org:team/app.git", "ssh", undefined],
  ["git.example.org:app", "ssh", undefined],
  ["/srv/git/my app.git", "file", undefined],
  ["file:///srv/git/app.git", "file", undefined],
])("%s is taken", (text, transport, origin) => {
  expect(parseGitUrl(text)).toEqual({ text, transport, origin });
});

test.each([
  "http://git.example.org/app.git",
  "http://127.0.0.1.example.org/app.git",
  "http://localhost.example.org/app.git",
  "https://user:secret@git.example.org/app.git",
  "https://git.example.org/app.git?x=y",
  "https://git.example.org/app.git#main",
  "ssh://git:secret@git.example.org/app.git",
  "ftp://git.example.org/app.git",
  "EXT::sh",
  "https://",
  "app.git",
  "a b:c",
])("%s is refused, without repeating a password", (text) => {
  expect(() => parseGitUrl(text)).toThrow(expect.objectContaining({ code: "source-invalid" }));
  expect(() => parseGitUrl(text)).not.toThrow(/secret/);
});

describe("the address of a submodule", () => {
  const resolve = (text: string, parent: string) => parseSubmoduleUrl(text, parseGitUrl(parent)).text;

  test.each([
    ["../lib.git", "https://git.example.org/team/app.git", "https://git.example.org/team/lib.git"],
    ["../../other/lib", "https://git.example.org/team/app/", "https://git.example.org/other/lib"],
    ["./lib", "https://git.example.org/team/app", "https://git.example.org/team/app/lib"],
    ["../lib.git", "git@git.example.org:team/app.git", "git@git.example.org:team/lib.git"],
    ["../../lib.git", "git@git.example.org:team/app.git", "git@git.example.org:lib.git"],
    ["../lib.git", "ssh://git@git.example.org/team/app.git", "ssh://git@git.example.org/team/lib.git"],
    ["../lib.git", "/srv/git/app.git", "/srv/git/lib.git"],
    ["https://elsewhere.example.org/lib", "/srv/git/app.git", "https://elsewhere.example.org/lib"],
  ])("%s of %s is %s", (text, parent, expected) => {
    expect(resolve(text, parent)).toBe(expected);
  });

  test.each([
    ["../../../lib", "https://git.example.org/team/app.git"],
    ["../../../../lib", "git@git.example.org:team/app.git"],
    ["../../lib.git", "/srv/git/app.git"],
    ["../x/../../private/lib.git", "/srv/git/app.git"],
    ["/srv/git/lib.git", "/srv/git/app.git"],
    ["file:///srv/git/lib.git", "https://git.example.org/team/app.git"],
    ["http://127.0.0.1:80/lib.git", "https://git.example.org/team/app.git"],
    ["http://127.0.0.1:81/lib.git", "http://127.0.0.1:80/app.git"],
    ["ext::sh -c x", "https://git.example.org/team/app.git"],
    ["-x", "https://git.example.org/team/app.git"],
  ])("%s of %s is refused", (text, parent) => {
    expect(() => resolve(text, parent)).toThrow(expect.objectContaining({ code: "source-invalid" }));
  });
});
