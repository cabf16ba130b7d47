import { describe, expect, it } from "vitest";
import { type Failures, triedInputs } from "../../src/plan/breaker.ts";
import type { BaseFact, ImageFacts } from "../../src/plan/image-facts.ts";
import { planBuilds } from "../../src/plan/plan.ts";
import type { PlanRequest } from "../../src/plan/plan-step.ts";
import { formatReason } from "../../src/plan/reason.ts";
import { type FactsChanges, facts, published, request, stepOf } from "./facts.ts";

/** A Saturday. */
const now = Date.UTC(2026, 0, 10, 12);
const automatic: Partial<PlanRequest> = { mode: "automatic", now };
const slot = Date.UTC(2026, 0, 5, 3) / 1_000;
const schedule = { cron: "0 3 * * 1", timeZone: "UTC" };

function onBase(image: string): readonly BaseFact[] {
  const reference = `factory.localhost/${image}:latest`;
  return [{ reference, platform: "linux/amd64", from: { kind: "enrolled", image } }];
}

/** The image as it was published, with `changes` since then. */
function changed(before: ImageFacts, changes: FactsChanges): ImageFacts {
  return {
    ...facts(before.enrolment.name, changes),
    state: before.state,
    standing: true,
    tags: before.tags,
    ...(changes.hold === undefined ? {} : { hold: changes.hold }),
  };
}

const stale = (changes: FactsChanges = {}) =>
  changed(published(facts("app", changes)), { files: "new", ...changes });

/** What the image has failed with so often, as it is now. */
function failed(image: ImageFacts, count: number, others: Partial<Failures> = {}): ImageFacts {
  const step = stepOf(image.enrolment.name, [image]);
  if (step.action !== "build") throw new Error("is not stale");
  const at = "2026-01-09T00:00:00.000Z";
  return {
    ...image,
    failures: {
      inputs: triedInputs(image.enrolment, step.platforms),
      count,
      firstAt: at,
      lastAt: at,
      code: "build-failed",
      message: "make failed",
      ...others,
    },
  };
}

describe("a run that nobody asked for", () => {
  it("builds what is stale, and what was never built", () => {
    expect(stepOf("app", [stale()], automatic)).toMatchObject({ action: "build" });
    expect(stepOf("app", [facts("app")], automatic)).toMatchObject({ action: "build" });
  });

  it("leaves an image with autoRebuild: false as it is, with the reasons; a person's run builds it", () => {
    const image = stale({ enrolment: { autoRebuild: false } });
    expect(stepOf("app", [image], automatic)).toMatchObject({
      action: "leave",
      cause: { kind: "not by itself" },
      reasons: [{ kind: "source" }],
      digest: image.state?.digest,
    });
    expect(stepOf("app", [image])).toMatchObject({ action: "build" });
    expect(
      stepOf("app", [published(facts("app", { enrolment: { autoRebuild: false } }))], automatic),
    ).toMatchObject({ action: "keep" });
  });

  it("builds what stands on such an image on what is published of it", () => {
    const base = published(facts("base", { enrolment: { autoRebuild: false } }));
    const newBase = changed(base, { files: "new", enrolment: { autoRebuild: false } });
    const app = published(facts("app", { bases: onBase("base") }), [base]);
    const steps = planBuilds([newBase, app], request(["base", "app"], automatic)).steps;
    expect(steps).toMatchObject([
      { image: "base", action: "leave" },
      { image: "app", action: "keep" },
    ]);
    const neverBuilt = facts("base", { enrolment: { autoRebuild: false } });
    expect(stepOf("app", [neverBuilt, app], automatic)).toMatchObject({ action: "wait", bases: ["base"] });
  });

  it("says of an image with autoRebuild: false that waiting for its base will not rebuild it", () => {
    const base = facts("base");
    const app = facts("app", { bases: onBase("base"), enrolment: { autoRebuild: false } });
    expect(stepOf("app", [base, app], automatic)).toMatchObject({ action: "wait", byItself: false });
    expect(stepOf("app", [base, app])).toMatchObject({ action: "wait", byItself: true });
  });
});

