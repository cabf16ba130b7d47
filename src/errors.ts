/**
 * Every code that the factory fails with, and the exit status that tells the caller what to do about it.
 * 65 and 78 say "correct a file", 69 "this machine lacks something", 75 "try again", 77 "policy said no", 66 "look".
 */
const exitStatusOf = {
  usage: 64,
  "images-invalid": 65,
  "source-invalid": 65,
  "source-ref-missing": 65,
  "dockerfile-invalid": 65,
  "dockerfile-unsupported": 65,
  "reference-invalid": 65,
  "dependency-cycle": 65,
  "base-missing": 65,
  "base-platform-missing": 65,
  "base-unusable": 65,
  "build-failed": 65,
  "outcome-unknown": 66,
  "machine-lacks": 69,
  bug: 70,
  "registry-unavailable": 75,
  "registry-answer-invalid": 75,
  "source-unavailable": 75,
  "state-unavailable": 75,
  "cluster-unavailable": 75,
  "tool-failed": 75,
  "database-unavailable": 75,
  "scan-incomplete": 75,
  locked: 75,
  "scan-blocked": 77,
  "scan-unreadable": 77,
  "policy-refused": 77,
  "settings-invalid": 78,
  "credentials-invalid": 78,
  "state-invalid": 78,
  "timed-out": 124,
  interrupted: 130,
  terminated: 143,
} as const;

export type ErrorCode = keyof typeof exitStatusOf;
export type ExitStatus = 0 | (typeof exitStatusOf)[ErrorCode];

export interface FactoryErrorDetails {
  /** What the reader should do next, as a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** All problems of one kind found at once, one line each; they are printed below the message. */
  readonly problems?: readonly string[];
}

/** The one error class: `message` says which thing and what was seen, `hint` what to do next. */
export class FactoryError extends Error {
  override readonly name = "FactoryError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly string[];

  constructor(code: ErrorCode, message: string, details: FactoryErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.problems = details.problems ?? [];
  }

  get exitStatus(): ExitStatus {
    return exitStatusOf[this.code];
  }
}

/** What a signal was aborted with, where that says why; else that what `text` tells of was interrupted. */
export function stoppedBy(signal: AbortSignal | undefined, text: string): FactoryError {
  const reason: unknown = signal?.reason;
  return reason instanceof FactoryError ? reason : new FactoryError("interrupted", text, { cause: reason });
}

/** The exit status of anything thrown: what is not a FactoryError is a bug of ours. */
export function exitStatus(error: unknown): ExitStatus {
  return error instanceof FactoryError ? error.exitStatus : exitStatusOf.bug;
}

/** What another try of the same command is worth, as whoever starts it again by itself has to know. */
const cureOf: Readonly<Record<Exclude<ExitStatus, 0>, "another try" | "a look" | "a change">> = {
  64: "a change",
  65: "a change",
  66: "a look",
  69: "a change",
  70: "a change",
  75: "another try",
  77: "a change",
  78: "a change",
  124: "another try",
  130: "another try",
  143: "another try",
};

/** What a number means as the exit status of the factory; undefined for one that it never ends with. */
export function knownStatus(code: number): ExitStatus | undefined {
  return code === 0 ? 0 : Object.values(exitStatusOf).find((status) => status === code);
}

/** The exit statuses after which another try would end the same way, in rising order. */
export const finalStatuses: readonly number[] = Object.entries(cureOf)
  .filter(([, cure]) => cure === "a change")
  .map(([status]) => Number(status));

const precedence: readonly ExitStatus[] = [130, 143, 64, 70, 66, 78, 77, 65, 69, 124, 75];

/** The one status for several images: the first that applies in DESIGN.md's order, 0 when nothing failed. */
export function worstStatus(statuses: Iterable<ExitStatus>): ExitStatus {
  const seen = new Set(statuses);
  return precedence.find((status) => seen.has(status)) ?? 0;
}
