import { didYouMean } from "../enrolment/suggestion.ts";
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

/** Names of a Dockerfile may be as long as the file; what is compared letter by letter may not. */
const longestCompared = 64;

/** Asks whether another name was meant, where one is near. */
export function orRather(word: string, candidates: Iterable<string>): string {
  const short = (text: string) => text.length <= longestCompared;
  return short(word) ? didYouMean(word, [...candidates].filter(short)) : "";
}
