import { whyWait } from "../../src/bases/wait.ts";
import { type BuildQueue, createBuildQueue } from "../../src/build/build-queue.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { countFailure, type Failures, isOwnFault, triedInputs } from "../../src/plan/breaker.ts";
import type { BaseFact, ImageFacts } from "../../src/plan/image-facts.ts";
import { enrolledBases, planBuilds } from "../../src/plan/plan.ts";
import type { BuildStep, PlanRequest, PlanStep } from "../../src/plan/plan-step.ts";
import { baseName, referenceOf } from "../../src/plan/platform-key.ts";
import type { Digest } from "../../src/registry/digest.ts";
import type { Hold } from "../../src/state/holds.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { digest, facts } from "../plan/facts.ts";
import type { VirtualTime } from "./virtual-time.ts";

const platform = "linux/amd64";

/** An image of the simulated enrolment. */
export interface SimulatedImage {
  readonly name: string;
  /** References of images of others. */
  readonly external: readonly string[];
  /** Names of images of the enrolment. */
  readonly enrolled: readonly string[];
  readonly rebuildDelayMs: number;
  readonly autoRebuild: boolean;
  readonly cron: string | undefined;
  /** What its source is at a time. */
  readonly files: (at: number) => string;
  /** How a build that begins at a time ends; undefined is well. */
  readonly fails: (at: number) => ErrorCode | undefined;
  readonly buildMs: number;
}

/** What a base of somebody else is, and since when by the watcher's clock. */
export interface SimulatedBase {
  readonly digest: Digest;
  readonly since: number;
}

/** What the factory keeps of an image. */
interface Kept {
  state: ImageState | undefined;
  failures: Failures | undefined;
  hold: Hold | undefined;
}

/** One build, or one publication, as it happened. */
export interface Happened {
  readonly image: string;
  /** When the run began that decided it, and when it ended. */
  readonly decidedAt: number;
  readonly at: number;
  readonly inputs: Digest;
  /** Digests of its bases, by reference. */
  readonly bases: Readonly<Record<string, Digest>>;
  readonly epoch: number | undefined;
  readonly outcome: "published" | "held" | ErrorCode;
  /** What was published of it afterwards. */
  readonly digest: Digest | undefined;
}

export interface SimulatedFactory {
  readonly bases: Map<string, SimulatedBase>;
  readonly kept: ReadonlyMap<string, Kept>;
  /** When platform builds began. */
  readonly starts: readonly number[];
  readonly happened: readonly Happened[];
  /** Builds of what was published already: there is to be none. */
  readonly needless: readonly string[];
  /** One run of `rebuild`: every decision is the factory's own, builds only take time. */
  readonly rebuild: (databaseDate: string) => Promise<void>;
}

export interface SimulationOptions {
  readonly images: readonly SimulatedImage[];
  readonly bases: ReadonlyMap<string, SimulatedBase>;
  readonly time: VirtualTime;
  readonly jobs: number;
  readonly startsPerMinute: number;
}

