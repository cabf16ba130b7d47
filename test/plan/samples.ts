import type { BaseProblem } from "../../src/bases/base-problem.ts";
import type { BaseFact, ImageFacts } from "../../src/plan/image-facts.ts";
import type { PendingBase, PendingCause } from "../../src/plan/pending-base.ts";
import type { PlanStep } from "../../src/plan/plan-step.ts";
import type { Reason } from "../../src/plan/reason.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { digest, type FactsChanges, facts, published } from "./facts.ts";

/** A base of others as facts have it. */
export function external(reference: string, content = reference, pending?: PendingBase): BaseFact {
  const from = { kind: "external", digest: digest(content) } as const;
  return { reference, platform: "linux/amd64", from, ...(pending === undefined ? {} : { pending }) };
}

/** An enrolled base as facts have it. */
export function enrolled(image: string): BaseFact {
  const reference = `factory.localhost/${image}:latest`;
  return { reference, platform: "linux/amd64", from: { kind: "enrolled", image } };
}

const pending = (cause: PendingCause, newer: PendingBase["newer"] = digest("newer")): PendingBase => ({
  base: `docker.io/library/${cause.kind}:1`,
  used: digest("used"),
  newer,
  cause,
});

const until = "2026-11-28T03:00:00.000Z";
/** One of every kind: the compiler asks for the rest. */
const causes: { readonly [K in PendingCause["kind"]]: PendingBase } = {
  delay: pending({ kind: "delay", until }),
  held: pending({ kind: "held", why: "it crashes", until }),
  pinned: pending({ kind: "pinned" }),
  promotion: pending({ kind: "promotion" }),
  scan: pending({ kind: "scan", findings: ["CVE-2026-0001"] }),
  unusable: { ...pending({ kind: "unusable", problem: "there is no image" }), newer: undefined },
};

const debian = external("docker.io/library/debian:12");
const root = published(facts("root", { bases: [debian] }));
/** The same image, published as it was, with other facts now. */
export const changed = (image: ImageFacts, changes: FactsChanges) => {
  const { name, ...enrolment } = { ...image.enrolment, ...changes.enrolment };
  const { state, standing, tags, commit } = image;
  return facts(name, { state, standing, tags, commit, ...changes, enrolment });
};
const moved = changed(root, { bases: [external("docker.io/library/debian:12", "moved")] });
const packages = published(
  facts("packages", { enrolment: debianSource(), files: "1", packages: { dash: "1", gone: "1" } }),
);
const tagged = published(facts("tagged"));
const somebodys = {
  tag: "latest",
  holds: digest("somebody's"),
  once: false,
  foreignPlatforms: ["linux/s390x"],
};

const fix = { id: "CVE-2026-0002", package: "openssl", installed: "3.0.16", fixed: "3.0.17" };
/** With something that a rebuild would fix. */
const flawed = withState(published(facts("flawed")), {
  fixes: [{ ...fix, platforms: ["linux/amd64"], since: until }],
});
const mendedBefore = published(facts("mended"));
const afterwards = published(facts("mended", { files: "mended" }));
/** Rebuilt for a fix, which its dependants are told of. */
const mended = withState(afterwards, {
  publications: (afterwards.state?.publications ?? []).map((one) => ({ ...one, fixes: [fix.id] })),
});

function withState(image: ImageFacts, changes: Partial<ImageState>): ImageFacts {
  return image.state === undefined ? image : { ...image, state: { ...image.state, ...changes } };
}

/** One of every kind. */
const problems: { readonly [K in BaseProblem["kind"]]: BaseProblem } = {
  "lacks platform": {
    kind: "lacks platform",
    reference: "docker.io/library/lacking:1",
    lacks: ["linux/arm64"],
    has: ["linux/amd64"],
  },
  vanished: { kind: "vanished", reference: "docker.io/library/vanished:1", since: until },
  "end of life": {
    kind: "end of life",
    reference: "docker.io/library/old:1",
    day: "2026-11-01",
    by: "images.yaml:1:1",
  },
  held: { kind: "held", reference: "docker.io/library/held:1", why: "the next one is bad", until },
};
const endsSometime = { ...problems["end of life"], day: undefined };
const heldForGood = {
  kind: "held",
  reference: "docker.io/library/held:2",
  why: "it is the last good one",
} as const;

