import { FactoryError } from "../src/errors.ts";
import type { Log } from "../src/log.ts";
import type { BenchWorld } from "./bench-world.ts";
import { type Measurement, measure, median } from "./measure.ts";
import type { Sample, SampleRepository } from "./samples.ts";
import type { Subject } from "./subjects.ts";

export const states = ["cold", "one line changed", "nothing changed"] as const;
export type State = (typeof states)[number];

/** The times of one subject for one sample in one state. */
export interface BuildTimes {
  readonly sample: string;
  readonly state: State;
  readonly subject: Subject["name"];
  /** One for each round. */
  readonly elapsedMs: readonly number[];
  /** Peak memory of the factory's own process over all rounds, in bytes; undefined for a rival. */
  readonly peakBytes: number | undefined;
}

/**
 * Lets every subject build one sample in every state, round after round, each round in another order and below another
 * prefix of the registry, so that a cold run finds nothing of an earlier one.
 * @throws FactoryError when a subject fails, or did not do its job: publish, or see that it needs not.
 */
export async function timeBuilds(
  sample: Sample,
  repository: SampleRepository,
  subjects: readonly Subject[],
  rounds: number,
  { world, log }: { readonly world: BenchWorld; readonly log: Log },
): Promise<readonly BuildTimes[]> {
  const times = new Map<string, Measurement[]>();
  for (let round = 0; round < rounds; round += 1) {
    const order = subjects.map((_, at) => subjects[(at + round) % subjects.length] as Subject);
    const published = new Map<Subject["name"], string>();
    for (const state of states) {
      if (state === "one line changed") await repository.edit();
      for (const subject of order) {
        if (state === "cold") await subject.forget();
        const prefix = `${world.address}/${subject.name.toLowerCase().replaceAll(" ", "-")}/round-${round}`;
        const measurement = await measure(await subject.command(sample, repository.url, prefix));
        const digest = publishedDigest(measurement, subject, state);
        if (state !== "cold" && (digest === published.get(subject.name)) !== (state === "nothing changed")) {
          throw new FactoryError("bug", `${subject.name}: ${sample.name}, ${state}, came out as ${digest}`);
        }
        published.set(subject.name, digest);
        const key = `${state}/${subject.name}`;
        times.set(key, [...(times.get(key) ?? []), measurement]);
        const text = `${subject.name}, ${state}: ${(measurement.elapsedMs / 1000).toFixed(2)} s`;
        log({ kind: "note", image: sample.name, text });
      }
    }
  }
  return states.flatMap((state) =>
    subjects.map(({ name }) => {
      const measurements = times.get(`${state}/${name}`) ?? [];
      const elapsedMs = measurements.map((measurement) => measurement.elapsedMs);
      return { sample: sample.name, state, subject: name, elapsedMs, peakBytes: ownPeak(measurements) };
    }),
  );
}

/** How many times as long as the rival the factory takes, by the medians; undefined where there was no such rival. */
export function ratioTo(
  rival: Subject["name"],
  sample: string,
  state: State,
  times: readonly BuildTimes[],
): number | undefined {
  const of = (subject: Subject["name"]) =>
    times.find((row) => row.subject === subject && row.sample === sample && row.state === state);
  const [own, other] = [of("factory"), of(rival)];
  return own === undefined || other === undefined
    ? undefined
    : median(own.elapsedMs) / median(other.elapsedMs);
}

function publishedDigest({ stdout, stderr }: Measurement, subject: Subject, state: State): string {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(stdout.trimEnd())?.[1];
  if (digest !== undefined) return digest;
  throw new FactoryError("bug", `${subject.name}, ${state}, printed no digest`, {
    problems: `${stdout}\n${stderr}`.trim().split("\n").slice(-20),
  });
}

function ownPeak(measurements: readonly Measurement[]): number | undefined {
  const peaks = measurements.flatMap(({ peaks }) =>
    peaks.filter(({ script }) => script.endsWith("scripts/build.ts")).map(({ bytes }) => bytes),
  );
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}
