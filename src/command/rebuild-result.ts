import { type ExitStatus, worstStatus } from "../errors.ts";
import type { Factory } from "../factory.ts";
import { type Outcome, statusOf } from "../outcome.ts";
import type { Session } from "./main.ts";
import { outcomeJson, showProblems } from "./outcomes.ts";
import { rebuildReport, reportLines, reportMarkdown } from "./rebuild-report.ts";

/**
 * Prints what a rebuild came to, and every error with its remedy to stderr.
 * @returns the one exit status for all images: what rests, is held or waits has not failed.
 */
export function reportRebuild(
  outcomes: readonly Outcome[],
  factory: Factory,
  { print, showError }: Pick<Session, "print" | "showError">,
  { json, markdown }: { readonly json: boolean; readonly markdown: boolean },
): ExitStatus {
  const report = rebuildReport(outcomes);
  if (json) {
    const known = new Map(outcomes.map((outcome) => [outcome.image, outcomeJson(outcome, factory)]));
    const images = report.rows.map((row) => ({ ...row, ...known.get(row.image) }));
    print(JSON.stringify({ counts: report.counts, images }, undefined, 2));
  } else {
    for (const line of markdown ? reportMarkdown(report) : reportLines(report)) print(line);
  }
  for (const outcome of outcomes) showProblems(outcome, showError);
  return worstStatus(outcomes.map(statusOf));
}