export function debianSource(): Partial<ImageFacts["enrolment"]> {
  const source = {
    kind: "debian",
    suite: "trixie",
    variant: "extract",
    components: ["main"],
    packages: ["dash"],
    mirror: undefined,
  } as const;
  return { source, dockerfile: undefined };
}

/** An image whose pushes another CI builds, on a base that is unknown here. */
const pushed: ImageFacts = {
  ...facts("pushed", { bases: [debian], enrolment: { workflow: "ci.yml", platforms: ["linux/amd64"] } }),
  platforms: [
    {
      platform: "linux/amd64",
      files: digest("files"),
      dockerfile: digest("FROM debian"),
      bases: [debian],
      finalBase: { reference: debian.reference, diffIds: [digest("layer")] },
    },
  ],
  tags: [{ tag: "latest", holds: digest("pushed"), once: false }],
  pushed: {
    digest: digest("pushed"),
    firstSeen: until,
    otherPlatforms: [],
    platforms: {
      "linux/amd64": {
        digest: digest("pushed amd64"),
        diffIds: [digest("another layer")],
        base: debian.reference,
        inputs: { bases: {} },
      },
    },
  },
};

/** Facts that make one step of every kind, with every kind of reason and cause. */
export const everyKind: readonly ImageFacts[] = [
  moved,
  published(facts("conditional", { bases: [enrolled("root")] }), [root]),
  changed(published(facts("certain", { bases: [enrolled("root")] }), [root]), {
    bases: [enrolled("root")],
    files: "other",
  }),
  facts("fresh", { bases: [enrolled("root")] }),
  published(facts("kept", { bases: [debian] })),
  changed(published(facts("committed", { commit: "1".repeat(40) })), { commit: "2".repeat(40), files: "2" }),
  changed(packages, { enrolment: debianSource(), files: "2", packages: { dash: "2", come: "1" } }),
  changed(published(facts("unlisted", { enrolment: debianSource(), files: "1" })), {
    enrolment: debianSource(),
    files: "2",
  }),
  changed(published(facts("rebased", { bases: [debian] })), {
    bases: [external("docker.io/library/debian:13")],
  }),
  changed(published(facts("argued")), { enrolment: { args: { DEBUG: "1" } } }),
  changed(published(facts("platforms", { enrolment: { platforms: ["linux/amd64"] } })), {
    enrolment: { platforms: ["linux/amd64", "linux/arm64"] },
  }),
  flawed,
  changed(published(facts("on-flawed", { bases: [enrolled("mended")] }), [mendedBefore]), {
    bases: [enrolled("mended")],
  }),
  mended,
  { ...published(facts("lost")), standing: false },
  { ...published(facts("troubled")), baseProblems: [...Object.values(problems), endsSometime, heldForGood] },
  { ...published(facts("untagged")), tags: [{ tag: "latest", holds: undefined, once: false }] },
  { ...tagged, tags: [...tagged.tags, { ...somebodys, tag: "v2", foreignPlatforms: ["linux/amd64"] }] },
  { ...published(facts("foreign")), tags: [somebodys] },
  facts("blocked", { bases: [enrolled("foreign")] }),
  pushed,
  changed(published(facts("left")), { files: "other", enrolment: { workflow: "ci.yml" } }),
  facts("adopting", { tags: [somebodys], enrolment: { platforms: ["linux/amd64", "linux/arm64"] } }),
  ...[...Object.values(causes), pending({ kind: "held", why: "nobody knows" })].map((moved, at) =>
    published(facts(`stays-${at}`, { bases: [external(moved.base, "used", moved)] })),
  ),
];

/** The kinds of each union that a plan shows: one that is missing here does not compile. */
const actions: { readonly [K in PlanStep["action"]]: true } = {
  build: true,
  wait: true,
  leave: true,
  tag: true,
  keep: true,
  refuse: true,
};
const reasons: { readonly [K in Reason["kind"]]: true } = {
  "never built": true,
  forced: true,
  scheduled: true,
  fixes: true,
  source: true,
  packages: true,
  base: true,
  changed: true,
  platforms: true,
  "registry lacks": true,
};
export const kinds = {
  actions: Object.keys(actions),
  reasons: Object.keys(reasons),
  causes: Object.keys(causes),
  problems: Object.keys(problems),
} as const;
