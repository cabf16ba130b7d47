/** What a build of one platform, or of one image, is doing. */
export type Phase = "resolve" | "checkout" | "copy base" | "build" | "stage" | "scan" | "publish" | "set up";

/** Everything that the factory says while it works. Results go to stdout; these go to stderr. */
export type LogEvent =
  | { readonly kind: "note"; readonly image?: string; readonly platform?: string; readonly text: string }
  | { readonly kind: "warning"; readonly image?: string; readonly platform?: string; readonly text: string }
  | {
      readonly kind: "started";
      readonly image: string;
      readonly platform?: string;
      readonly phase: Phase;
      readonly detail?: string;
    }
  | {
      readonly kind: "finished";
      readonly image: string;
      readonly platform?: string;
      readonly phase: Phase;
      readonly detail?: string;
      readonly elapsedMs: number;
    }
  /** What was begun failed, or was told to stop. */
  | {
      readonly kind: "stopped";
      readonly image: string;
      readonly platform?: string;
      readonly phase: Phase;
    };

/** Passed to whatever has something to say; tests pass one that collects. */
export type Log = (event: LogEvent) => void;

/** Says when a phase begins, how long it took, or that it came to nothing. */
export async function timed<T>(
  log: Log,
  phase: Phase,
  { image, platform }: { readonly image: string; readonly platform?: string },
  work: () => Promise<T>,
): Promise<T> {
  const subject = { image, ...(platform === undefined ? {} : { platform }) };
  const startedAt = performance.now();
  log({ kind: "started", ...subject, phase });
  try {
    const result = await work();
    log({ kind: "finished", ...subject, phase, elapsedMs: performance.now() - startedAt });
    return result;
  } catch (error) {
    log({ kind: "stopped", ...subject, phase });
    throw error;
  }
}
