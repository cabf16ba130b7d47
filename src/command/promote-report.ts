import { type ExitStatus, exitStatus, FactoryError, worstStatus } from "../errors.ts";
import type { PromotionReport, TargetOutcome } from "../promote/promote.ts";
import type { RegistryClient } from "../registry/client.ts";
import { shortDigest } from "../registry/digest.ts";
import { pullReference } from "../registry/pull-reference.ts";
import { errorJson, type Session } from "./main.ts";

/**
 * Says what became of each tag: sentences to stderr, and to stdout each that has the digest now, as it is pulled.
 * @returns the one exit status for all of them.
 */
export function reportPromotion(
  report: PromotionReport,
  client: Pick<RegistryClient, "addressOf">,
  { log, print, showError }: Pick<Session, "log" | "print" | "showError">,
  json: boolean,
): ExitStatus {
  const { subject, outcomes } = report;
  const { digest } = subject.document;
  const shown = new Set<unknown>();
  for (const outcome of outcomes) {
    log({ kind: "note", image: subject.name, text: sentence(outcome, shortDigest(digest)) });
    // What failed for a whole repository failed for each of its tags.
    if (outcome.kind === "failed" && !shown.has(outcome.error)) {
      shown.add(outcome.error);
      showError(outcome.error);
    }
    const missing = missingOf(outcome);
    if (missing !== undefined) showError(missing);
    if (!json && (outcome.kind === "promoted" || outcome.kind === "unchanged"))
      print(`${outcome.target}@${digest}`);
  }
  if (json) {
    const from = pullReference(client, subject.repository, digest);
    const image = subject.enrolment === undefined ? {} : { image: subject.name };
    print(JSON.stringify({ ...image, from, digest, targets: outcomes.map(outcomeJson) }, undefined, 2));
  }
  return worstStatus(outcomes.map(statusOf));
}

function sentence(outcome: TargetOutcome, digest: string): string {
  const { target } = outcome;
  switch (outcome.kind) {
    case "promoted":
      return `promoted sha256:${digest} to ${target}${wasText(outcome.previous)}`;
    case "unchanged":
      return `nothing to do: ${target} is at sha256:${digest}`;
    case "planned": {
      const { blobs, bytes } = outcome.lacks;
      const lacks = blobs === 0 ? "" : `, ${blobs} blobs (${bytes} bytes) are to be copied`;
      return `would promote sha256:${digest} to ${target}${wasText(outcome.previous)}${lacks}`;
    }
    case "failed":
      return `not promoted to ${target}`;
  }
}

function wasText(previous: string | undefined): string {
  return previous === undefined ? "" : `, which was at ${previous.slice(0, "sha256:".length + 12)}`;
}

/** Another try cures it, whatever the cause: the tag is where it belongs. */
function missingOf(outcome: TargetOutcome): FactoryError | undefined {
  const cause = "missing" in outcome ? outcome.missing : undefined;
  if (cause === undefined) return undefined;
  return new FactoryError(
    "registry-unavailable",
    `${outcome.target}: promoted, receipt missing: ${cause.message}`,
    {
      hint: "Run the same command again: it writes the receipt.",
      cause,
    },
  );
}

function statusOf(outcome: TargetOutcome): ExitStatus {
  if (outcome.kind === "failed") return exitStatus(outcome.error);
  return missingOf(outcome)?.exitStatus ?? 0;
}

function outcomeJson(outcome: TargetOutcome): object {
  if (outcome.kind === "failed") return { ...outcome, error: errorJson(outcome.error) };
  const missing = missingOf(outcome);
  return missing === undefined ? outcome : { ...outcome, missing: errorJson(missing) };
}
