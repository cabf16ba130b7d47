import { join } from "node:path";
import { expect, test } from "vitest";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { pathsOf, sourceWords, variablesOf } from "../../src/setup/build-elsewhere.ts";
import { ownRoot } from "../../src/setup/needs.ts";

const { images: enrolments } = parseImages(
  `- name: hidden
  source:
    git: { url: "https://git.example/hidden", credentials: { variable: GIT_TOKEN } }
  secrets:
    - { id: npm, env: NPM_TOKEN }
    - { id: key, file: /run/secrets/key }
  tags: [latest]
- name: over-ssh
  source:
    git: { url: "ssh://git@git.example/it", credentials: { sshKey: /keys/id, knownHosts: /keys/known_hosts } }
  tags: [latest]
- name: beside
  source: { folder: ../beside }
  tags: [latest]
- name: packed
  source: { archive: { path: packed.tar.gz } }
- name: packed-elsewhere
  source: { archive: { url: "https://files.example/a.tar", credentials: { variable: ARCHIVE_TOKEN } } }
- name: packed-for-few
  source: { archive: { url: "https://files.example/b.tar", credentials: { file: /keys/token } } }
- name: local
  source: { git: /srv/git/local }
  tags: [latest]
  local: { versionFile: local/VERSION, patchFiles: [local/a.patch] }
`,
  "images.yaml",
  "/work/factory",
);

test("the inside of a builder image gets every variable that images.yaml names", () => {
  expect(variablesOf(enrolments)).toEqual(["GIT_TOKEN", "NPM_TOKEN", "ARCHIVE_TOKEN"]);
});

test("and every file and folder", () => {
  expect(pathsOf(enrolments)).toEqual([
    "/run/secrets/key",
    "/keys/id",
    "/keys/known_hosts",
    "/work/beside",
    "/work/factory/packed.tar.gz",
    "/keys/token",
    "/srv/git/local",
    "/work/factory/local/a.patch",
    "/work/factory/local",
  ]);
});

test("and the folder that SOURCE= names, as the command reads it", () => {
  expect(sourceWords(["IMAGE=hello", "SOURCE=sample/hello", "TAG=a"])).toEqual([
    join(ownRoot, "sample/hello"),
  ]);
  expect(sourceWords(["SOURCE=/srv/app"])).toEqual(["/srv/app"]);
  expect(sourceWords(["IMAGE=hello", "SOURCE="])).toEqual([]);
});
