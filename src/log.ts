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
