import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  explainTag,
  factsOf,
  findTagCollisions,
  isTag,
  renderAllTags,
  renderTags,
  tagFactNames,
} from "../../src/enrolment/tags.ts";
import { explainValue, needsCommit, renderValues } from "../../src/enrolment/values.ts";
import type { NonEmpty } from "../../src/non-empty.ts";

const commit = "8d5c0e1f7a0b4c9d2e3f4a5b6c7d8e9f0a1b2c3d";

function image(...tags: NonEmpty<string>) {
  return { name: "api", tags };
}

describe("the tags of an image", () => {
  test("are rendered as far as facts are known, and say what the others wait for", () => {
    const tags = image("latest", "{version}", "{date}-{commit}", "v{version}");
    expect(renderTags(tags, { version: "1.4.0", commit })).toEqual({
      tags: ["latest", "1.4.0", "v1.4.0"],
      pending: [{ template: "{date}-{commit}", needs: ["date"] }],
    });
    expect(renderTags(tags, {}).pending.map(({ needs }) => needs)).toEqual([
      ["version"],
      ["commit", "date"],
      ["version"],
    ]);
  });

  test("have the whole commit in them", () => {
    expect(renderAllTags(image("{commit}"), { commit })).toEqual([commit]);
  });

  test("are each published once, also where two come out the same", () => {
    expect(renderAllTags(image("1.4.0", "{version}"), { version: "1.4.0" })).toEqual(["1.4.0"]);
  });

  test.each([
    ["{version}", 'api: the tag "{version}" needs a version, and its source names no SemVer git tag'],
    ["{commit}", 'api: the tag "{commit}" needs a commit, and its source has none'],
    ["{date}", 'api: the tag "{date}" needs the day of the first publication, and that is not known'],
  ])("%s is an error that names the image where the fact is missing", (tag, message) => {
    expect(() => renderAllTags(image("latest", tag), {})).toThrow(
      expect.objectContaining({ message, code: "source-ref-missing" }),
    );
  });

  test("cannot have build metadata of a version in them", () => {
    expect(() => renderTags(image("{version}"), { version: "1.4.0+7" })).toThrow(
      expect.objectContaining({
        code: "source-invalid",
        message: 'api: "{version}" becomes "1.4.0+7", which is no tag',
      }),
    );
  });

  test("that passed the check render to tags, or are refused: nothing in between is published", () => {
    const piece = fc.constantFrom(
      "{version}",
      "{commit}",
      "{date}",
      "a",
      "1",
      ".",
      "-",
      "_",
      "+",
      " ",
      "{",
      "}",
      "{x}",
      "/",
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const template = pieces.join("");
        const facts = { version: "1.2.3-rc.1", commit, date: "2026-11-21" };
        if (explainTag(template) !== undefined) return;
        expect(factsOf(template).every((fact) => tagFactNames.includes(fact))).toBe(true);
        const plain = template.replace(/\{(\w+)\}/g, (_, name: keyof typeof facts) => facts[name]);
        if (isTag(plain)) expect(renderAllTags(image(template), facts)).toEqual([plain]);
        else expect(() => renderAllTags(image(template), facts)).toThrow(/which is no tag/);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["latest", true],
    ["v1.0_x-y", true],
    ["1.10", true],
    ["a".repeat(128), true],
    ["sha256-abc", true],
    ["a".repeat(129), false],
    ["", false],
    [".a", false],
    ["-a", false],
    ["a/b", false],
    ["a:b", false],
    ["a b", false],
    ["a\n", false],
    [`sha256-${"0".repeat(64)}`, false],
    [`sha256-${"0".repeat(64)}.sig`, false],
  ])("%j taken by a registry: %s", (text, expected) => {
    expect(isTag(text)).toBe(expected);
    expect(explainTag(text) === undefined).toBe(expected);
  });

  test.each([
    ["{vesion}", /^expected \{version\}, \{commit\} or \{date\} in braces \(did you mean "version"\?\)$/],
    ["{}", /in braces$/],
    ["{commit", /^expected a tag: letters/],
    [`{commit}${"a".repeat(89)}`, /at most 128 characters/],
    [`sha256-${"0".repeat(64)}`, /keep signatures under/],
  ])("%s is refused before anything is rendered", (template, expected) => {
    expect(explainTag(template)).toMatch(expected);
  });
});

describe("a collision of tags", () => {
  const published = (name: string, path: string, tag: string) => ({
    image: name,
    repository: { registry: "factory.localhost", path },
    tag,
  });

  test("is a repository and tag that two images publish, and names the first", () => {
    const list = [published("a", "x", "latest"), published("b", "x", "v1"), published("c", "x", "latest")];
    expect(findTagCollisions(list)).toEqual([{ tag: list[2], first: list[0] }]);
  });

  test("is none where one image has a tag twice, or repositories differ", () => {
    const list = [
      published("a", "x", "latest"),
      published("a", "x", "latest"),
      published("b", "y", "latest"),
    ];
    expect(findTagCollisions(list)).toEqual([]);
  });
});

describe("{commit} in args, labels and annotations", () => {
  test("is this run's commit, each time it stands there, and other braces are text", () => {
    const values = { a: "{commit} and {commit}", b: '{"json": {"x": 1}}', c: "$& $1" };
    expect(renderValues("api", values, commit)).toEqual({
      a: `${commit} and ${commit}`,
      b: values.b,
      c: "$& $1",
    });
  });

  test("is needed only where it stands", () => {
    expect(needsCommit({ a: "{commit}" })).toBe(true);
    expect(needsCommit({ a: "commit" })).toBe(false);
    expect(renderValues("api", { a: "x" }, undefined)).toEqual({ a: "x" });
  });

  test("is an error that names the image where the source has no commit", () => {
    expect(() => renderValues("api", { a: "{commit}" }, undefined)).toThrow(
      expect.objectContaining({
        code: "source-ref-missing",
        message: "api: {commit} is used, and its source has no commit",
      }),
    );
  });

  test("has no company: {version} and {date} would change the digest by themselves", () => {
    expect(explainValue("{version}")).toMatch(/no \{version\}/);
    expect(explainValue("{date}")).toMatch(/no \{date\}/);
    expect(explainValue("{commit} {x}")).toBeUndefined();
  });
});
