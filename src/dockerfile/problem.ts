import { type ErrorCode, FactoryError } from "../errors.ts";

/** Ends the reading of a Dockerfile with one sentence about one of its lines. */
export type Fail = (text: string, hint?: string) => never;

/** Makes the `Fail` for one line: its errors begin with `<path>:<line>: `. */
export function failAt(path: string, line: number, code: ErrorCode = "dockerfile-invalid"): Fail {
  return (text, hint) => {
    throw new FactoryError(code, `${path}:${line}: ${text}`, hint === undefined ? {} : { hint });
  };
}

/** One thing that is wrong with one line. */
export interface Problem {
  readonly line: number;
  readonly text: string;
  readonly remedy: string;
}

/** ` (did you mean X?)` for the candidate that a slip of the finger turns into `word`, else nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  let best: string | undefined;
  let least = Math.floor(Math.min(word.length, 24) / 3) + 1;
  if (word.length > 64) return "";
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > 1_000) break;
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best === undefined ? "" : ` (did you mean ${best}?)`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + same,
        ),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
