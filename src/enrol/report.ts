import { errorJson, type Session } from "../command/main.ts";
import { type ExitStatus, FactoryError, worstStatus } from "../errors.ts";
import type { LogEvent } from "../log.ts";
import type { EnrolmentCheck } from "./check.ts";
import { addedLines } from "./diff.ts";
import type { Proposal, ProposedImage } from "./propose.ts";

/** What was found out about a repository, as lines for whoever waits. */
export function proposalEvents({ images, enrolledAlready, refused, release }: Proposal): readonly LogEvent[] {
  const chosen: readonly LogEvent[] =
    release === undefined || images.length === 0
      ? []
      : [
          {
            kind: "note",
            text: `${release} is the newest release; BRANCH=<branch> follows a branch in its place`,
          },
        ];
  return [
    ...chosen,
    ...enrolledAlready.map(
      ({ dockerfile, image }): LogEvent => ({
        kind: "note",
        image: image.name,
        text: `is enrolled already from ${dockerfile} (${image.position})`,
      }),
    ),
    ...refused.map(
      ({ error }): LogEvent => ({
        kind: "warning",
        text: `left out: ${[error.message, ...error.problems].join(" | ")}`,
      }),
    ),
    ...images.flatMap(imageEvents),
  ];
}

function imageEvents({
  entry: { name: image },
  dockerfile,
  context,
  bases,
  platforms,
}: ProposedImage): readonly LogEvent[] {
  const note = (text: string): LogEvent => ({ kind: "note", image, text });
  const warning = (text: string): LogEvent => ({ kind: "warning", image, text });
  const failures = new Map(bases.failures.map(({ error }) => [error.message, error]));
  return [
    note(`${dockerfile}, context ${context.context}, for ${platforms.join(" and ")}`),
    ...bases.bases.map(({ reference, line, enrolledAs, watchedAs }) => {
      const as =
        enrolledAs !== undefined
          ? `, enrolled as ${enrolledAs}`
          : watchedAs.length === 0
            ? ""
            : `, watched as ${watchedAs.join(" and ")}`;
      return note(`${dockerfile}:${line}: ${reference}${as}`);
    }),
    ...context.missing.map(({ path, line }) =>
      warning(`${dockerfile}:${line}: ${path} is not in the repository`),
    ),
    ...[...failures.values()].map(({ code, message, exitStatus }) => {
      if (code === "base-platform-missing") return note(message);
      return warning(exitStatus === 65 ? message : `${message}; which platforms it has is not known`);
    }),
  ];
}

/** The same for programs. */
export function proposalJson(
  { images, enrolledAlready, refused, release }: Proposal,
  { diff, written }: { readonly diff: string; readonly written: boolean },
): object {
  return {
    written,
    release: release ?? null,
    images: images.map(({ entry, dockerfile, context, bases, platforms }) => ({
      entry,
      dockerfile,
      platforms,
      bases: bases.bases,
      failures: bases.failures.map(({ platform, reference, error: { code, message } }) => ({
        platform,
        reference,
        code,
        message,
      })),
      missing: context.missing,
    })),
    enrolledAlready: enrolledAlready.map(({ dockerfile, image }) => ({ dockerfile, image: image.name })),
    refused: refused.map(({ dockerfile, error: { code, message } }) => ({ dockerfile, code, message })),
    diff,
  };
}

/** What became of images.yaml, and how to have it back. */
export function writtenNote(
  { images, text }: Proposal,
  file: string,
  before: string,
  written: boolean,
): LogEvent {
  const names = images.map(({ entry }) => entry.name).join(",");
  if (!written) return { kind: "note", text: `${file} is as it was; without --dry-run it gets ${names}` };
  const added = addedLines(before, text);
  const lines =
    added === undefined ? "apply this difference by patch -R" : `delete its lines ${added[0]} to ${added[1]}`;
  const undo = before === "" ? `delete ${file}` : lines;
  return {
    kind: "note",
    text: `${file} has ${names} now; npm run plan IMAGE=${names} shows what a build would do. To undo, ${undo}`,
  };
}

/**
 * Prints what a check found.
 * @returns 65 when something is enrolled that is no longer there; otherwise what the failures ask for, or 0.
 */
export function reportCheck(
  { findings, failures }: EnrolmentCheck,
  { print, showError }: Pick<Session, "print" | "showError">,
  json: boolean,
): ExitStatus {
  if (json) {
    const failed = failures.map(({ image, error }) => ({ image, error: errorJson(error) }));
    print(JSON.stringify({ findings, failures: failed }, undefined, 2));
  } else {
    for (const { image, where, text, hint } of findings) {
      const subject = text.startsWith(`${image}:`) ? text : `${image}: ${text}`;
      print(`${where}: ${subject}${hint === undefined ? "" : `\n  → ${hint}`}`);
    }
  }
  for (const { image, error } of failures) showError(named(image, error));
  return worstStatus([
    ...(findings.length > 0 ? ([65] as const) : []),
    ...failures.map(({ error }) => error.exitStatus),
  ]);
}

function named(image: string, error: FactoryError): FactoryError {
  return new FactoryError(error.code, `${image}: ${error.message}`, {
    problems: error.problems,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
