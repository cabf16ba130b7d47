import type { Expected } from "./case.ts";
import { canMeet, faults, honestCodes, type Trouble } from "./fault.ts";
import type { RequestKind } from "./requests.ts";

/** What part of the matrix a request belongs to. */
export const parts = ["push", "read", "scan"] as const;
export type Part = (typeof parts)[number];

/** Trivy greets a registry without saying who it is. */
export function partOf(kind: RequestKind): Part {
  const [who, method] = kind.split(" ");
  if (who === "trivy" || who === "other") return "scan";
  return method === "GET" || method === "HEAD" ? "read" : "push";
}

/**
 * Every boundary × fault × {once, for good}: the boundaries are the kinds of requests that a build was seen to make.
 * Once is also tried at the last request of its kind, where the first is another.
 */
export function matrixOf(seen: readonly RequestKind[], part: Part | undefined): readonly Trouble[] {
  const counts = new Map<RequestKind, number>();
  for (const kind of seen) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return (
    [...counts]
      // Requests of two platforms come in another order each time.
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .filter(([kind]) => part === undefined || partOf(kind) === part)
      .flatMap(([kind, count]) =>
        faults
          .filter((fault) => canMeet(kind, fault))
          .flatMap((fault): readonly Trouble[] => [
            { kind, nth: 1, fault, forGood: false },
            ...(count > 1 ? [{ kind, nth: count, fault, forGood: false }] : []),
            { kind, nth: 1, fault, forGood: true },
          ]),
      )
  );
}

export function titleOf({ kind, nth, fault, forGood }: Trouble): string {
  return `${kind}: ${fault}, ${forGood ? "for good" : `once (${nth})`}`;
}

const minute = 60_000;

/** A fault that passes is survived; one that stays is either survived or told, with a code that says what to do. */
export function expectedOf({ kind, fault, forGood }: Trouble): Expected {
  // Nobody waits a day: whoever asks for that is told apart from whoever asks for a second.
  const mayFail = forGood || fault === "429 for a day";
  const codes = mayFail ? [0, ...honestCodes({ kind, fault })] : [0];
  // What stands still is waited for at each request, a minute long.
  const minutes = fault === "stalled" && forGood ? 10 : 6;
  return { codes, deadlineMs: minutes * minute, explains: true, tidies: true };
}
