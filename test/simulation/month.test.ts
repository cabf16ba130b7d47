import { beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "../../src/registry/digest.ts";
import { digest } from "../plan/facts.ts";
import { type Happened, type SimulatedFactory, simulateFactory } from "./factory-month.ts";
import {
  begin,
  blocked,
  broken,
  dayMs,
  during,
  end,
  enrolment,
  freeFrom,
  held,
  type Image,
  type Kind,
  minuteMs,
  movesOfBases,
  outage,
  type Span,
  type Stay,
  skewMs,
  startsPerMinute,
  staysOf,
  tickMs,
} from "./scenario.ts";
import { type VirtualTime, virtualTime } from "./virtual-time.ts";

const images = enrolment();
const moves = movesOfBases();
const runs: Span[] = [];
let time: VirtualTime;
let factory: SimulatedFactory;
let published: ReadonlyMap<string, readonly Happened[]>;

/** What the world is like at a tick: bases as they were seen by then, holds, the day's advisories. */
function playTick(tick: number): string {
  time.jump(tick);
  for (const { base, since, digest: own } of moves)
    if (since <= tick && since > begin) factory.bases.set(base, { digest: own, since: since + skewMs });
  const hold = { why: "test", at: new Date(held.from).toISOString(), until: new Date(held.to).toISOString() };
  for (const { name, kind } of images) {
    const kept = factory.kept.get(name);
    if (kept !== undefined && kind === "held" && during(held, tick)) kept.hold = hold;
  }
  const advisories = tick < blocked.to ? Math.floor((tick - begin) / dayMs) : 1_000;
  return new Date(begin + advisories * dayMs).toISOString();
}

beforeAll(async () => {
  const before = moves.filter(({ since }) => since < begin);
  const bases = new Map(before.map(({ base, since, digest: own }) => [base, { digest: own, since }]));
  time = virtualTime(begin);
  factory = simulateFactory({ images, bases, time, jobs: 64, startsPerMinute });
  for (let tick = begin; tick < end; tick += tickMs) {
    // A run that lasts longer than a tick makes the next one wait, as a CronJob with concurrencyPolicy Forbid does.
    if (tick < time.now()) continue;
    const databaseDate = playTick(tick);
    await time.run(factory.rebuild(databaseDate));
    runs.push({ from: tick, to: time.now() });
  }
  const all = new Map<string, Happened[]>(images.map(({ name }) => [name, []]));
  for (const one of factory.happened) if (one.outcome === "published") all.get(one.image)?.push(one);
  published = all;
}, 500_000);

const publishedOf = (image: string) => published.get(image) ?? [];
const triesOf = (kind: Kind) => {
  const names = new Set(images.filter((image) => image.kind === kind).map(({ name }) => name));
  return factory.happened.filter(({ image }) => names.has(image));
};

const longestRun = () => Math.max(...runs.map(({ from, to }) => to - from));

/** What the bases of an image were, by reference. */
function staysUnder({ external, enrolled }: Image): readonly (readonly [string, readonly Stay[]])[] {
  const seen = external.map((base) => {
    const own = moves.filter((move) => move.base === base);
    return [base, staysOf(own.map((move) => ({ ...move, since: move.since + skewMs })))] as const;
  });
  const published = enrolled.map((name) => {
    const moved = publishedOf(name).filter((one, index, all) => one.digest !== all[index - 1]?.digest);
    const stays = staysOf(moved.map((one) => ({ since: one.at, digest: one.digest })));
    return [`factory.localhost/${name}:latest`, stays] as const;
  });
  return [...seen, ...published];
}

/** Everything that an image had to take within the month: what did not change again before it was due. */
function duties(image: Image) {
  const first = publishedOf(image.name)[0]?.at ?? end;
  return staysUnder(image).flatMap(([reference, stays]) =>
    stays
      .filter(({ since }) => since >= begin)
      .map((stay) => ({
        reference,
        stay,
        due: freeFrom(image.kind, stay.since + (stay.since < first ? 0 : image.rebuildDelayMs)),
      }))
      .filter(({ stay, due }) => due + tickMs + longestRun() < Math.min(stay.to, end)),
  );
}

describe("a month of 1,000 images, an hour between two runs", () => {
  it("never begins more builds within a minute than it may, also when most images are stale at once", () => {
    const starts = factory.starts.toSorted((one, other) => one - other);
    const most = Math.max(
      ...starts.map((start, index) => {
        let count = 0;
        for (let at = index; at < starts.length && (starts[at] ?? 0) < start + minuteMs; at += 1) count += 1;
        return count;
      }),
    );
    const built = Object.fromEntries(
      [...new Set(factory.happened.map(({ outcome }) => outcome))].map((outcome) => [
        outcome,
        factory.happened.filter((one) => one.outcome === outcome).length,
      ]),
    );
    console.log(
      JSON.stringify({
        runs: runs.length,
        starts: starts.length,
        mostWithinAMinute: most,
        longestRunMinutes: Math.round(longestRun() / minuteMs),
        ...built,
      }),
    );
    expect(most).toBe(startsPerMinute);
    expect(longestRun()).toBeLessThan(tickMs);
  });

  it("forgets no image: each takes what a base has become after its delay and within one tick", () => {
    let checked = 0;
    for (const image of images) {
      if (image.kind === "not by itself" || image.kind === "times out") continue;
      for (const { reference, stay, due } of duties(image)) {
        const taken = publishedOf(image.name).find(({ bases }) => bases[reference] === stay.digest);
        const what = `${image.name} (${image.kind}) and ${reference} of ${new Date(stay.since).toISOString()}`;
        expect(taken, what).toBeDefined();
        expect(taken?.decidedAt, what).toBeLessThanOrEqual(due + tickMs + skewMs);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(1_500);
  });

  it("takes nothing before its delay", () => {
    const sinceOf = new Map(moves.map((move) => [move.digest, move.since]));
    for (const { name, rebuildDelayMs, external } of images) {
      for (const { at, bases } of publishedOf(name).slice(1)) {
        for (const base of external) {
          const since = sinceOf.get(bases[base] as Digest) ?? Number.NaN;
          if (since < begin) continue;
          expect(at, name).toBeGreaterThanOrEqual(since + skewMs + rebuildDelayMs);
        }
      }
    }
  });

  it("waits anew whenever a base moves again, and takes the last of its digests alone", () => {
    const slow = images.filter(
      ({ external, rebuildDelayMs }) => external.includes("base-01") && rebuildDelayMs === 3 * dayMs,
    );
    expect(slow.length).toBeGreaterThan(0);
    const last = moves.findLast(({ base }) => base === "base-01")?.digest;
    for (const { name } of slow) {
      const taken = new Set(publishedOf(name).map(({ bases }) => bases["base-01"]));
      expect([...taken], name).toEqual([digest("base-01 0"), last]);
    }
  });

  it("rebuilds each image of a schedule once in each slot after its first publication", () => {
    let checked = 0;
    for (const { name, kind, slot } of images) {
      if (slot === undefined || kind === "not by itself" || kind === "times out") continue;
      const [first] = publishedOf(name);
      // The month begins on a Thursday: slots count from the Sunday before.
      for (let at = begin - 4 * dayMs + slot * minuteMs; at < end; at += 7 * dayMs) {
        const due = freeFrom(kind, at);
        if (first === undefined || at <= first.at || due + tickMs + longestRun() >= end) continue;
        if (due >= at + 7 * dayMs) continue;
        const own = publishedOf(name).filter(({ epoch }) => epoch === at / 1_000);
        const what = `${name} (${kind}) ${new Date(at).toISOString()}`;
        expect(own.length, what).toBeGreaterThan(0);
        expect(own[0]?.decidedAt, what).toBeLessThanOrEqual(due + tickMs);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(900);
  });

  it("tries inputs that fail three times at most, those of a scan as often for each day's advisories", () => {
    for (const [kind, code, days] of [
      ["broken", "build-failed", 1],
      ["times out", "timed-out", 1],
      ["blocked", "scan-blocked", (blocked.to - blocked.from) / dayMs],
    ] as const) {
      const longest = new Map<string, number>();
      for (const { name } of images.filter((image) => image.kind === kind)) {
        const own = triesOf(kind).filter(({ image, outcome }) => image === name && outcome === code);
        let row = 0;
        own.forEach(({ inputs }, index) => {
          row = inputs === own[index - 1]?.inputs ? row + 1 : 1;
          longest.set(name, Math.max(longest.get(name) ?? 0, row));
        });
      }
      expect(longest.size, kind).toBe(10);
      for (const [name, count] of longest) {
        expect(count, `${kind} ${name}`).toBeGreaterThanOrEqual(3);
        expect(count, `${kind} ${name}`).toBeLessThanOrEqual(3 * days);
      }
    }
  });

  it("builds what was mended within a tick, and what an outage kept from building after it", () => {
    for (const { name, kind } of images.filter((image) => image.kind === "broken")) {
      const mended = publishedOf(name).find(({ at }) => at >= broken.to);
      expect(mended?.decidedAt, `${name} ${kind}`).toBe(broken.to);
    }
    const lost = factory.happened.filter(({ outcome }) => outcome === "registry-unavailable");
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every(({ decidedAt }) => decidedAt < outage.to)).toBe(true);
  });

  it("moves no tag of a held image, and all of them when the hold has ended by itself", () => {
    for (const { name } of images.filter(({ kind }) => kind === "held")) {
      const during14 = publishedOf(name).filter(({ at }) => during(held, at));
      expect(during14, name).toEqual([]);
    }
    const tries = triesOf("held");
    expect(tries.some(({ outcome }) => outcome === "held")).toBe(true);
    const staleAtTheEnd = tries.filter(
      ({ outcome, decidedAt }) => outcome === "held" && decidedAt === held.to - tickMs,
    );
    expect(staleAtTheEnd.length).toBeGreaterThan(0);
    for (const { image } of staleAtTheEnd)
      expect(
        publishedOf(image).some(({ decidedAt }) => decidedAt === held.to),
        image,
      ).toBe(true);
  });

  it("builds nothing of autoRebuild: false, and nothing that is published already", () => {
    expect(triesOf("not by itself")).toEqual([]);
    expect(factory.needless).toEqual([]);
  });
});
