import { describe, expect, it } from "vitest";
import type { BaseFact, ImageFacts } from "../../src/plan/image-facts.ts";
import { planBuilds } from "../../src/plan/plan.ts";
import { formatReason } from "../../src/plan/reason.ts";
import type { Platform } from "../../src/platform.ts";
import { shortDigest } from "../../src/registry/digest.ts";
import type { PackageVersions } from "../../src/state/image-state.ts";
import { digest, facts, published, request, stepOf } from "./facts.ts";
import { changed, debianSource } from "./samples.ts";

const amd64: Platform = "linux/amd64";

function enrolledBase(image: string): BaseFact {
  return {
    reference: `factory.localhost/${image}:latest`,
    platform: amd64,
    from: { kind: "enrolled", image },
  };
}

function externalBase(reference: string, text: string): BaseFact {
  return { reference, platform: amd64, from: { kind: "external", digest: digest(text) } };
}

function reasonsOf(image: string, all: readonly ImageFacts[], changes = {}): readonly string[] {
  const step = stepOf(image, all, changes);
  return step.action === "build" ? step.reasons.map(formatReason) : [`(${step.action})`];
}

describe("planBuilds", () => {
  it("builds what was never built", () => {
    expect(reasonsOf("app", [facts("app")])).toEqual(["never built"]);
  });

  it("keeps what is published, standing and made of the same inputs", () => {
    expect(stepOf("app", [published(facts("app"))])).toMatchObject({ action: "keep" });
  });

  it.each([
    ["source files", { files: "other" }, /^source [0-9a-f]{12}→[0-9a-f]{12}$/],
    ["the Dockerfile", { dockerfile: "FROM other" }, /^Dockerfile changed$/],
    ["an arg", { enrolment: { args: { A: "2" } } }, /^args A changed$/],
    ["a label", { enrolment: { labels: { a: "b" } } }, /^labels a changed$/],
    ["the target", { enrolment: { target: "final" } }, /^target changed$/],
    ["the network", { enrolment: { network: "none" as const } }, /^network changed$/],
    [
      "a secret's name",
      { enrolment: { secrets: [{ id: "npm", from: "variable" as const, name: "NPM" }] } },
      /^secret names changed$/,
    ],
    ["an annotation", { enrolment: { annotations: { a: "b" } } }, /^annotations changed$/],
  ])("rebuilds when %s changed, and says so once for both platforms", (_, changes, reason) => {
    const before = published(facts("app"));
    const after = { ...facts("app", changes), state: before.state, standing: true, tags: before.tags };
    const reasons = reasonsOf("app", [after]);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(reason);
  });

  it("names the commits when a git source moved", () => {
    const before = published(facts("app", { commit: "a".repeat(40) }));
    const after = {
      ...facts("app", { files: "new", commit: "b".repeat(40) }),
      state: before.state,
      standing: true,
      tags: before.tags,
    };
    expect(reasonsOf("app", [after])).toEqual([`source ${"a".repeat(12)}→${"b".repeat(12)}`]);
  });

  it("names the packages of a debian source that differ, once for all platforms; digests where versions are not known", () => {
    const between = (before: PackageVersions | undefined, after: PackageVersions | undefined) => {
      const of = (files: string, packages: PackageVersions | undefined) => ({
        enrolment: debianSource(),
        files,
        ...(packages && { packages }),
      });
      return reasonsOf("root", [changed(published(facts("root", of("1", before))), of("2", after))]);
    };
    expect(between({ dash: "1", libc6: "2", old: "1" }, { dash: "1", libc6: "3", tzdata: "1" })).toEqual([
      "packages libc6 2→3, old 1→none, tzdata none→1",
    ]);
    const many = (version: string) => Object.fromEntries([..."abcdefg"].map((name) => [name, version]));
    expect(between(many("1"), many("2"))).toEqual(["packages a 1→2, b 1→2, c 1→2, d 1→2, e 1→2 and 2 more"]);
    const digests = [`packages ${shortDigest(digest("1"))}→${shortDigest(digest("2"))}`];
    expect(between(undefined, many("2"))).toEqual(digests);
    expect(between(many("1"), many("1"))).toEqual(digests);
  });

  it("does not rebuild for a new commit with the same files", () => {
    const before = published(facts("app", { commit: "a".repeat(40) }));
    expect(stepOf("app", [{ ...before, commit: "b".repeat(40) }])).toMatchObject({ action: "keep" });
  });

  it("names a base and both digests when it moved", () => {
    const before = published(facts("app", { bases: [externalBase("docker.io/library/debian:12", "old")] }));
    const after = {
      ...facts("app", { bases: [externalBase("docker.io/library/debian:12", "new")] }),
      state: before.state,
      standing: true,
      tags: before.tags,
    };
    const [reason] = reasonsOf("app", [after]);
    expect(reason).toBe(
      `base docker.io/library/debian:12 sha256:${digest("old").slice(7, 19)}→sha256:${digest("new").slice(7, 19)}`,
    );
  });

  it("publishes anew what the registry has lost", () => {
    const before = published(facts("app"));
    const [reason] = reasonsOf("app", [
      { ...before, standing: false, tags: [{ tag: "latest", holds: undefined, once: false }] },
    ]);
    expect(reason).toMatch(/^registry lacks sha256:/);
  });

  it("puts a deleted tag back without a build", () => {
    const before = published(facts("app"));
    const step = stepOf("app", [{ ...before, tags: [{ tag: "latest", holds: undefined, once: false }] }]);
    expect(step).toMatchObject({ action: "tag", digest: before.state?.digest, tags: [{ tag: "latest" }] });
  });

  it("adds a tag that is new in images.yaml without a build", () => {
    const before = published(facts("app"));
    const step = stepOf("app", [
      { ...before, tags: [...before.tags, { tag: "v1", holds: undefined, once: false }] },
    ]);
    expect(step).toMatchObject({ action: "tag", tags: [{ tag: "v1" }] });
  });

  it("takes over what a tag holds at its first publication", () => {
    const step = stepOf("app", [
      { ...facts("app"), tags: [{ tag: "latest", holds: digest("theirs"), once: false }] },
    ]);
    expect(step.action).toBe("build");
  });

  it.each([
    ["at the first publication", facts("app")],
    ["for a tag that is new in images.yaml", published(facts("app"))],
  ])("takes no platform away with it that is not built, %s", (_, before) => {
    const theirs = {
      tag: "theirs",
      holds: digest("theirs"),
      once: false,
      foreignPlatforms: ["linux/amd64", "linux/s390x"],
    };
    const after = { ...before, tags: [...before.tags, theirs] };
    expect(stepOf("app", [after])).toMatchObject({
      action: "refuse",
      why: expect.stringContaining("linux/s390x"),
    });
    expect(stepOf("app", [after], { allowPlatformLoss: true }).action).not.toBe("refuse");
  });

  it("takes an image that this run is done with as it is published, whatever it was asked for", () => {
    const base = published(facts("base"));
    const app = facts("app", { bases: [enrolledBase("base")] });
    const forced = { ...request(["base", "app"], { force: true, epoch: 9 }), done: new Set(["base"]) };
    expect(planBuilds([app, base], forced).steps).toMatchObject([
      { image: "base", action: "keep" },
      { image: "app", action: "build" },
    ]);
  });

  it("gives the tag of TAG= again to a retry of the forced run that gave it, and to no other build", () => {
    const before = published(facts("app"), [], 2_000);
    if (before.state === undefined) throw new Error("not published");
    const given = { digest: before.state.digest, at: "2026-01-01T00:00:00Z", once: true };
    const after = {
      ...before,
      state: { ...before.state, tags: { ...before.state.tags, v1: given } },
      tags: [...before.tags, { tag: "v1", holds: before.state.digest, once: true }],
    };
    expect(stepOf("app", [after], { force: true, epoch: 2_000 }).action).toBe("build");
    expect(stepOf("app", [after], { force: true, epoch: 3_000 })).toMatchObject({
      action: "refuse",
      why: expect.stringContaining("v1 names"),
    });
  });

  it("leaves a tag alone that somebody else moved later", () => {
    const before = published(facts("app"));
    const step = stepOf("app", [
      { ...before, tags: [{ tag: "latest", holds: digest("theirs"), once: false }] },
    ]);
    expect(step).toMatchObject({ action: "refuse", why: expect.stringContaining(digest("theirs")) });
  });

  it("recognises the digest of its own run that died before it wrote the state", () => {
    const before = published(facts("app"));
    if (before.state === undefined) throw new Error("not published");
    const dying = digest("about to be published");
    const after = {
      ...facts("app", { files: "new" }),
      state: {
        ...before.state,
        publishing: [{ digest: dying, uniqueTag: "x", at: "2026-01-03T00:00:00.000Z" }],
      },
      standing: true,
      tags: [{ tag: "latest", holds: dying, once: false }],
    };
    expect(stepOf("app", [after]).action).toBe("build");
  });

  it("refuses to move a tag that was given once", () => {
    const before = published(facts("app"));
    if (before.state === undefined) throw new Error("not published");
    const old = digest("old");
    const state = {
      ...before.state,
      tags: { ...before.state.tags, v1: { digest: old, at: "2026-01-01T00:00:00Z", once: true } },
    };
    const step = stepOf("app", [
      { ...before, state, tags: [...before.tags, { tag: "v1", holds: old, once: true }] },
    ]);
    expect(step).toMatchObject({ action: "refuse", why: expect.stringContaining("v1 names") });
  });

  it("refuses to lose a platform unless that is allowed by name", () => {
    const before = published(facts("app"));
    const after = {
      ...facts("app", { enrolment: { platforms: [amd64] } }),
      state: before.state,
      standing: true,
      tags: before.tags,
    };
    expect(stepOf("app", [after])).toMatchObject({
      action: "refuse",
      remedy: expect.stringContaining("ALLOW=platform-loss"),
    });
    expect(reasonsOf("app", [after], { allowPlatformLoss: true })).toEqual(["platform linux/arm64 removed"]);
  });

  it("adds a platform and says which", () => {
    const before = published(facts("app", { enrolment: { platforms: [amd64] } }));
    const after = { ...facts("app"), state: before.state, standing: true, tags: before.tags };
    expect(reasonsOf("app", [after])).toEqual(["platform linux/arm64 added"]);
  });

  it("forces the named images alone, and their epoch is the one given", () => {
    const base = published(facts("base"));
    const app = published(facts("app", { bases: [enrolledBase("base")] }), [base]);
    const plan = planBuilds([app, base], request(["app"], { force: true, epoch: 1_000 }));
    expect(plan.steps).toMatchObject([
      { image: "base", action: "keep" },
      { image: "app", action: "build", reasons: [{ kind: "forced" }], epoch: 1_000 },
    ]);
  });

  it("never lets an epoch go down, and a plain build keeps it", () => {
    const before = published(facts("app"), [], 2_000);
    expect(stepOf("app", [before])).toMatchObject({ action: "keep" });
    expect(stepOf("app", [before], { force: true, epoch: 1_000 })).toMatchObject({ epoch: 2_000 });
  });

  it("orders each image after its enrolled bases and makes dependants of a stale one wait", () => {
    const base = facts("base");
    const runtime = facts("runtime", { bases: [enrolledBase("base")] });
    const app = facts("app", { bases: [enrolledBase("runtime")] });
    expect(planBuilds([app, runtime, base], request(["app"])).steps).toMatchObject([
      { image: "base", action: "build" },
      { image: "runtime", action: "wait", bases: ["base"] },
      { image: "app", action: "wait", bases: ["runtime"] },
    ]);
  });

  it("decides a dependant again when its base is published: rebuilt if the bytes moved, kept if not", () => {
    const base = published(facts("base"));
    const app = published(facts("app", { bases: [enrolledBase("base")] }), [base]);
    expect(stepOf("app", [app, base])).toMatchObject({ action: "keep" });
    const moved = published(facts("base", { files: "new" }));
    expect(reasonsOf("app", [app, moved])).toEqual([
      expect.stringMatching(/^base factory.localhost\/base:latest sha256/),
    ]);
  });

  it("leaves out what nobody asked for", () => {
    expect(
      planBuilds([facts("app"), facts("other")], request(["app"])).steps.map(({ image }) => image),
    ).toEqual(["app"]);
  });

  it("is a value that survives JSON", () => {
    const plan = planBuilds([facts("app"), published(facts("b"))], request(["app", "b"]));
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it("uses the whole index of a base on the machine's own platform", () => {
    const base = published(facts("base"));
    const onBuildPlatform: BaseFact = { ...enrolledBase("base"), platform: "build platform" };
    const app = facts("app");
    const [first] = app.platforms;
    const step = stepOf("app", [{ ...app, platforms: [{ ...first, bases: [onBuildPlatform] }] }, base]);
    expect(step).toMatchObject({
      platforms: [
        { inputs: { bases: { "factory.localhost/base:latest for build platform": base.state?.digest } } },
      ],
    });
  });
});

describe("an image on a base that nothing comes of", () => {
  const on = (image: string) => ({
    reference: `factory.localhost/${image}:latest`,
    platform: "linux/amd64" as const,
    from: { kind: "enrolled" as const, image },
  });
  const refused = {
    ...published(facts("root")),
    tags: [{ tag: "latest", holds: digest("somebody's"), once: false }],
  };

  it("is blocked by it, and what is built on that image is blocked by that image", () => {
    const all = [refused, facts("mid", { bases: [on("root")] }), facts("leaf", { bases: [on("mid")] })];
    expect(stepOf("mid", all)).toMatchObject({ action: "wait", blockedBy: ["root"] });
    expect(stepOf("leaf", all)).toMatchObject({ action: "wait", blockedBy: ["mid"] });
  });

  it("is blocked by a base that could not be looked at", () => {
    expect(stepOf("mid", [facts("mid", { bases: [on("root")] })])).toMatchObject({
      action: "wait",
      blockedBy: ["root"],
    });
  });

  it("only waits for one that is to be built", () => {
    const step = stepOf("mid", [facts("root"), facts("mid", { bases: [on("root")] })]);
    expect(step).toMatchObject({ action: "wait", bases: ["root"] });
    expect(step).not.toHaveProperty("blockedBy");
  });
});
