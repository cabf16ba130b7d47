import PQueue from "p-queue";

/** Where builds wait for their turn. */
export interface BuildQueue {
  readonly add: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface BuildQueueOptions {
  /** Builds at one time. */
  readonly jobs: number;
  /** Builds that may start within any 60 seconds; undefined is as many as there are places. */
  readonly startsPerMinute: number | undefined;
  readonly clock: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}

const minuteMs = 60_000;

export function createBuildQueue({ jobs, startsPerMinute, clock, sleep }: BuildQueueOptions): BuildQueue {
  const places = new PQueue({ concurrency: jobs });
  if (startsPerMinute === undefined) return { add: (work) => places.add(work) };
  const starts: number[] = [];
  return {
    add: (work) =>
      places.add(async () => {
        const now = clock().getTime();
        const start = nextStart(starts, startsPerMinute, now);
        starts.push(start);
        if (start > now) await sleep(start - now);
        return work();
      }),
  };
}

/** When the next build may start so that no 60 seconds see more than `perMinute`; `starts` are the earlier ones in order. */
function nextStart(starts: readonly number[], perMinute: number, now: number): number {
  return Math.max(now, (starts.at(-perMinute) ?? Number.NEGATIVE_INFINITY) + minuteMs);
}
