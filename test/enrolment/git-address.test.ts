import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseGitAddress } from "../../src/enrolment/git-address.ts";
import { explainGitRef } from "../../src/enrolment/git-ref.ts";

describe("the address of a git repository", () => {
  test.each([
    ["github:acme/api", "https://github.com/acme/api.git"],
    ["github:acme/api.git", "https://github.com/acme/api.git"],
    ["gitlab:group/sub/api", "https://gitlab.com/group/sub/api.git"],
    ["gitea:git.example.com:3000/acme/api", "https://git.example.com:3000/acme/api.git"],
    ["https://git.example.com/acme/api.git", "https://git.example.com/acme/api.git"],
    ["HTTPS://git.example.com/acme", "https://git.example.com/acme"],
    ["http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api"],
    ["https://[::1]:8443/api", "https://[::1]:8443/api"],
    ["ssh://git@git.example.com:2222/acme/api.git", "ssh://git@git.example.com:2222/acme/api.git"],
    ["git@git.example.com:acme/api.git", "git@git.example.com:acme/api.git"],
    ["file:///srv/api.git", "/srv/api.git"],
    ["/srv/api.git", "/srv/api.git"],
    ["./api", "/team/api"],
    ["../api", "/api"],
    [".", "/team"],
  ])("%s is %s", (text, url) => {
    expect(parseGitAddress(text, "/team")).toEqual({ url });
  });

  test.each([
    "",
    "api",
    "acme/api",
    "~/api",
    "-oProxyCommand=x",
    "--upload-pack=x",
    "ext::sh",
    "fd::17",
    "transport::https://x/y",
    "git://h.example/a",
    "ftp://h.example/a",
    "https://",
    "https://h.example",
    "https://h.example/",
    "https:///a",
    "https://-h/a",
    "https://h.example/a b",
    "https://h.example/a\n",
    "https://h.example\\a/b",
    "https://token@h.example/a",
    "https://me:pw@h.example/a",
    "https://h.example/a?token=x",
    "https://h.example/a#main",
    "ssh://-oProxyCommand=x/a",
    "ssh://git@-oProxyCommand=x/a",
    "ssh://-x@h.example/a",
    "ssh://git:pw@h.example/a",
    "git@-h.example:a",
    "-git@h.example:a",
    "git@h.example:-a",
    "git@h.example:",
    "a@b@h.example:a",
    "host.example:a",
    "github:acme",
    "github:acme/api/x",
    "github:acme/..",
    "github:-acme/api",
    "github:acme/api#main",
    "gitea:acme/api",
    "gitea:-h/acme/api",
    "github://acme/api",
    "file://host/srv/api",
    "file:////host/api",
    `https://h.example/${"a".repeat(2_100)}`,
  ])("%j is none", (text) => {
    expect(parseGitAddress(text, "/team")).toEqual({
      expected: expect.stringMatching(/^expected the address of a git repository: /),
    });
  });

  test("is never an option, a helper or a carrier of passwords, whatever was written", () => {
    const pieces = fc.constantFrom(
      "-",
      "@",
      ":",
      "//",
      "::",
      "ext",
      "ssh",
      "https",
      "git",
      "h.example",
      "/",
      "..",
      "%",
      "o=x",
      " ",
      "\n",
      "github",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 9 }), (parts) => {
        const address = parseGitAddress(parts.join(""), "/team");
        if (!("url" in address)) return;
        expect(address.url).toMatch(
          /^(?:\/|https?:\/\/[^-@/][^@/]*\/|ssh:\/\/(?:[^-@:/][^@:/]*@)?[^-@/][^@/]*\/|[^-@:/][^@:/]*@[^-@:/][^@:/]*:[^-])/,
        );
        expect(address.url).not.toMatch(/\s|^[^/]*::/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a git ref", () => {
  const refs = [
    "main",
    "v1.4.0",
    "feature/x",
    "refs/heads/main",
    "8d5c0e1f7a0b4c9d2e3f4a5b6c7d8e9f0a1b2c3d",
    "a.b",
    "ä",
    "a@b",
    "a{b",
    "",
    "@",
    "a..b",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[b",
    "a\\b",
    "/a",
    "a/",
    "a//b",
    ".a",
    "a/.b",
    "a.lock",
    "a.lock/b",
    "a.",
    "a@{1}",
    "a\u007f",
  ];

  test.each(refs)("%j is judged as git judges it", (ref) => {
    const judged = spawnSync("git", ["check-ref-format", `refs/heads/${ref}`]);
    // "@" alone is git's other name of HEAD: fine behind refs/heads/, and no ref that could be asked for.
    expect(explainGitRef(ref) === undefined).toBe(judged.status === 0 && ref !== "@");
  });

  test("never begins as an option does", () => {
    expect(explainGitRef("-x")).toBe("expected a branch, a tag or a full commit: no - at the start");
    expect(explainGitRef("a".repeat(251))).toMatch(/at most 250/);
  });
});
