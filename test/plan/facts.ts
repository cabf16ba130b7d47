import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import type { BaseFact, ImageFacts } from "../../src/plan/image-facts.ts";
import { planBuilds } from "../../src/plan/plan.ts";
import type { PlanRequest, PlanStep } from "../../src/plan/plan-step.ts";
import type { Platform } from "../../src/platform.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";
import type { ImageState, PackageVersions } from "../../src/state/image-state.ts";

const digests = new Map<string, Digest>();

/** A digest that is another for every text. */
export function digest(text: string): Digest {
  const known = digests.get(text) ?? digestOf(text);
  digests.set(text, known);
  return known;
}

/** An enrolment with all defaults; `changes` are laid over it. */
function enrolment(name: string, changes: Partial<Enrolment> = {}): Enrolment {
  return {
    name,
    position: `images.yaml:1:1`,
    repository: { registry: "factory.localhost", path: name },
    platforms: ["linux/amd64", "linux/arm64"],
    source: { kind: "folder", path: `/src/${name}` },
    dockerfile: "Dockerfile",
    context: ".",
    target: undefined,
    args: {},
    secrets: [],
    labels: {},
    annotations: {},
    tags: ["latest"],
    timeouts: { buildMs: 60_000, scanMs: 60_000 },
    network: "default",
    scan: {
      severities: ["HIGH", "CRITICAL"],
      unfixed: false,
      os: "detect",
      database: "official",
      exceptions: [],
    },
    rebuildDelayMs: 0,
    autoRebuild: true,
    schedule: undefined,
    workflow: undefined,
    patchFiles: [],
    versionFile: undefined,
    ...changes,
  };
}

export interface FactsChanges extends Partial<Omit<ImageFacts, "enrolment" | "platforms">> {
  readonly enrolment?: Partial<Enrolment>;
  readonly files?: string;
  readonly dockerfile?: string;
  readonly bases?: readonly BaseFact[];
  readonly packages?: PackageVersions;
}

/** Facts of an image that was never built. */
export function facts(name: string, changes: FactsChanges = {}): ImageFacts {
  const {
    enrolment: own,
    files = "files",
    dockerfile = "FROM scratch",
    bases = [],
    packages,
    ...rest
  } = changes;
  const image = enrolment(name, own);
  const [first, ...others] = image.platforms.map((platform: Platform) => ({
    platform,
    files: digest(files),
    ...(packages && { packages }),
    dockerfile: digest(dockerfile),
    bases: bases.map((base) => ({ ...base, platform })),
  }));
  if (first === undefined) throw new Error("no platform");
  return {
    enrolment: image,
    commit: undefined,
    version: undefined,
    platforms: [first, ...others],
    state: undefined,
    standing: false,
    tags: [{ tag: "latest", holds: undefined, once: false }],
    ...rest,
  };
}

export function request(images: readonly string[], changes: Partial<PlanRequest> = {}): PlanRequest {
  return {
    images,
    mode: "manual",
    now: Date.UTC(2026, 0, 3),
    force: false,
    epoch: undefined,
    allowPlatformLoss: false,
    allowHeld: false,
    ...changes,
  };
}

/** The facts after the image was published as planned, its tags where they belong. */
export function published(image: ImageFacts, others: readonly ImageFacts[] = [], epoch?: number): ImageFacts {
  const name = image.enrolment.name;
  const [step] = planBuilds(
    [image, ...others],
    request([name], epoch === undefined ? {} : { force: true, epoch }),
  ).steps.filter((found) => found.image === name);
  if (step?.action !== "build") throw new Error(`${name} would not be built: ${JSON.stringify(step)}`);
  const index = digest(`index of ${step.platforms.map(({ key }) => key).join()}`);
  const state: ImageState = {
    digest: index,
    repository: `factory.localhost/${name}`,
    platforms: Object.fromEntries(
      step.platforms.map(({ platform, key, inputs }) => [
        platform,
        { key, inputs, ...packagesOf(image, platform), digest: digest(`${key} built`) },
      ]),
    ),
    annotations: image.enrolment.annotations,
    ...(image.commit === undefined ? {} : { commit: image.commit }),
    ...(step.epoch === undefined ? {} : { epoch: step.epoch }),
    tags: { latest: { digest: index, at: "2026-01-02T03:04:05.000Z" } },
    publications: [{ digest: index, uniqueTag: "20260102T030405Z-x", at: "2026-01-02T03:04:05.000Z" }],
    scan: {
      verdict: "passed",
      at: "2026-01-02T03:04:05.000Z",
      database: "official",
      databaseUpdatedAt: "2026-01-02T00:00:00.000Z",
    },
  };
  return { ...image, state, standing: true, tags: [{ tag: "latest", holds: index, once: false }] };
}

function packagesOf({ platforms }: ImageFacts, platform: Platform) {
  const packages = platforms.find((facts) => facts.platform === platform)?.packages;
  return packages && { packages };
}

/** The step of one image. */
export function stepOf(
  image: string,
  all: readonly ImageFacts[],
  changes: Partial<PlanRequest> = {},
): PlanStep {
  const step = planBuilds(all, request([image], changes)).steps.find((found) => found.image === image);
  if (step === undefined) throw new Error(`${image} is not in the plan`);
  return step;
}
