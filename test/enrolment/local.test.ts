import { describe, expect, it } from "vitest";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { FactoryError } from "../../src/errors.ts";

function only(text: string): Enrolment {
  const [image] = parseImages(text, "images.yaml", "/state").images;
  if (image === undefined) throw new Error("nothing is enrolled");
  return image;
}

function problemsOf(text: string): readonly string[] {
  try {
    parseImages(text, "images.yaml", "/state");
    return [];
  } catch (error) {
    if (error instanceof FactoryError) return error.problems;
    throw error;
  }
}

describe("local", () => {
  it.each([
    ["{dir: api, dockerfile: docker/api.Dockerfile}", "docker/api.Dockerfile", "api"],
    ["{dockerfile: api/Dockerfile}", "api/Dockerfile", "api"],
    ["{dir: ./api/}", "api/Dockerfile", "api"],
    ["{dockerfile: Dockerfile}", "Dockerfile", "."],
  ])("%s is a folder source: the folder of images.yaml", (local, dockerfile, context) => {
    expect(only(`- {name: api, local: ${local}}`)).toMatchObject({
      source: { kind: "folder", path: "/state" },
      dockerfile,
      context,
    });
  });

  it("goes before a Dockerfile and context that all entries share", () => {
    const text = "defaults: {dockerfile: D, context: c}\nimages:\n- {name: api, local: {dir: api}}";
    expect(only(text)).toMatchObject({ dockerfile: "api/Dockerfile", context: "api" });
  });

  it("names patches and a version file below the folder of images.yaml", () => {
    const local = "{versionFile: api/VERSION, patchFiles: [b.patch, a.patch]}";
    expect(only(`- {name: api, source: {git: github:acme/api}, local: ${local}}`)).toMatchObject({
      source: { kind: "git" },
      versionFile: "/state/api/VERSION",
      patchFiles: ["/state/b.patch", "/state/a.patch"],
    });
  });

  it("goes before a repository of the older form, of which the workflow and the delay still count", () => {
    const source = "{repo: acme/api, dockerfile: D, workflow: build.yml}";
    expect(only(`- {name: api, source: ${source}, local: {dockerfile: api/Dockerfile}}`)).toMatchObject({
      source: { kind: "folder", path: "/state" },
      dockerfile: "api/Dockerfile",
      workflow: "build.yml",
      rebuildDelayMs: 7 * 86_400_000,
    });
    expect(only(`- {name: api, source: ${source}, local: {patchFiles: [a.patch]}}`)).toMatchObject({
      source: { kind: "git" },
      dockerfile: "D",
      patchFiles: ["/state/a.patch"],
    });
  });

  it("lets {version} stand in tags of any source that has a version file", () => {
    const entry = (local: string) => `- {name: api, source: {folder: .}, tags: ["{version}"]${local}}`;
    expect(problemsOf(entry(", local: {versionFile: VERSION}"))).toEqual([]);
    expect(problemsOf(entry(""))).toHaveLength(1);
  });

  it.each([
    [
      "source: {git: github:acme/api}, local: {dockerfile: api/Dockerfile}",
      /api: local\.dockerfile: expected no source beside it, for nothing is cloned/,
    ],
    ["source: {folder: api}, local: {dir: api}", /api: local\.dir: expected no source beside it/],
    ["dockerfile: D, local: {dir: api}", /api: dockerfile: expected none beside local\.dir/],
    ["context: c, local: {dockerfile: D}", /api: context: expected none beside local\.dockerfile/],
    [
      "local: {dir: api, patchFiles: [a.patch]}",
      /api: local\.patchFiles: expected a git source, whose files they change/,
    ],
    ["source: {folder: api}, local: {patchFiles: [a]}", /api: local\.patchFiles: expected a git source/],
    ["repository: x/y, local: {versionFile: V}", /api: local: expected a source too/],
    ["local: {dir: ../api}", /api: local\.dir: expected a path below the folder of this file/],
    ["local: {dockerfile: /etc/D}", /api: local\.dockerfile: expected a path below/],
    ["source: {folder: a}, local: {versionFile: ~/V}", /api: local\.versionFile: expected a path below/],
    [
      "source: {git: github:a/b}, local: {patchFiles: [../a]}",
      /api: local\.patchFiles\[0\]: expected a path/,
    ],
    ["source: {folder: a}, local: {version: V}", /api: local\.version: expected one of dir, dockerfile/],
  ])("one clear error for %s", (fields, problem) => {
    const problems = problemsOf(`- {name: api, ${fields}}`);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });
});
