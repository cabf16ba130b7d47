import { triedInputs } from "../../src/plan/breaker.ts";
import type { ImageFacts } from "../../src/plan/image-facts.ts";
import { planBuilds } from "../../src/plan/plan.ts";
import type { LeaveCause } from "../../src/plan/plan-step.ts";
import type { Platform } from "../../src/platform.ts";
import { digest, facts, published, request } from "./facts.ts";
import { changed, enrolled, external } from "./samples.ts";

const at = "2026-01-09T00:00:00.000Z";
const debian = external("docker.io/library/debian:12");

/** An image that has failed three times with what it would be built from. */
function resting(image: ImageFacts, database: string | undefined): ImageFacts {
  const { name } = image.enrolment;
  const [step] = planBuilds([image], request([name])).steps;
  if (step?.action !== "build") throw new Error(`${name} is not stale`);
  const inputs = triedInputs(image.enrolment, step.platforms);
  const record = {
    inputs,
    count: 3,
    firstAt: at,
    lastAt: at,
    code: "build-failed",
    message: "no make",
  } as const;
  return { ...image, failures: { ...record, ...(database === undefined ? {} : { database }) } };
}

const stale = (name: string, enrolment: Partial<ImageFacts["enrolment"]> = {}) =>
  changed(published(facts(name, { enrolment })), { files: "2", enrolment });
const staleBase = stale("stale-base");
const byHand = { autoRebuild: false } as const;

/** One of every kind. */
const left: { readonly [K in LeaveCause["kind"]]: ImageFacts } = {
  "not by itself": stale("not-by-itself", byHand),
  resting: resting(stale("resting"), undefined),
};
export const leaveCauses = Object.keys(left);

/** What ci.yml has pushed of an image, on a debian that is known or not, and that has moved or not. */
function pushed(name: string, { known = true, moved = false, autoRebuild = true } = {}): ImageFacts {
  const base = external(debian.reference, moved ? "moved" : debian.reference);
  const enrolment = { workflow: "ci.yml", autoRebuild };
  const image = facts(name, { bases: [base], enrolment, commit: "1".repeat(40) });
  const platform = (of: Platform) => ({
    digest: digest(`${name} ${of}`),
    diffIds: [digest(name)],
    base: debian.reference,
    inputs: { bases: known ? { [`${debian.reference} for ${of}`]: digest(debian.reference) } : {} },
  });
  return {
    ...image,
    pushed: {
      digest: digest(name),
      firstSeen: at,
      platforms: { "linux/amd64": platform("linux/amd64"), "linux/arm64": platform("linux/arm64") },
      otherPlatforms: [],
    },
    tags: [{ tag: "latest", holds: digest(name), once: false }],
  };
}

const once = { tag: "v9", holds: undefined, once: true } as const;

/** Facts of which a run that nobody asked for makes what no other run does, and what holds and other CIs make. */
export const automaticKinds: readonly ImageFacts[] = [
  ...Object.values(left),
  resting(stale("resting-till-fixed"), at),
  facts("never-by-itself", { enrolment: byHand }),
  published(facts("scheduled", { enrolment: { schedule: { cron: "0 12 * * *", timeZone: "UTC" } } })),
  staleBase,
  published(facts("waits", { bases: [enrolled("stale-base")], enrolment: byHand }), [
    published(facts("stale-base")),
  ]),
  { ...stale("held"), hold: { why: "it crashes", at, until: "2099-01-01T00:00:00.000Z", by: "ann" } },
  {
    ...stale("held-on"),
    hold: { why: "it crashes", at, rollback: { from: digest("newer"), to: digest("held-on") } },
  },
  pushed("adopted"),
  pushed("adopted-unknown", { known: false }),
  pushed("adopted-stale", { moved: true }),
  pushed("adopted-left", { moved: true, autoRebuild: false }),
  {
    ...pushed("adopted-tagged"),
    tags: [{ ...once, tag: "latest", holds: digest("adopted-tagged"), once: false }, once],
  },
];
