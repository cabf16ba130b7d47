import { type Child, childNames, type Kill, type Moment } from "./killing.ts";
import { randomFrom } from "./random.ts";

/** What a build was seen to do when nothing disturbed it. */
export interface Measured {
  readonly requests: number;
  readonly lines: number;
  readonly ms: number;
}

/** The kill of a seed and a number, within what a build was seen to do: any of them can be repeated alone. */
export function randomKill(seed: number, number: number, build: Measured): Kill {
  const random = randomFrom(seed * 100_003 + number);
  const upTo = (most: number) => Math.floor(random() * most);
  const signal = random() < 0.8 ? "SIGKILL" : "SIGTERM";
  const moments: readonly (() => Moment)[] = [
    () => ({ request: 1 + upTo(build.requests) }),
    () => ({ line: 1 + upTo(build.lines) }),
    () => ({ ms: upTo(build.ms) }),
  ];
  const moment = (): Moment => (moments[upTo(moments.length)] as () => Moment)();
  const kind = random();
  if (kind < 0.5) return { signal, victim: "factory", at: moment() };
  // A container that ends gets KILL; by then TERM has had its time.
  if (kind < 0.6) return { signal: "SIGKILL", victim: "all", at: moment() };
  if (kind < 0.7) {
    const again: Kill = { signal: "SIGKILL", victim: "factory", at: moment() };
    return { signal, victim: "factory", at: moment(), again };
  }
  const victim = childNames[upTo(childNames.length)] as Child;
  return { signal, victim, nth: 1 + upTo(2), ms: upTo(lives[victim]) };
}

/** About how long each child lives, in milliseconds. */
const lives: Readonly<Record<Child, number>> = {
  "buildah build": 400,
  "buildah push": 60,
  git: 2,
  "a step's process": 120,
  Trivy: 500,
};
