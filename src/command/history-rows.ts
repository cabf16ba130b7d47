import { formatMinute } from "../minute.ts";
import type { HistoryRow } from "../receipt/history.ts";
import type { Receipt } from "../receipt/receipt.ts";
import { type Digest, shortDigest } from "../registry/digest.ts";
import type { PromotedTags } from "../state/image-state.ts";

/** One publication as `npm run history -- --json` prints it: what state and receipt say. */
export interface HistoryJson {
  readonly back: number;
  readonly at: string;
  readonly digest: Digest;
  readonly uniqueTag: string;
  readonly previous?: Digest;
  readonly reasons: readonly string[];
  readonly rollback?: { readonly from: Digest; readonly why: string };
  readonly allowed?: { readonly safeties: readonly string[]; readonly why: string };
  /** Null where the registry has none: published before there were receipts, or still owed. */
  readonly receipt: Receipt | null;
  readonly promotions: readonly PromotedTags[];
  /** Where the registry does not have the digest any more. */
  readonly gone?: true;
}

export function historyJson({ back, publication, receipt, promotions, gone }: HistoryRow): HistoryJson {
  const { at, digest, uniqueTag, previous, reasons = [], rollback, allowed } = publication;
  return {
    back,
    at,
    digest,
    uniqueTag,
    ...(previous === undefined ? {} : { previous }),
    reasons,
    ...(rollback === undefined ? {} : { rollback }),
    ...(allowed === undefined ? {} : { allowed }),
    receipt: receipt ?? null,
    promotions,
    ...(gone ? { gone } : {}),
  };
}

/** One line for each publication, in columns, newest first; below it one for each promotion of its digest. */
export function historyLines(rows: readonly HistoryRow[]): readonly string[] {
  const cells = rows.map((row) => [
    String(row.back),
    formatMinute(row.publication.at),
    `sha256:${shortDigest(row.publication.digest)}`,
    row.publication.uniqueTag,
    row.receipt?.commit?.slice(0, 12) ?? "",
    row.gone ? "gone" : verdictText(row.receipt),
    movesText(row.receipt),
    whyText(row),
  ]);
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  return cells.flatMap((line, at) => [
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .filter((_, column) => widths[column] !== 0)
      .join("  ")
      .trimEnd(),
    ...(rows[at]?.promotions ?? []).map(promotionLine),
  ]);
}

function promotionLine({ at, repository, tags, by, why }: PromotedTags): string {
  const moves = Object.entries(tags).map(([tag, { previous }]) =>
    `${tag} ${previous === undefined ? "" : `from ${shortDigest(previous)}`}`.trimEnd(),
  );
  const asked = `by ${by ?? "somebody"}${why === undefined ? "" : `: ${why}`}`;
  return `   promoted ${formatMinute(at)} to ${repository}: ${moves.join(", ")}; ${asked}`;
}

function verdictText(receipt: Receipt | undefined): string {
  if (receipt === undefined) return "no receipt";
  const { verdict, database, databaseUpdatedAt } = receipt.scan;
  return `${verdict} (${database === "sample" ? "sample " : ""}${databaseUpdatedAt.slice(0, 10)})`;
}

function movesText(receipt: Receipt | undefined): string {
  return Object.entries(receipt?.tags ?? {})
    .map(([tag, { previous }]) =>
      `${tag} ${previous === undefined ? "" : `from ${shortDigest(previous)}`}`.trimEnd(),
    )
    .join(", ");
}

function whyText({ publication, receipt }: HistoryRow): string {
  const { reasons = [], rollback, allowed } = publication;
  const asked = receipt?.asked;
  return [
    ...(rollback === undefined
      ? reasons
      : [`rolled back from ${shortDigest(rollback.from)}: ${rollback.why}`]),
    ...(allowed === undefined ? [] : [`allowed ${allowed.safeties.join(", ")}: ${allowed.why}`]),
    ...(asked === undefined || asked.mode === "unknown"
      ? []
      : [asked.mode === "manual" ? `by ${asked.user ?? "somebody"}` : "by itself"]),
  ].join("; ");
}
