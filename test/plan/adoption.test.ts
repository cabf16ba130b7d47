import { describe, expect, it } from "vitest";
import { type PushedImage, standsOn } from "../../src/plan/adoption.ts";
import type { BaseFact, ImageFacts } from "../../src/plan/image-facts.ts";
import type { PlanStep } from "../../src/plan/plan-step.ts";
import { formatReason } from "../../src/plan/reason.ts";
import type { Platform } from "../../src/platform.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import type { TagClaim } from "../../src/state/tag-claim.ts";
import { digest, type FactsChanges, facts, published, stepOf } from "./facts.ts";

const debian = "docker.io/library/debian:12";
const golang = "docker.io/library/golang:1";
const both: readonly Platform[] = ["linux/amd64", "linux/arm64"];
const firstSeen = "2026-01-05T00:00:00.000Z";

/** Version `v` of a base has the layer `v`. */
function base(reference: string, version: string): BaseFact {
  return { reference, platform: "linux/amd64", from: { kind: "external", digest: digest(version) } };
}

interface Changes extends FactsChanges {
  /** Version of the base that the target is FROM now, and its reference. */
  readonly on?: string;
  readonly from?: string;
  readonly builder?: string;
}

/** An image whose pushes are the business of ci.yml. */
function image({ on = "v1", from = debian, builder = "go1", ...changes }: Changes = {}): ImageFacts {
  const found = facts("app", {
    bases: [base(golang, builder), base(from, on)],
    ...changes,
    enrolment: { workflow: "ci.yml", ...changes.enrolment },
  });
  const [first, ...rest] = found.platforms.map((platform) => ({
    ...platform,
    finalBase: { reference: from, diffIds: [digest(on)] },
  }));
  if (first === undefined) throw new Error("no platform");
  return { ...found, platforms: [first, ...rest] };
}

function held(text: string | undefined, tag = "latest"): TagClaim {
  return { tag, holds: text === undefined ? undefined : digest(text), once: false };
}

/** What ci.yml pushed, on that version of debian; `known` says whether it is one that is known. */
function push(name: string, on = "v1", { known = true, platforms = both } = {}): Partial<ImageFacts> {
  const pushed: PushedImage = {
    digest: digest(name),
    firstSeen,
    platforms: Object.fromEntries(
      platforms.map((platform) => [
        platform,
        {
          digest: digest(`${name} ${platform}`),
          diffIds: [digest(on), digest(name)],
          base: debian,
          inputs: { bases: known ? { [`${debian} for ${platform}`]: digest(on) } : {} },
        },
      ]),
    ),
    otherPlatforms: [],
  };
  return { pushed, tags: [held(name)] };
}

/** The state that a plan adopts. */
function adopted(fact: ImageFacts): ImageState {
  const { adopts } = stepOf("app", [fact]);
  if (adopts === undefined) throw new Error("nothing was adopted");
  return adopts;
}

function foundAgain(state: ImageState, changes: Changes = {}): ImageFacts {
  return { ...image({ state, standing: true, tags: [held("theirs")], ...changes }), state };
}

function said(step: PlanStep): string {
  if (step.action === "build") return step.reasons.map(formatReason).join("; ");
  return step.action === "keep" ? `(keep) ${step.note ?? ""}` : `(${step.action})`;
}

const short = (text: string) => `sha256:${digest(text).slice(7, 19)}`;

describe("standsOn", () => {
  it.each([
    ["the same layers and more", ["a", "b", "c"], ["a", "b"], true],
    ["the same layers alone", ["a"], ["a"], true],
    ["another lowest layer", ["x", "b"], ["a", "b"], false],
    ["a layer in between", ["a", "x", "b"], ["a", "b"], false],
    ["fewer layers", ["a"], ["a", "b"], false],
    ["a base without layers", ["a"], [], true],
  ])("tells %s", (_, own, below, expected) => {
    expect(standsOn(own.map(digest), below.map(digest))).toBe(expected);
  });
});

