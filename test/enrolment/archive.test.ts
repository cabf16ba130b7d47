import { describe, expect, test } from "vitest";
import { builtFromFolder } from "../../src/enrolment/instead.ts";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { FactoryError } from "../../src/errors.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const parse = (fields: string, more = "") =>
  parseImages(`- {name: a, source: {archive: {${fields}}}${more}}\n`, "images.yaml", "/team").images[0];

function problemOf(fields: string, more?: string): string | undefined {
  try {
    parse(fields, more);
  } catch (error) {
    if (error instanceof FactoryError) return error.problems[0];
    throw error;
  }
  return undefined;
}

describe("an archive in images.yaml", () => {
  test("is an address with what opens it, or a path from the folder of the file", () => {
    const url = "https://example.com/a.tar.gz?v=1";
    expect(
      parse(`url: "${url}", digest: "${digest}", directory: ./a//b/, credentials: {file: t, user: me}`)
        ?.source,
    ).toEqual({
      kind: "archive",
      place: { kind: "url", url, credentials: { kind: "file", path: "/team/t", user: "me" } },
      digest,
      directory: "a/b",
    });
    expect(parse("path: contexts/a.tar")?.source).toEqual({
      kind: "archive",
      place: { kind: "file", path: "/team/contexts/a.tar" },
      digest: undefined,
      directory: ".",
    });
  });

  test.each([
    [
      "url: https://e.com/a, path: a.tar",
      "source.archive: expected url, or path for an archive of this machine, got both",
    ],
    ["directory: a", "source.archive: expected url, or path for an archive of this machine, got neither"],
    ["path: a, credentials: {variable: T}", "expected no credentials for a file of this machine"],
    [
      "url: http://localhost/a, credentials: {variable: T}",
      "expected an https address, over which alone credentials",
    ],
    [
      "url: https://e.com/a, credentials: {user: me}",
      "expected variable or file, each with or without user, got user",
    ],
    ["url: https://e.com/a, credentials: {variable: T, file: t}", "got variable and file"],
    ["url: https://e.com/a, digest: 1234", "expected sha256: and 64 hex digits"],
    ["url: https://e.com/a, ref: main", "expected one of url, path, digest, directory, credentials"],
  ])("with %s is refused", (fields, says) => {
    expect(problemOf(fields)).toContain(says);
  });

  test("has no commit and no version for a tag", () => {
    expect(problemOf("path: a.tar", ", tags: ['{commit}']")).toContain(
      'expected a git source, which alone has a commit, got archive and "{commit}"',
    );
  });

  test("has a folder stand in for it in an emergency, whose directory is the archive's", () => {
    const enrolment = parse("path: a.tar, directory: app");
    if (enrolment === undefined) throw new Error("nothing is enrolled");
    expect(builtFromFolder(enrolment, "/fix").source).toEqual({ kind: "folder", path: "/fix/app" });
  });
});
