/** A clock that stands still until all work waits for it, and then jumps to the next moment that something waits for. */
export interface VirtualTime {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Lets time pass until `work` has ended. */
  readonly run: <T>(work: Promise<T>) => Promise<T>;
  /** Jumps to a later moment; nothing may be waiting. */
  readonly jump: (to: number) => void;
}

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

export function virtualTime(start: number): VirtualTime {
  let now = start;
  const timers: Timer[] = [];
  return {
    now: () => now,
    sleep: (ms) =>
      new Promise((wake) => {
        const at = now + ms;
        const later = timers.findIndex((timer) => timer.at > at);
        timers.splice(later < 0 ? timers.length : later, 0, { at, wake });
      }),
    run: async (work) => {
      let ended = false;
      const settled = work.finally(() => {
        ended = true;
      });
      settled.catch(() => undefined);
      while (!ended) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = timers.shift();
        if (next === undefined) continue;
        now = next.at;
        next.wake();
      }
      return settled;
    },
    jump: (to) => {
      if (timers.length > 0 || to < now) throw new Error("time cannot jump now");
      now = to;
    },
  };
}
