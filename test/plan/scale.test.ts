import { expect, test } from "vitest";
import { largeEnrolment } from "../../bench/large-enrolment.ts";
import { graphLines } from "../../src/command/plan-graph.ts";
import { planLines } from "../../src/command/plan-table.ts";
import { blastRadius } from "../../src/plan/blast-radius.ts";
import type { ImageFacts } from "../../src/plan/image-facts.ts";
import { planBuilds } from "../../src/plan/plan.ts";
import { createApartCheck } from "../../src/resolve/tag-claims.ts";
import { facts, published, request } from "./facts.ts";
import { enrolled, external } from "./samples.ts";

/** Facts of a generated enrolment of which everything is published as it would be built. */
function largeFacts(images: number): readonly ImageFacts[] {
  const all = new Map<string, ImageFacts>();
  const under = (names: readonly string[]): readonly ImageFacts[] =>
    names.flatMap((name) => {
      const base = all.get(name);
      return base === undefined ? [] : [base, ...under(enrolledNames(base))];
    });
  for (const { name, bases } of largeEnrolment(images, "docker.io")) {
    const own = bases.map((reference) => {
      const [, image] = /^factory\.localhost\/(.+):latest$/.exec(reference) ?? [];
      return image === undefined ? external(reference) : enrolled(image);
    });
    const image = published(
      facts(name, { bases: own }),
      under(own.flatMap(({ from }) => ("image" in from ? from.image : []))),
    );
    all.set(name, image);
  }
  return [...all.values()];
}

function enrolledNames({ platforms: [{ bases }] }: ImageFacts): readonly string[] {
  return bases.flatMap(({ from }) => (from.kind === "enrolled" ? [from.image] : []));
}

interface Counter {
  reads: number;
}

/** The same value, whose every property that is read counts, however deep it lies: an operation that asserts no time. */
function counted<T>(value: T, counter: Counter): T {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get: (target, key) => {
      counter.reads += 1;
      const read: unknown = Reflect.get(target, key, target);
      return typeof read === "function" ? read : counted(read, counter);
    },
  });
}

const [few, many] = [largeFacts(1_000), largeFacts(10_000)];

type Work = (all: readonly ImageFacts[], names: readonly string[]) => void;

/** How many properties of facts and names `work` reads for each image. */
function readsPerImage(work: Work, all: readonly ImageFacts[]): number {
  const counter: Counter = { reads: 0 };
  const names = all.map(({ enrolment }) => enrolment.name);
  work(counted(all, counter), counted(names, counter));
  return counter.reads / all.length;
}

const works: Readonly<Record<string, Work>> = {
  planning: (all, names) => {
    expect(planBuilds(all, request(names)).steps).toHaveLength(names.length);
  },
  "planning with a forced base": (all, names) => {
    expect(planBuilds(all, request(names, { force: true })).steps[0]).toMatchObject({ action: "build" });
  },
  "finding dependants": (all) => {
    expect(blastRadius([{ kind: "enrolled", image: "mid-0" }], all).total).toBeGreaterThan(1);
  },
  "printing a plan": (all, names) => {
    const plan = planBuilds(all, request(names));
    expect([planLines(plan).length, graphLines(plan, all).length]).toEqual([
      names.length + 1,
      expect.any(Number),
    ]);
  },
  "holding tags apart": (all) => {
    createApartCheck(all.map(({ enrolment }) => enrolment))(all);
  },
};

test.each(Object.entries(works))(
  "%s takes as much for each of 10,000 images as for each of 1,000",
  (_, work) => {
    const reads = readsPerImage(work, few);
    expect(reads).toBeGreaterThan(0);
    expect(readsPerImage(work, many)).toBeLessThan(reads * 1.2);
  },
);
