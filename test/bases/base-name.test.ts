import { describe, expect, test } from "vitest";
import { exactly, mendAllowTags } from "../../src/bases/allow-tags.ts";
import { baseName, distinctName, recordedReference } from "../../src/bases/base-name.ts";

test.each([
  ["docker.io/library/node:22-slim", "node-22-slim"],
  ["docker.io/bitnami/redis:7", "bitnami-redis-7"],
  ["ghcr.io/team/app:1.2", "ghcr.io-team-app-1.2"],
  ["127.0.0.1:5000/base:1", "127.0.0.1-5000-base-1"],
])("the record of %s is named %s", (reference, name) => {
  expect(baseName(reference)).toBe(name);
});

test("a name is never longer than a file system takes", () => {
  const long = `docker.io/${"a/".repeat(100)}b:${"c".repeat(128)}`;
  expect(baseName(long).length).toBeLessThan(240);
  expect(baseName(long)).not.toBe(baseName(`${long.slice(0, -1)}d`));
});

test("two references of one name have two distinct ones", () => {
  const [one, other] = ["docker.io/a/b-c:1", "docker.io/a-b/c:1"] as const;
  expect(baseName(one)).toBe(baseName(other));
  expect(distinctName(one)).not.toBe(distinctName(other));
});

describe("what a record is about", () => {
  test.each([
    [{ fullImage: "node:22", repoURL: "docker.io/library/other", tag: "1" }, "docker.io/library/node:22"],
    [{ fullImage: "node" }, "docker.io/library/node:latest"],
    [{ repoURL: "ghcr.io/team/app", tag: "1.10" }, "ghcr.io/team/app:1.10"],
    // The older tool read the port as a tag, and wrote the image down as it stood in the Dockerfile.
    [
      { fullImage: "registry:5000/team/app", repoURL: "docker.io/registry", tag: "5000/team/app" },
      "registry:5000/team/app:latest",
    ],
    [{ fullImage: "--platform=$BUILDPLATFORM" }, undefined],
    [{ repoURL: "ghcr.io/team/app" }, undefined],
    [
      { registry: "docker.io", repository: "library/redis", allowTags: "^7-alpine$" },
      "docker.io/library/redis:7-alpine",
    ],
    [
      { registry: "docker.io", repository: "library/redis", allowTags: "^7\\\\.2$" },
      "docker.io/library/redis:7.2",
    ],
    [{ registry: "docker.io", repository: "library/redis", allowTags: "^7" }, undefined],
    [{}, undefined],
  ])("of %o is %s", (fields, reference) => {
    expect(recordedReference(fields)).toBe(reference);
  });
});

describe("allowTags", () => {
  test("escaped twice, which never matches, is mended", () => {
    const wrong = "^22\\\\.1-slim$";
    expect(new RegExp(wrong).test("22.1-slim")).toBe(false);
    const mended = mendAllowTags(wrong, "22.1-slim");
    expect(mended).toBe(exactly("22.1-slim"));
    expect(new RegExp(mended).test("22.1-slim")).toBe(true);
    expect(new RegExp(mended).test("22x1-slim")).toBe(false);
  });

  test.each(["^22\\.1$", "^22\\\\.2$", "^22\\\\.*$", "^22$", ".*"])(
    "%s is somebody's own and stays",
    (own) => {
      expect(mendAllowTags(own, "22.1")).toBe(own);
    },
  );
});