describe("a scheduled rebuild", () => {
  const image = published(facts("app", { enrolment: { schedule } }));

  it("is due from its slot on, with the slot as epoch and as reason", () => {
    const step = stepOf("app", [image], automatic);
    expect(step).toMatchObject({ action: "build", epoch: slot });
    expect(step.action === "build" && step.reasons.map(formatReason)).toEqual([
      "scheduled 2026-01-05 03:00 UTC",
    ]);
  });

  it("has the same keys in every try of the slot, and other keys in the next", () => {
    const keys = (at: number) => {
      const step = stepOf("app", [image], { ...automatic, now: at });
      return step.action === "build" ? step.platforms.map(({ key }) => key) : [];
    };
    expect(keys(now)).toHaveLength(2);
    expect(keys(now)).toEqual(keys(slot * 1_000));
    expect(keys(now)).not.toEqual(keys(now + 7 * 86_400_000));
  });

  it("is not a person's business, and is over when it is published", () => {
    expect(stepOf("app", [image])).toMatchObject({ action: "keep" });
    const after = published(facts("app", { enrolment: { schedule } }), [], slot);
    expect(stepOf("app", [after], automatic)).toMatchObject({ action: "keep" });
  });

  it("is not undone by a plain build afterwards, nor by one whose source changed", () => {
    const after = published(facts("app", { enrolment: { schedule } }), [], slot);
    expect(stepOf("app", [after])).toMatchObject({ action: "keep" });
    const plain = stepOf("app", [changed(after, { files: "new", enrolment: { schedule } })]);
    expect(plain).toMatchObject({ action: "build", epoch: slot, reasons: [{ kind: "source" }] });
  });

  it("takes other changes along, each with its reason", () => {
    const step = stepOf("app", [changed(image, { files: "new", enrolment: { schedule } })], automatic);
    expect(step).toMatchObject({ epoch: slot, reasons: [{ kind: "scheduled" }, { kind: "source" }] });
  });
});

describe("an image that failed three times with the same inputs", () => {
  it("rests in runs that nobody asked for, and says since when and with what", () => {
    expect(stepOf("app", [failed(stale(), 2)], automatic)).toMatchObject({ action: "build" });
    expect(stepOf("app", [failed(stale(), 3)], automatic)).toMatchObject({
      action: "leave",
      cause: { kind: "resting", failures: { count: 3, message: "make failed" } },
    });
  });

  it("is tried again with other inputs, and by a person at once", () => {
    const image = failed(stale(), 3);
    expect(stepOf("app", [image])).toMatchObject({ action: "build" });
    const next = { ...changed(published(facts("app")), { files: "newer" }), failures: image.failures };
    expect(stepOf("app", [next], automatic)).toMatchObject({ action: "build" });
  });

  it("is tried again with the next slot of its schedule", () => {
    const image = failed(stale({ enrolment: { schedule: { ...schedule, cron: "0 3 * * 0" } } }), 3);
    expect(stepOf("app", [image], { ...automatic, now: Date.UTC(2026, 0, 3) }).action).toBe("leave");
    expect(stepOf("app", [image], automatic).action).toBe("build");
  });

  it("that a scan blocked is tried again when there are other advisories for its policy", () => {
    const image = failed(stale(), 3, { code: "scan-blocked", database: "2026-01-09T00:00:00Z" });
    const today = (databases: PlanRequest["databases"]) =>
      stepOf("app", [image], databases === undefined ? automatic : { ...automatic, databases }).action;
    expect(today({ official: "2026-01-09T00:00:00Z" })).toBe("leave");
    expect(today(undefined)).toBe("leave");
    expect(today({ official: "2026-01-10T00:00:00Z" })).toBe("build");
  });

  it("lets what stands on it be built on what is published of it", () => {
    const before = published(facts("base"));
    const base = failed(changed(before, { files: "new" }), 3);
    const app = published(facts("app", { bases: onBase("base") }), [before]);
    expect(stepOf("app", [base, app], automatic)).toMatchObject({ action: "keep" });
  });
});

describe("a held image", () => {
  const hold = { why: "rolled back", at: "2026-01-08T00:00:00.000Z", until: "2026-01-11T00:00:00.000Z" };
  const before = published(facts("base"));
  const base = changed(before, { files: "new", hold });
  const app = published(facts("app", { bases: onBase("base") }), [before]);

  it("is built all the same, and the step says that it is held, until it ends by itself", () => {
    expect(stepOf("base", [base], { now })).toMatchObject({ action: "build", held: hold });
    expect(stepOf("base", [base], automatic)).toMatchObject({ action: "build", held: hold });
    expect(stepOf("base", [base], { now: Date.parse(hold.until) })).not.toHaveProperty("held");
    expect(stepOf("base", [base], { now, allowHeld: true })).not.toHaveProperty("held");
  });

  it("is taken as it is published by what stands on it", () => {
    expect(stepOf("app", [base, app], { now })).toMatchObject({ action: "keep" });
    expect(stepOf("app", [base, app], { now: Date.parse(hold.until) })).toMatchObject({ action: "wait" });
  });

  it("that was never published makes what stands on it wait", () => {
    expect(stepOf("app", [{ ...facts("base"), hold }, app], { now })).toMatchObject({ action: "wait" });
  });
});
