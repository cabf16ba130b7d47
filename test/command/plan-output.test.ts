import { describe, expect, it } from "vitest";
import { graphLines } from "../../src/command/plan-graph.ts";
import { outlooks, showSteps, summaryLine } from "../../src/command/plan-outlook.ts";
import { planLines } from "../../src/command/plan-table.ts";
import type { ImageFacts } from "../../src/plan/image-facts.ts";
import { planBuilds } from "../../src/plan/plan.ts";
import type { BuildPlan } from "../../src/plan/plan-step.ts";
import { automaticKinds } from "../plan/automatic-samples.ts";
import { facts, published, request } from "../plan/facts.ts";
import { enrolled, everyKind, external } from "../plan/samples.ts";

const names = [...everyKind, ...automaticKinds].map(({ enrolment }) => enrolment.name);
const everything = planBuilds([...everyKind, ...automaticKinds], request(names, { mode: "automatic" }));
const planOf = (all: readonly ImageFacts[]): BuildPlan =>
  planBuilds(all, request(all.map(({ enrolment }) => enrolment.name)));

describe("a plan as text", () => {
  it("says of what waits whether it is built whatever its bases become", () => {
    const lines = planLines(everything);
    const lineOf = (image: string) => lines.find((line) => line.startsWith(`${image} `));
    expect(lineOf("conditional")).toMatch(/wait +waits for root: rebuilt only if the bytes of root change$/);
    expect(lineOf("certain")).toMatch(/wait +waits for root: source \w+→\w+$/);
    expect(lineOf("fresh")).toMatch(/wait +waits for root: never built$/);
  });

  it("ends with how many images come to what", () => {
    expect(planLines(everything).at(-1)).toMatch(
      /^\d+ to build, 1 only if its bases change, \d+ to tag, .*1 waits until 2026-11-28 03:00 UTC, \d+ staying on an older base, \d+ unchanged, 1 blocked, \d+ refused$/,
    );
    expect(planLines({ steps: [], pending: {}, problems: {} })).toEqual([]);
  });

  it("counts every image once", () => {
    const shown = showSteps(everything);
    const numbers = [
      ...summaryLine(shown)
        .replace(/until [^,]*/g, "")
        .matchAll(/\d+/g),
    ].map(Number);
    expect(numbers.reduce((sum, count) => sum + count, 0)).toBe(shown.length);
    expect(new Set(shown.map(({ outlook }) => outlook))).toEqual(new Set(outlooks));
  });

  it("names the first of several ends of waiting", () => {
    const wait = (image: string, until: string) =>
      ({ image, word: "keep", why: "", outlook: "delayed", until }) as const;
    expect(summaryLine([wait("a", "2026-12-02T00:00:00Z"), wait("b", "2026-12-01T00:00:00Z")])).toBe(
      "2 wait, the first until 2026-12-01 00:00 UTC",
    );
  });
});

describe("a plan as a graph", () => {
  it("is a flowchart from bases to images, with a class for what comes of each", async () => {
    const lines = graphLines(planOf(everyKind), everyKind);
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("../fixtures/plan-graph.mmd");
  });

  it("is the same whatever order facts come in, apart from that order", () => {
    expect(graphLines(planOf(everyKind), everyKind)).toEqual(
      graphLines(planOf(everyKind), everyKind.toReversed()),
    );
  });

  it("defines the class of every node, and no other", () => {
    const lines = graphLines(planOf(everyKind), everyKind);
    const used = new Set(lines.flatMap((line) => /:::(\w+)$/.exec(line)?.[1] ?? []));
    const defined = new Set(lines.flatMap((line) => /^ {2}classDef (\w+) /.exec(line)?.[1] ?? []));
    expect(defined).toEqual(used);
  });

  it("lets no name be anything but text", () => {
    const hostile = 'end"]:::x\n  click n0 "javascript:alert(1)" %% #quot; `**b**` <img src=x> [a](b) é _i_';
    const all = [
      facts(hostile, { bases: [external(`${hostile}/b`)] }),
      facts("b", { bases: [enrolled(hostile)] }),
    ];
    const lines = graphLines(planOf(all), all);
    const nodes = lines.filter((line) => line.includes(":::"));
    expect(nodes).toHaveLength(3);
    for (const node of nodes)
      expect(node).toMatch(
        /^ {2}n\d+(?:\["[A-Za-z0-9 ./:,@#;…-]*<br\/>\w+"\]|\(\["[A-Za-z0-9 ./:,@#;…-]*"\]\)):::\w+$/,
      );
    expect(lines).toHaveLength(1 + 3 + 2 + new Set(nodes.map((line) => /:::(\w+)$/.exec(line)?.[1])).size);
  });

  it("of a large plan draws what changes first, keeps within what Mermaid draws, and says what is left out", () => {
    const kept = Array.from({ length: 3_000 }, (_, at) =>
      published(facts(`kept-${at}`, { bases: [external(`docker.io/library/os-${at % 20}:1`)] })),
    );
    const all = [...kept, facts("fresh", { bases: [external("docker.io/library/os-1:1")] })];
    const lines = graphLines(planOf(all), all);
    expect(lines.some((line) => line.includes('"fresh<br/>build"'))).toBe(true);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}rest\["not drawn: 27\d\d unchanged"\]$/));
    expect(lines.filter((line) => line.includes("-->")).length).toBeLessThanOrEqual(500);
    expect(lines.join("\n").length).toBeLessThanOrEqual(50_000);
  });

  it("keeps within what Mermaid draws also where names are long and bases many", () => {
    const long = (at: number) => `registry.example.org/${"a".repeat(200)}/${at}:${"t".repeat(128)}`;
    const all = Array.from({ length: 100 }, (_, at) =>
      facts(`image-${at}`, {
        bases: Array.from({ length: 30 }, (_, base) => external(long((at + base) % 90))),
      }),
    );
    const lines = graphLines(planOf(all), all);
    expect(lines.filter((line) => line.includes("-->")).length).toBeLessThanOrEqual(500);
    expect(lines.join("\n").length).toBeLessThanOrEqual(50_000);
  });
});
