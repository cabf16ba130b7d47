import { describe, expect, it } from "vitest";
import { createBuildQueue } from "../../src/build/build-queue.ts";

/** When each of `count` builds of one millisecond started, by a clock that only sleeping moves. */
async function starts(count: number, jobs: number, startsPerMinute: number | undefined) {
  let now = 0;
  const started: number[] = [];
  const builds = createBuildQueue({
    jobs,
    startsPerMinute,
    clock: () => new Date(now),
    sleep: async (ms) => {
      now = Math.max(now, now + ms);
    },
  });
  await Promise.all(Array.from({ length: count }, () => builds.add(async () => void started.push(now))));
  return started;
}

describe("a queue of builds", () => {
  it("starts no more than its bound within any 60 seconds, and loses none", async () => {
    const times = await starts(1_000, 1, 30);
    expect(times).toHaveLength(1_000);
    for (const time of times) {
      const within = times.filter((other) => other >= time && other < time + 60_000);
      expect(within.length).toBeLessThanOrEqual(30);
    }
    expect(times.at(-1)).toBe(33 * 60_000);
  });

  it("starts what there are places for at once where nothing bounds it", async () => {
    expect(await starts(100, 4, undefined)).toEqual(Array.from({ length: 100 }, () => 0));
  });

  it("has the places that it was given, and goes on after a build that failed", async () => {
    let running = 0;
    let most = 0;
    const builds = createBuildQueue({
      jobs: 3,
      startsPerMinute: 100,
      clock: () => new Date(0),
      sleep: async () => undefined,
    });
    const ended = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        builds.add(async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
          if (index === 0) throw new Error("failed");
        }),
      ),
    );
    expect(most).toBe(3);
    expect(ended.filter(({ status }) => status === "rejected")).toHaveLength(1);
  });
});