export function simulateFactory(options: SimulationOptions): SimulatedFactory {
  const { time, jobs, startsPerMinute } = options;
  const images = new Map(options.images.map((image) => [image.name, image]));
  const bases = new Map(options.bases);
  const kept = new Map<string, Kept>(
    options.images.map(({ name }) => [name, { state: undefined, failures: undefined, hold: undefined }]),
  );
  const staged = new Set<Digest>();
  const starts: number[] = [];
  const happened: Happened[] = [];
  const needless: string[] = [];
  const get = <T>(map: ReadonlyMap<string, T>, name: string): T => {
    const found = map.get(name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };

  /** A base as the resolver gives it: what the image was built on as long as it has to wait. */
  const baseFact = (
    image: SimulatedImage,
    reference: string,
    base: SimulatedBase | undefined,
  ): Digest | undefined => {
    const recorded = get(kept, image.name).state?.platforms[platform]?.inputs.bases[
      baseName(reference, platform)
    ];
    if (base === undefined || recorded === undefined || recorded === base.digest) return undefined;
    const wait = whyWait({
      since: new Date(base.since).toISOString(),
      rebuildDelayMs: image.rebuildDelayMs,
      findings: [],
      mode: "automatic",
      now: new Date(time.now()),
    });
    return wait === undefined ? undefined : recorded;
  };

  const factsOf = (image: SimulatedImage): ImageFacts => {
    const { state, failures, hold } = get(kept, image.name);
    const external = image.external.map((reference): BaseFact => {
      const base = get(bases, reference);
      const stays = baseFact(image, reference, base);
      return { reference, platform, from: { kind: "external", digest: stays ?? base.digest } };
    });
    const enrolled = image.enrolled.map((name): BaseFact => {
      const reference = `factory.localhost/${name}:latest`;
      const below = get(kept, name).state;
      const published = below?.platforms[platform]?.digest;
      const at = below?.publications.findLast((entry) => entry.digest === below.digest)?.at;
      const base =
        published === undefined || at === undefined
          ? undefined
          : { digest: published, since: Date.parse(at) };
      const stays = baseFact(image, reference, base);
      return {
        reference,
        platform,
        from: { kind: "enrolled", image: name, ...(stays === undefined ? {} : { digest: stays }) },
      };
    });
    const tags = [{ tag: "latest", holds: state?.digest, once: false }];
    return facts(image.name, {
      enrolment: {
        platforms: [platform],
        rebuildDelayMs: image.rebuildDelayMs,
        autoRebuild: image.autoRebuild,
        schedule: image.cron === undefined ? undefined : { cron: image.cron, timeZone: "UTC" },
      },
      files: `${image.name} ${image.files(time.now())}`,
      bases: [...external, ...enrolled],
      ...(state === undefined ? {} : { state, standing: true }),
      tags,
      failures,
      hold,
    });
  };

  const publish = (step: BuildStep): void => {
    const own = get(kept, step.image);
    const [{ key, inputs }] = step.platforms;
    // Bytes come from what went in; an epoch alone makes other ones only where packages moved: every third time.
    const renewed = inputs.epoch === null ? 0 : Math.floor(inputs.epoch / 86_400 / 21);
    const built = digest(JSON.stringify([inputs.files, inputs.bases, renewed]));
    const at = new Date(time.now()).toISOString();
    const before = own.state?.publications ?? [];
    own.state = {
      digest: built,
      repository: `factory.localhost/${step.image}`,
      platforms: { [platform]: { key, inputs, digest: digest(`${built} ${platform}`) } },
      annotations: {},
      ...(step.epoch === undefined ? {} : { epoch: step.epoch }),
      tags: { latest: { digest: built, at } },
      publications: [
        ...(before[0]?.digest === built ? [] : [{ digest: built, uniqueTag: `${at}-${built}`, at }]),
        ...before,
      ],
      scan: { verdict: "passed", at, database: "official", databaseUpdatedAt: at },
    };
    own.failures = undefined;
  };

  /** Whether what stands on the image can be built. */
  const build = async (
    step: BuildStep & PlanStep,
    queue: BuildQueue,
    run: { readonly startedAt: number; readonly databaseDate: string },
  ): Promise<boolean> => {
    const image = get(images, step.image);
    const own = get(kept, step.image);
    const [{ key, inputs }] = step.platforms;
    if (own.state?.platforms[platform]?.key === key) needless.push(step.image);
    const code = staged.has(key) ? verdictOn(image) : await inTurn(image, queue);
    if (code === undefined || code === "scan-blocked") staged.add(key);
    const tried = triedInputs(factsOf(image).enrolment, step.platforms);
    const outcome = code ?? (step.held === undefined ? "published" : "held");
    if (outcome === "published") publish(step);
    else if (code !== undefined && isOwnFault(code)) {
      own.failures = countFailure(own.failures, {
        inputs: tried,
        code,
        message: code,
        at: new Date(time.now()).toISOString(),
        byHand: false,
        ...(code === "scan-blocked" ? { database: run.databaseDate } : {}),
      });
    }
    happened.push({
      image: step.image,
      decidedAt: run.startedAt,
      at: time.now(),
      inputs: tried,
      bases: Object.fromEntries(
        Object.entries(inputs.bases).map(([name, base]) => [referenceOf(name), base]),
      ),
      epoch: step.epoch,
      outcome,
      digest: own.state?.platforms[platform]?.digest,
    });
    return outcome === "published" || (outcome === "held" && own.state !== undefined);
  };

  const inTurn = (image: SimulatedImage, queue: BuildQueue): Promise<ErrorCode | undefined> =>
    queue.add(async () => {
      starts.push(time.now());
      const code = image.fails(time.now());
      await time.sleep(image.buildMs);
      return code;
    });

  /** What is staged is only scanned again. */
  const verdictOn = (image: SimulatedImage): ErrorCode | undefined => {
    const code = image.fails(time.now());
    return code === "scan-blocked" ? code : undefined;
  };

  const rebuild = async (databaseDate: string): Promise<void> => {
    const names = [...images.keys()];
    const request: PlanRequest = {
      images: names,
      mode: "automatic",
      now: time.now(),
      force: false,
      epoch: undefined,
      allowPlatformLoss: false,
      allowHeld: false,
      databases: { official: databaseDate },
    };
    const all = new Map([...images.values()].map((image) => [image.name, factsOf(image)]));
    const plan = new Map(planBuilds([...all.values()], request).steps.map((step) => [step.image, step]));
    const queue = createBuildQueue({
      jobs,
      startsPerMinute,
      clock: () => new Date(time.now()),
      sleep: time.sleep,
    });
    const run = { startedAt: time.now(), databaseDate };
    const outcomes = new Map<string, Promise<boolean>>();
    const outcomeOf = (name: string): Promise<boolean> => {
      const known = outcomes.get(name) ?? carryOut(name);
      outcomes.set(name, known);
      return known;
    };
    const carryOut = async (name: string): Promise<boolean> => {
      const below = enrolledBases(all.get(name));
      if ((await Promise.all(below.map(outcomeOf))).includes(false)) return false;
      let step = plan.get(name);
      if (step?.action === "wait") {
        const own = [name, ...below].map((image) => factsOf(get(images, image)));
        const again = planBuilds(own, { ...request, images: [name], done: new Set(below) });
        step = again.steps.find(({ image }) => image === name);
      }
      if (step?.action === "build") return build(step, queue, run);
      return get(kept, name).state !== undefined;
    };
    await Promise.all(names.map(outcomeOf));
  };

  return { bases, kept, starts, happened, needless, rebuild };
}
