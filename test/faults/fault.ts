import type { RequestKind } from "./requests.ts";

/** What a registry, or something on the way to it, does wrong. */
export const faults = [
  "500",
  "503",
  "429 for 1 s",
  "429 until a date",
  "429 for a day",
  "401",
  "404",
  "reset",
  "reply swallowed",
  "stalled",
  "truncated",
  "wrong length",
  "wrong bytes",
] as const;

export type Fault = (typeof faults)[number];

/** One fault at the `nth` request of a kind, or from that one on. */
export interface Trouble {
  readonly kind: RequestKind;
  /** From 1. */
  readonly nth: number;
  readonly fault: Fault;
  readonly forGood: boolean;
}

const ofReading: readonly Fault[] = ["404", "wrong length"];
const ofBodies: readonly Fault[] = ["truncated", "wrong bytes"];

/** Whether a request of this kind can meet the fault: only what is read can be missing, only a body can be cut. */
export function canMeet(kind: RequestKind, fault: Fault): boolean {
  const [who, asked] = kind.split(" ");
  // git asks for refs and objects by POST.
  const method = who === "git" ? "GET" : asked;
  if (kind.endsWith(" ping")) return !ofReading.includes(fault) && !ofBodies.includes(fault);
  if (ofBodies.includes(fault)) return method === "GET";
  if (ofReading.includes(fault)) return method === "GET" || method === "HEAD";
  return true;
}

/** The exit codes that tell the truth about a fault that stays, besides 0 for what was published in spite of it. */
export function honestCodes({ kind, fault }: Pick<Trouble, "kind" | "fault">): readonly number[] {
  const tryAgain = [66, 75, 124];
  // A token that was spoilt is refused like one that was bought with a wrong password.
  if (fault === "401" || (fault === "wrong bytes" && kind.endsWith(" token"))) return [...tryAgain, 78];
  // What is not as it was signed is refused, whether a line or a person changed it.
  if (["wrong bytes", "wrong length"].includes(fault) && kind.endsWith(" InRelease"))
    return [...tryAgain, 65];
  // A registry that denies what it has can only be believed.
  if (fault === "404") return [...tryAgain, 65, 78];
  return tryAgain;
}
