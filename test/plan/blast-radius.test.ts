import { describe, expect, it } from "vitest";
import { blastRadiusLines } from "../../src/command/blast-radius-table.ts";
import type { WatchedImage } from "../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../src/errors.ts";
import { blastRadius, findBase } from "../../src/plan/blast-radius.ts";
import { facts } from "./facts.ts";
import { enrolled, external } from "./samples.ts";

const node = external("docker.io/library/node:22");
const debian = external("docker.io/library/debian:12");
/** node ← runtime ← api, and web is on runtime and on node itself; tools is on debian. */
const team = [
  facts("api", { bases: [enrolled("runtime")] }),
  facts("runtime", { bases: [node] }),
  facts("web", { bases: [enrolled("runtime"), node] }),
  facts("worker", { bases: [enrolled("api")] }),
  facts("tools", { bases: [debian, debian] }),
];
const watched: WatchedImage = {
  name: "nodes",
  position: "images.yaml:1:1",
  repository: { registry: "docker.io", path: "library/node" },
  rule: { strategy: "Lexical", allowTags: "^2\\d$", constraint: undefined, ignoreTags: ["23"] },
  endOfLife: undefined,
  pinned: undefined,
};

describe("a blast radius", () => {
  it("has every dependant through every level, nearest first, each with a shortest path", () => {
    const found = blastRadius([{ kind: "external", base: "docker.io/library/node:22" }], team);
    expect(found).toMatchObject({ total: 4, levels: [2, 1, 1] });
    expect(found.dependants).toEqual([
      { image: "runtime", level: 1, path: ["docker.io/library/node:22", "runtime"] },
      { image: "web", level: 1, path: ["docker.io/library/node:22", "web"] },
      { image: "api", level: 2, path: ["docker.io/library/node:22", "runtime", "api"] },
      { image: "worker", level: 3, path: ["docker.io/library/node:22", "runtime", "api", "worker"] },
    ]);
  });

  it("of several images has none of themselves, and each other image once", () => {
    const found = blastRadius(
      [
        { kind: "enrolled", image: "runtime" },
        { kind: "enrolled", image: "api" },
      ],
      team,
    );
    expect(found.dependants.map(({ image, path }) => [image, ...path])).toEqual([
      ["web", "runtime", "web"],
      ["worker", "api", "worker"],
    ]);
  });

  it("prints counts for each level and a line for each image", () => {
    const found = blastRadius([{ kind: "enrolled", image: "runtime" }], team);
    expect(blastRadiusLines(found, "")).toEqual([
      "3 images are built from runtime: 2 at level 1, 1 at level 2",
      "1  api     runtime → api",
      "1  web     runtime → web",
      "2  worker  runtime → api → worker",
    ]);
  });

  it("names three origins and counts more", () => {
    const origins = team.map(({ enrolment }) => ({ kind: "enrolled", image: enrolment.name }) as const);
    expect(blastRadiusLines(blastRadius(origins, team), "")).toEqual(["no image is built from 5 images"]);
    expect(blastRadiusLines(blastRadius(origins.slice(3), team), "")).toEqual([
      "no image is built from worker, tools",
    ]);
  });

  it("survives images that are built from each other in a circle", () => {
    const circle = [facts("a", { bases: [enrolled("b")] }), facts("b", { bases: [enrolled("a")] })];
    expect(blastRadius([{ kind: "enrolled", image: "a" }], circle)).toMatchObject({ total: 1, levels: [1] });
  });
});

describe("BASE=", () => {
  it.each([
    ["node:22", [{ kind: "external", base: "docker.io/library/node:22" }]],
    ["docker.io/library/node:22", [{ kind: "external", base: "docker.io/library/node:22" }]],
    ["runtime", [{ kind: "enrolled", image: "runtime" }]],
    ["factory.localhost/runtime:latest", [{ kind: "enrolled", image: "runtime" }]],
    ["factory.localhost/runtime", [{ kind: "enrolled", image: "runtime" }]],
    ["nodes", [{ kind: "external", base: "docker.io/library/node:22" }]],
    ["node", [{ kind: "external", base: "docker.io/library/node:latest" }]],
  ])("%s names %j", (word, of) => {
    expect(findBase(word, team, [watched]).of).toEqual(of);
  });

  it("means of a watched image every tag in use that it is watched for, and no other", () => {
    const others = ["20", "22", "23", "latest"].map((tag) => external(`docker.io/library/node:${tag}`));
    const pinned = external(`docker.io/library/node:22@sha256:${"1".repeat(64)}`);
    const { of } = findBase("nodes", [facts("a", { bases: [...others, pinned] })], [watched]);
    expect(of).toEqual([
      { kind: "external", base: "docker.io/library/node:20" },
      { kind: "external", base: "docker.io/library/node:22" },
    ]);
  });

  it.each([
    ["node:23", ' (did you mean "node:22"?)'],
    ["node", ' (did you mean "node:22"?)'],
    ["docker.io/library/nods:22", ' (did you mean "node:22"?)'],
    ["runtine", ' (did you mean "runtime"?)'],
    ["quay.io/acme/other:1", ""],
  ])("%s, from which nothing is built, is an answer with what may be meant", (word, hint) => {
    const named = findBase(word, team, []);
    expect(named.hint).toBe(hint);
    expect(blastRadius(named.of, team).total).toBe(0);
  });

  it("is refused where it is no reference", () => {
    expect(() => findBase("Node:22", team, [])).toThrow(FactoryError);
  });
});
