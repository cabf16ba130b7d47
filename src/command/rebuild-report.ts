import { exitStatus, FactoryError } from "../errors.ts";
import { formatMissing, type Outcome } from "../outcome.ts";
import { formatResting } from "../plan/breaker.ts";
import { formatPending } from "../plan/pending-base.ts";
import { formatReason } from "../plan/reason.ts";
import { shortDigest } from "../registry/digest.ts";
import { formatHold } from "../state/holds.ts";

/** What a rebuild came to for one image, in the order in which a report has them. */
const verdicts = [
  "failed",
  "skipped",
  "resting",
  "held",
  "not by itself",
  "waiting",
  "staged",
  "superseded",
  "built",
  "tags only",
  "unchanged",
] as const;
export type Verdict = (typeof verdicts)[number];

export interface ReportRow {
  readonly image: string;
  readonly verdict: Verdict;
  /** What happened and why, in one line without the image's name. */
  readonly why: string;
}

export interface RebuildReport {
  readonly counts: Readonly<Partial<Record<Verdict, number>>>;
  /** Every image, the worst first. */
  readonly rows: readonly ReportRow[];
}

export function rebuildReport(outcomes: readonly Outcome[]): RebuildReport {
  const rows = outcomes.map((outcome) => ({
    image: outcome.image,
    verdict: verdictOf(outcome),
    why: whyOf(outcome),
  }));
  const sorted = verdicts.map((verdict) => rows.filter((row) => row.verdict === verdict));
  return {
    counts: Object.fromEntries(
      sorted.flatMap((same) => (same[0] === undefined ? [] : [[same[0].verdict, same.length]])),
    ),
    rows: sorted.flat(),
  };
}

/** A line for each image that something is to be said of, in columns, then one with the counts. */
export function reportLines(report: RebuildReport): readonly string[] {
  const rows = notable(report);
  const width = (cells: readonly string[]) => Math.max(0, ...cells.map((cell) => cell.length));
  const names = width(rows.map(({ image }) => image));
  const words = width(rows.map(({ verdict }) => verdict));
  return [
    ...rows.map(({ image, verdict, why }) => `${image.padEnd(names)}  ${verdict.padEnd(words)}  ${why}`),
    countsLine(report),
  ];
}

/** The same for a page: the counts, then a table. */
export function reportMarkdown(report: RebuildReport): readonly string[] {
  const rows = notable(report);
  const table = [
    "",
    "| Image | Outcome | Why |",
    "| --- | --- | --- |",
    ...rows.map(({ image, verdict, why }) => `| ${escaped(image)} | ${verdict} | ${escaped(why)} |`),
  ];
  return [`**${countsLine(report)}**`, ...(rows.length === 0 ? [] : table)];
}

function notable({ rows }: RebuildReport): readonly ReportRow[] {
  return rows.filter(({ verdict }) => verdict !== "unchanged");
}

function countsLine({ counts, rows }: RebuildReport): string {
  const parts = verdicts.toReversed().flatMap((verdict) => {
    const count = counts[verdict];
    return count === undefined ? [] : [`${count} ${verdict}`];
  });
  const all = `${rows.length} ${rows.length === 1 ? "image" : "images"}`;
  return parts.length === 0 ? all : `${all}: ${parts.join(", ")}`;
}

function verdictOf(outcome: Outcome): Verdict {
  switch (outcome.kind) {
    case "published":
      return outcome.reasons.length === 0 ? "tags only" : "built";
    case "unchanged":
      return outcome.pending === undefined ? "unchanged" : "waiting";
    case "left":
      return outcome.cause.kind;
    default:
      return outcome.kind;
  }
}

function whyOf(outcome: Outcome): string {
  const own = ownWhy(outcome);
  const pending = (outcome.pending ?? []).map(formatPending);
  const receipt = outcome.receipt === undefined ? [] : ["receipt missing"];
  return [...(own === "" ? [] : [own]), ...pending, ...receipt].join("; ");
}

function ownWhy(outcome: Outcome): string {
  switch (outcome.kind) {
    case "published": {
      const { digest, previous, reasons, tags } = outcome;
      if (reasons.length === 0) return tags.join(", ");
      const moved =
        previous === digest ? `the same ${shortDigest(digest)}` : `${short(previous)}→${short(digest)}`;
      return `${moved}: ${reasons.map(formatReason).join("; ")}`;
    }
    case "unchanged":
      return "";
    case "superseded":
      return `a later run published ${shortDigest(outcome.digest)} meanwhile`;
    case "staged":
      return outcome.waitsFor === undefined ? "" : `waits for ${formatMissing(outcome.waitsFor)}`;
    case "held":
      return `tags stay: ${formatHold(outcome.hold)}`;
    case "left": {
      const reasons = outcome.reasons.map(formatReason).join("; ");
      return outcome.cause.kind === "resting"
        ? `${formatResting(outcome.cause.failures)} (${reasons})`
        : reasons;
    }
    case "skipped":
      return `its base ${outcome.base} was not published`;
    case "failed":
      return `exit ${exitStatus(outcome.error)}: ${firstLine(outcome.error)}`;
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ""] = message.split("\n");
  return error instanceof FactoryError ? line : `a bug of the image factory: ${line}`;
}

function short(digest: Parameters<typeof shortDigest>[0] | undefined): string {
  return digest === undefined ? "none" : shortDigest(digest);
}

/** What Markdown would take for the end of a cell or for a tag stands as written. */
function escaped(text: string): string {
  return text.replaceAll(/[\\|<*_`]/g, "\\$&").replaceAll(/[\u0000-\u001f\u007f]+/g, " ");
}