describe("a tag that somebody else's CI pushed", () => {
  it("is adopted and kept at first sight, not built, though the factory never published", () => {
    const step = stepOf("app", [{ ...image(), ...push("theirs") }]);
    expect(step).toMatchObject({
      action: "keep",
      digest: digest("theirs"),
      note: `adopted ${digest("theirs")}; pushed from outside (ci.yml), first seen ${firstSeen}, not scanned here`,
    });
  });

  it("is recorded without key, scan or publication, with where it comes from", () => {
    const state = adopted({ ...image({ commit: "c".repeat(40) }), ...push("theirs") });
    expect(state).toMatchObject({
      digest: digest("theirs"),
      publications: [],
      tags: { latest: { digest: digest("theirs"), at: firstSeen } },
      adopted: { by: "unknown", workflow: "ci.yml", firstSeen, sourceCommit: "c".repeat(40) },
    });
    expect(state.scan).toBeUndefined();
    expect(state.platforms["linux/amd64"]).toMatchObject({
      digest: digest("theirs linux/amd64"),
      diffIds: [digest("v1"), digest("theirs")],
    });
    expect(state.platforms["linux/amd64"]?.key).toBeUndefined();
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it("takes the place of what the factory published, which is kept as the digest before", () => {
    const own = published(image());
    const state = adopted({ ...own, ...push("theirs") });
    expect(state.adopted?.previous).toBe(own.state?.digest);
    expect(state.tags["latest"]).toMatchObject({ digest: digest("theirs"), previous: own.state?.digest });
    expect(state.publications).toEqual(own.state?.publications);
  });

  it("takes the place of an earlier one, which is built by nobody here either", () => {
    const state = adopted({ ...image(), ...push("theirs") });
    const step = stepOf("app", [{ ...foundAgain(state), ...push("newer") }]);
    expect(step).toMatchObject({
      action: "keep",
      digest: digest("newer"),
      adopts: { adopted: { previous: digest("theirs") } },
    });
  });

  it("waits for that CI when it stands on the base that the Dockerfile named before", () => {
    const moved = image({ from: "docker.io/library/debian:13", on: "v9" });
    const step = stepOf("app", [{ ...moved, ...push("theirs") }]);
    expect(said(step)).toMatch(/^\(keep\) .*; base .*debian:13 none→sha256:\w+ is for ci.yml to build$/);
    const later = image({ from: "docker.io/library/debian:13", on: "v10", tags: [held("theirs")] });
    expect(
      stepOf("app", [{ ...later, state: adopted({ ...moved, ...push("theirs") }), standing: true }]),
    ).toMatchObject({
      action: "keep",
    });
  });

  it("is refused for an image that is the factory's alone", () => {
    const own = published(facts("app"));
    expect(stepOf("app", [{ ...own, tags: [held("theirs")] }])).toMatchObject({ action: "refuse" });
  });

  it("counts with the platforms that it has, for what is built from it", () => {
    const app = image();
    const enrolledBase: BaseFact = {
      reference: "factory.localhost/app:latest",
      platform: "linux/amd64",
      from: { kind: "enrolled", image: "app" },
    };
    const top = facts("top", { bases: [enrolledBase] });
    const onAll = stepOf("top", [{ ...app, ...push("theirs") }, top]);
    expect(onAll).toMatchObject({
      action: "build",
      platforms: [
        {
          inputs: { bases: { "factory.localhost/app:latest for linux/amd64": digest("theirs linux/amd64") } },
        },
        {},
      ],
    });
    const onOne = stepOf("top", [{ ...app, ...push("theirs", "v1", { platforms: ["linux/amd64"] }) }, top]);
    expect(onOne).toMatchObject({ action: "refuse", why: expect.stringContaining("no linux/arm64") });
  });
});

describe("an adopted image", () => {
  const state = adopted({ ...image({ commit: "a".repeat(40) }), ...push("theirs") });
  const unknown = adopted({ ...image({ on: "v2" }), ...push("theirs", "v0", { known: false }) });

  it.each<[string, Changes, string | RegExp]>([
    ["nothing has changed", {}, /^\(keep\) adopted [^;]*; [^;]*not scanned here$/],
    ["its source has moved", { files: "new", commit: "b".repeat(40) }, /source .* is for ci.yml to build$/],
    ["its Dockerfile has changed", { dockerfile: "FROM x" }, /Dockerfile changed is for ci.yml to build$/],
    [
      "its Dockerfile names another base",
      { from: "docker.io/library/debian:13", on: "v9" },
      /base docker.io\/library\/debian:12 sha256:\w+→none, base docker.io\/library\/debian:13 none→sha256:\w+ is for ci.yml to build$/,
    ],
    ["its base has moved", { on: "v2" }, `base ${debian} ${short("v1")}→${short("v2")}`],
    [
      "a base of another stage has moved",
      { builder: "go2" },
      `base ${golang} ${short("go1")}→${short("go2")}`,
    ],
    ["an arg has changed", { enrolment: { args: { A: "1" } } }, "args A changed"],
    ["a label has changed", { enrolment: { labels: { a: "1" } } }, "labels a changed"],
    ["an annotation has changed", { enrolment: { annotations: { a: "1" } } }, "annotations changed"],
    [
      "the registry has lost it",
      { standing: false, tags: [held(undefined)] },
      `registry lacks ${short("theirs")}`,
    ],
    ["its tag is gone", { tags: [held(undefined)] }, /latest is not there, and is for ci.yml to set$/],
  ])("is kept or built as it should be when %s", (_, changes, expected) => {
    const { state: _state, ...rest } = foundAgain(state, { commit: "a".repeat(40), ...changes });
    const step = said(stepOf("app", [{ ...rest, state }]));
    if (typeof expected === "string") expect(step).toBe(expected);
    else expect(step).toMatch(expected);
  });

  it("is built when it stands on a base of which nothing is known, and says so", () => {
    expect(said(stepOf("app", [foundAgain(unknown, { on: "v2" })]))).toBe(
      `base ${debian} unknown→${short("v2")}`,
    );
  });

  it("stays when its base got another digest with the same layers", () => {
    const moved = foundAgain(state, { on: "v2" });
    const [first, ...rest] = moved.platforms.map((platform) => ({
      ...platform,
      finalBase: { reference: debian, diffIds: [digest("v1")] },
    }));
    if (first === undefined) throw new Error("no platform");
    expect(stepOf("app", [{ ...moved, platforms: [first, ...rest] }])).toMatchObject({ action: "keep" });
  });

  it("is built by FORCE=1, and by an epoch of its own alone", () => {
    const step = stepOf("app", [foundAgain(state)], { force: true, epoch: 1_000 });
    expect(step).toMatchObject({ action: "build", reasons: [{ kind: "forced" }], epoch: 1_000 });
  });

  it("with fewer platforms than are enrolled is built when images.yaml changes them, and only then", () => {
    const one = adopted({ ...image(), ...push("theirs", "v1", { platforms: ["linux/amd64"] }) });
    expect(stepOf("app", [foundAgain(one)])).toMatchObject({ action: "keep" });
    const narrow = foundAgain(one, { enrolment: { platforms: ["linux/amd64"] } });
    expect(said(stepOf("app", [narrow], { allowPlatformLoss: true }))).toBe("platform linux/arm64 removed");
  });

  it("keeps platforms that are not enrolled: a build that would lose them is refused, keeping it is not", () => {
    const wide = { ...state, adopted: { ...state.adopted, otherPlatforms: ["linux/s390x"] } } as ImageState;
    expect(stepOf("app", [foundAgain(wide, { commit: "a".repeat(40) })])).toMatchObject({ action: "keep" });
    const moved = foundAgain(wide, { on: "v2", commit: "a".repeat(40) });
    expect(stepOf("app", [moved])).toMatchObject({
      action: "refuse",
      why: expect.stringContaining("linux/s390x"),
    });
    expect(stepOf("app", [moved], { allowPlatformLoss: true })).toMatchObject({ action: "build" });
  });

  it("gets no tag from TAG=, which would name what was not built here", () => {
    const asked = foundAgain(state, { tags: [held("theirs"), { tag: "v1", holds: undefined, once: true }] });
    expect(stepOf("app", [asked])).toMatchObject({
      action: "refuse",
      remedy: expect.stringContaining("FORCE=1 TAG=v1"),
    });
    expect(stepOf("app", [asked], { force: true, epoch: 9 })).toMatchObject({ action: "build" });
  });
});

describe("what the factory built of an image whose pushes are another's business", () => {
  const commit = "a".repeat(40);
  const labelled = { labels: { rev: commit }, annotations: { rev: commit }, args: { REV: `at ${commit}` } };
  const own = published(image({ commit, enrolment: labelled }));

  /** As it is found later. */
  function later(changes: Changes): ImageFacts {
    const found = image({ commit, ...changes, enrolment: { ...labelled, ...changes.enrolment } });
    return { ...found, state: own.state, standing: true, tags: changes.tags ?? own.tags };
  }

  it("is kept when the source moves, also where the commit is in labels, and says whose business that is", () => {
    const other = "b".repeat(40);
    const enrolment = { labels: { rev: other }, annotations: { rev: other }, args: { REV: `at ${other}` } };
    expect(said(stepOf("app", [later({ files: "new", commit: other, enrolment })]))).toBe(
      `(keep) unchanged since ${own.state?.digest}; source ${"a".repeat(12)}→${"b".repeat(12)} is for ci.yml to build`,
    );
  });

  it("is built when its base moves, from whatever the source is then", () => {
    const step = stepOf("app", [later({ files: "new", on: "v2" })]);
    expect(said(step)).toBe(`base ${debian} ${short("v1")}→${short("v2")}`);
    expect(step).toMatchObject({ platforms: [{ inputs: { files: digest("new") } }, {}] });
  });

  it("gets a tag of a new commit only if nothing else is new at that commit", () => {
    const holds = own.state?.digest;
    const tags = [{ tag: "latest", holds, once: false }, held(undefined, "newcommit")];
    expect(stepOf("app", [later({ tags })])).toMatchObject({ action: "tag", tags: [{ tag: "newcommit" }] });
    expect(stepOf("app", [later({ tags, files: "new" })])).toMatchObject({ action: "keep" });
  });

  it("gets its own tag back that was deleted, also when the source has moved", () => {
    const step = stepOf("app", [later({ tags: [held(undefined)], files: "new" })]);
    expect(step).toMatchObject({ action: "tag", tags: [{ tag: "latest" }] });
  });

  it("does not take back a second tag that was pushed elsewhere", () => {
    const holds = own.state?.digest;
    const tags = [{ tag: "latest", holds, once: false }, held("theirs", "edge")];
    expect(stepOf("app", [later({ tags })])).toMatchObject({ action: "keep" });
  });

  it("is left alone when a person has moved the tag back to an older digest of ours", () => {
    const old = digest("older");
    const { state } = own;
    if (state === undefined) throw new Error("not published");
    const rolledBack: ImageFacts = {
      ...later({ tags: [held("older")] }),
      state: {
        ...state,
        publications: [...state.publications, { digest: old, uniqueTag: "x", at: firstSeen }],
      },
    };
    expect(stepOf("app", [rolledBack])).toMatchObject({
      action: "refuse",
      why: expect.stringContaining(old),
    });
  });
});
