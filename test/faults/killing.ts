import type { Ended } from "../end-to-end/world.ts";
import type { Expected } from "./case.ts";
import type { FaultWorld } from "./fault-world.ts";

/** When and how a build is ended. */
export interface Kill {
  readonly signal: "SIGKILL" | "SIGTERM";
  /** At the registry's n-th request, or after so many milliseconds. */
  readonly at: { readonly request: number } | { readonly ms: number };
}

/** A kill that follows from the numbers, within what a build was seen to take. */
export function randomKill(
  random: () => number,
  build: { readonly requests: number; readonly ms: number },
): Kill {
  const signal = random() < 0.8 ? "SIGKILL" : "SIGTERM";
  return random() < 0.5
    ? { signal, at: { request: 1 + Math.floor(random() * build.requests) } }
    : { signal, at: { ms: Math.floor(random() * build.ms) } };
}

export function killTitle({ signal, at }: Kill): string {
  return `${signal} ${"ms" in at ? `after ${at.ms} ms` : `at request ${at.request}`}`;
}

/**
 * A kill may come too late; what is told to stop by TERM says so and tidies up, unless it had hardly begun; what is
 * killed says nothing.
 */
export function expectedOfKill({ signal }: Kill): Expected {
  const isTold = signal === "SIGTERM";
  return {
    codes: isTold ? [0, 143, null] : [0, null],
    deadlineMs: 6 * 60_000,
    explains: false,
    tidies: isTold,
  };
}

/** Runs a build and ends it as it says. */
export async function runKilled({ signal, at }: Kill, { world, proxy, image }: FaultWorld): Promise<Ended> {
  let kill: () => void = () => undefined;
  proxy.begin(undefined, (count) => {
    if ("request" in at && count === at.request) kill();
  });
  const started = world.start("build", `IMAGE=${image()}`);
  kill = () => started.kill(signal);
  const timer = "ms" in at ? setTimeout(kill, at.ms) : undefined;
  const ended = await started.ended;
  clearTimeout(timer);
  return ended;
}
