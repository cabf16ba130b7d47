import { type ExitStatus, FactoryError, worstStatus } from "../errors.ts";
import type { Factory } from "../factory.ts";
import { formatMissing, type Outcome, statusOf } from "../outcome.ts";
import { shortDigest } from "../registry/digest.ts";
import { pullReference } from "../registry/pull-reference.ts";
import { formatHold } from "../state/holds.ts";
import { errorJson, type Session } from "./main.ts";
import { formatLeft } from "./plan-outlook.ts";

/**
 * Says what became of each image: sentences to stderr, then, as the last line of stdout for each image that has one, the
 * reference by digest under which it can be pulled.
 * @returns the one exit status for all of them.
 */
export function reportOutcomes(
  outcomes: readonly Outcome[],
  factory: Factory,
  { log, print, showError }: Pick<Session, "log" | "print" | "showError">,
  json: boolean,
): ExitStatus {
  for (const outcome of outcomes) {
    const text = sentence(outcome);
    log({ kind: "note", image: outcome.image, text });
    showProblems(outcome, showError);
  }
  if (json)
    print(
      JSON.stringify(
        outcomes.map((outcome) => outcomeJson(outcome, factory)),
        undefined,
        2,
      ),
    );
  else {
    for (const outcome of outcomes) {
      const reference = referenceOf(outcome, factory);
      if (reference !== undefined) print(reference);
    }
  }
  return worstStatus(outcomes.map(statusOf));
}

/** What became of one image, as one line without its name. */
function sentence(outcome: Outcome): string {
  switch (outcome.kind) {
    case "published":
      return `published sha256:${shortDigest(outcome.digest)} as ${outcome.tags.join(", ")}`;
    case "unchanged":
      if (outcome.note !== undefined) return `nothing to do: ${outcome.note}`;
      return `nothing to do: every input is as it was when sha256:${shortDigest(outcome.digest)} was published`;
    case "superseded":
      return `superseded: sha256:${shortDigest(outcome.digest)} was published meanwhile, and stays`;
    case "staged":
      return outcome.waitsFor === undefined
        ? "staged, not published"
        : `staged, not published: waits for ${formatMissing(outcome.waitsFor)}`;
    case "held":
      return formatHold(outcome.hold);
    case "left":
      return formatLeft(outcome);
    case "skipped":
      return `not built, because its base ${outcome.base} was not published`;
    case "failed":
      return "failed";
  }
}

/** Prints what went wrong with an image, each with its remedy. */
export function showProblems(outcome: Outcome, showError: Session["showError"]): void {
  if (outcome.kind === "failed") showError(outcome.error);
  if (outcome.receipt !== undefined) showError(receiptError(outcome.image, outcome.receipt.missing));
}

/** Another try cures it, whatever the cause: the tags are where they belong. */
export function receiptError(image: string, cause: FactoryError): FactoryError {
  return new FactoryError("registry-unavailable", `${image}: published, receipt missing: ${cause.message}`, {
    hint: `Run the same command again: it writes the receipt. ${cause.hint ?? ""}`.trimEnd(),
    cause,
  });
}

function referenceOf(outcome: Outcome, { enrolments, client }: Factory): string | undefined {
  if (!("digest" in outcome) || outcome.digest === undefined) return undefined;
  const enrolment = enrolments.find(({ name }) => name === outcome.image);
  return enrolment === undefined ? undefined : pullReference(client, enrolment.repository, outcome.digest);
}

/** One outcome for programs: with the reference by which its digest is pulled, and with what an error says. */
export function outcomeJson(outcome: Outcome, factory: Factory): object {
  const reference = referenceOf(outcome, factory);
  const named = {
    ...outcome,
    ...(reference === undefined ? {} : { reference }),
    ...(outcome.receipt === undefined ? {} : { receipt: { missing: errorJson(outcome.receipt.missing) } }),
  };
  return outcome.kind === "failed" ? { ...named, error: errorJson(outcome.error) } : named;
}
