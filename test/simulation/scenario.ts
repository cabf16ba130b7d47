import type { ErrorCode } from "../../src/errors.ts";
import type { Digest } from "../../src/registry/digest.ts";
import { digest } from "../plan/facts.ts";
import type { SimulatedImage } from "./factory-month.ts";

export const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** A Thursday. */
export const begin = Date.UTC(2026, 9, 1);
export const end = begin + 30 * dayMs;
const day = (number: number) => begin + number * dayMs;
export const tickMs = hourMs;
export const startsPerMinute = 30;
/** How far the clock of who watches the bases is ahead of the one that decides. */
export const skewMs = 90_000;

/** The same numbers in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export const outage: Span = { from: day(15), to: day(15) + 5 * hourMs };
export const held: Span = { from: day(9), to: day(14) };
export const broken: Span = { from: day(5), to: day(20) };
export const blocked: Span = { from: day(12), to: day(22) };
const timesOutFrom = day(8);

/** What is special about some of the 1,000 images. */
const kinds = ["broken", "blocked", "times out", "held", "not by itself"] as const;
export type Kind = (typeof kinds)[number] | "plain";
export type Image = SimulatedImage & { readonly kind: Kind; readonly slot: number | undefined };

function kindOf(index: number): Kind {
  return index >= 50 && index < 100 ? (kinds[index % kinds.length] ?? "plain") : "plain";
}

function failureOf(kind: Kind): SimulatedImage["fails"] {
  return (at): ErrorCode | undefined => {
    if (during(outage, at)) return "registry-unavailable";
    if (kind === "broken" && during(broken, at)) return "build-failed";
    if (kind === "blocked" && during(blocked, at)) return "scan-blocked";
    return kind === "times out" && at >= timesOutFrom ? "timed-out" : undefined;
  };
}

/** Sources change when what fails begins to, and when somebody mends it. */
function filesOf(kind: Kind): SimulatedImage["files"] {
  return (at) => {
    if (kind === "broken") return at < broken.from ? "fine" : at < broken.to ? "broken" : "mended";
    if (kind === "blocked") return at < blocked.from ? "fine" : "vulnerable";
    return kind === "times out" && at >= timesOutFrom ? "slow" : "fine";
  };
}

/** 50 images on bases of others, and 950 on those or on bases of others; most of these on one. */
export function enrolment(): readonly Image[] {
  const next = random(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  return Array.from({ length: 1_000 }, (_, index): Image => {
    const kind = kindOf(index);
    const runtime = index >= 50 && next() < 0.5;
    // Teams share schedules: there are 42, four hours and some minutes apart.
    const slot = next() < 0.3 ? Math.floor(next() * 42) * 245 : undefined;
    const [minute, hour, weekday] =
      slot === undefined ? [] : [slot % 60, Math.floor(slot / 60) % 24, Math.floor(slot / 1_440)];
    return {
      name: `image-${String(index).padStart(4, "0")}`,
      kind,
      slot,
      external: runtime
        ? []
        : [next() < 0.6 ? "base-00" : `base-${String(Math.floor(next() * 20)).padStart(2, "0")}`],
      enrolled: runtime ? [`image-${String(Math.floor(next() * 50)).padStart(4, "0")}`] : [],
      rebuildDelayMs: pick([0, 0, 6 * hourMs, dayMs, 3 * dayMs, 7 * dayMs]),
      autoRebuild: kind !== "not by itself",
      cron: slot === undefined ? undefined : `${minute} ${hour} * * ${weekday}`,
      files: filesOf(kind),
      fails: failureOf(kind),
      buildMs: 30_000 + Math.floor(next() * 90_000),
    };
  });
}

export interface Move {
  readonly base: string;
  readonly since: number;
  readonly digest: Digest;
}

/** Base 00 moves on day 10 alone; base 01 every second day until day 18; the others about once a week. */
export function movesOfBases(): readonly Move[] {
  const next = random(11);
  const times = (base: number): readonly number[] => {
    if (base === 0) return [day(10)];
    if (base === 1) return Array.from({ length: 9 }, (_, index) => day(2 + index * 2));
    return Array.from({ length: 4 }, (_, week) => day(week * 7 + 1) + Math.floor(next() * 6 * dayMs));
  };
  return Array.from({ length: 20 }, (_, index) => {
    const base = `base-${String(index).padStart(2, "0")}`;
    const all = [begin - dayMs, ...times(index)];
    return all.map((since, count) => ({ base, since, digest: digest(`${base} ${count}`) }));
  })
    .flat()
    .toSorted((one, other) => one.since - other.since);
}

/** When a digest of a base was there to be taken, and when another came in its place. */
export interface Stay {
  readonly digest: Digest;
  readonly since: number;
  readonly to: number;
}

export function staysOf(
  moves: readonly { readonly since: number; readonly digest: Digest | undefined }[],
): readonly Stay[] {
  return moves.flatMap(({ since, digest: own }, index) =>
    own === undefined ? [] : [{ digest: own, since, to: moves[index + 1]?.since ?? end }],
  );
}

export function during({ from, to }: Span, at: number): boolean {
  return from <= at && at < to;
}

/** When an image could have been rebuilt at last, after what kept it or everything from it. */
export function freeFrom(kind: Kind, from: number): number {
  const spans = [outage, ...(kind === "held" ? [held] : []), ...(kind === "broken" ? [broken] : [])];
  if (kind === "blocked") spans.push(blocked);
  return spans
    .toSorted((one, other) => one.from - other.from)
    .reduce((at, span) => (at + tickMs + skewMs >= span.from && at < span.to ? span.to : at), from);
}
