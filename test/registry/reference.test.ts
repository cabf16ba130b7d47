import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatReference,
  formatRepository,
  parseReference,
  parseRepository,
  withDefaultTag,
} from "../../src/registry/reference.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}` as const;

describe("parseReference normalises as Docker does", () => {
  test.each([
    ["debian", "docker.io/library/debian"],
    ["debian:12", "docker.io/library/debian:12"],
    ["team/app", "docker.io/team/app"],
    ["docker.io/debian", "docker.io/library/debian"],
    ["index.docker.io/debian", "docker.io/library/debian"],
    ["index.docker.io/team/app:v1", "docker.io/team/app:v1"],
    ["docker.io", "docker.io/library/docker.io"],
    ["localhost", "docker.io/library/localhost"],
    ["localhost/app", "localhost/app"],
    ["localhost:5000/app", "localhost:5000/app"],
    ["host:5000", "docker.io/library/host:5000"],
    ["127.0.0.1:5000/team/app:1.10", "127.0.0.1:5000/team/app:1.10"],
    ["[::1]:5000/app", "[::1]:5000/app"],
    ["ghcr.io/a/b__c/d-e/f.g:T_1.2-3", "ghcr.io/a/b__c/d-e/f.g:T_1.2-3"],
    ["Team/app", "Team/app"],
    [`debian@${digest}`, `docker.io/library/debian@${digest}`],
    [`quay.io/x:1@${digest}`, `quay.io/x:1@${digest}`],
    [`a:${"t".repeat(128)}`, `docker.io/library/a:${"t".repeat(128)}`],
    [`x.y/${"a".repeat(255)}`, `x.y/${"a".repeat(255)}`],
  ])("%s is %s", (text, normalised) => {
    expect(formatReference(parseReference(text))).toBe(normalised);
  });
});

describe("parseReference refuses, and shows the expected form", () => {
  test.each([
    ["", "each part of a repository"],
    ["Debian", "lower case"],
    ["ghcr.io/Team/app", "lower case"],
    ["a b", "each part of a repository"],
    ["-a", "each part of a repository"],
    ["a..b/c", "no host name"],
    ["a///b", "each part of a repository"],
    ["https://ghcr.io/a", "no host name"],
    ["ex_ample.com/a", "no host name"],
    ["a:", "a tag has 1 to 128"],
    ["a:-x", "a tag has 1 to 128"],
    [`a:${"t".repeat(129)}`, "a tag has 1 to 128"],
    [`x.y/${"a".repeat(256)}`, "at most 255"],
    ["a@sha256:abc", "64 hex digits"],
    ["a@", "64 hex digits"],
    [`a@${digest}@${digest}`, "64 hex digits"],
    ["ab".repeat(32), "id of an image"],
    ["debian\n", "each part of a repository"],
  ])("%j: %s", (text, why) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({
        code: "reference-invalid",
        message: expect.stringMatching(/^expected \[registry.*got .*: /s),
      }),
    );
    expect(() => parseReference(text)).toThrow(why);
  });
});

test("a repository has neither tag nor digest", () => {
  expect(parseRepository("debian")).toEqual({ registry: "docker.io", path: "library/debian" });
  expect(() => parseRepository("debian:12")).toThrow("a repository has no tag");
  expect(() => parseRepository(`debian@${digest}`)).toThrow("a repository has no digest");
});

test("the default tag is latest, and only where there is neither tag nor digest", () => {
  expect(withDefaultTag(parseReference("debian")).tag).toBe("latest");
  expect(withDefaultTag(parseReference("debian:12")).tag).toBe("12");
  expect(withDefaultTag(parseReference(`debian@${digest}`))).not.toHaveProperty("tag");
});

const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
const word = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 6 });
const component = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom(".", "_", "__", "-", "---"), word), { maxLength: 2 }))
  .map(([first, rest]) => first + rest.flat().join(""));
const reference = fc.record(
  {
    registry: fc.constantFrom("docker.io", "localhost", "ghcr.io", "10.0.0.1:5000", "[fe80::1]:80"),
    path: fc.array(component, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("/")),
    tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/),
    digest: fc.constant(digest),
  },
  { requiredKeys: ["registry", "path"] },
);

test("what is written is read back the same", () => {
  fc.assert(
    fc.property(reference, (value) => {
      expect(parseReference(formatReference(value))).toEqual(value);
      expect(parseRepository(formatRepository(value))).toEqual({
        registry: value.registry,
        path: value.path,
      });
    }),
  );
});

test("normalising twice changes nothing, whatever the text", () => {
  const unit = fc.constantFrom("a", "b", "A", "/", ":", "@", ".", "-", "_", "5", "localhost", digest, " ");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
      let first: string;
      try {
        first = formatReference(parseReference(text));
      } catch (error) {
        expect(error).toMatchObject({ code: "reference-invalid" });
        return;
      }
      expect(formatReference(parseReference(first))).toBe(first);
    }),
    { numRuns: 2000 },
  );
});
