import type { DeclaredEnd } from "./base-record.ts";

/**
 * How images declare their end of life; there is no standard one. Microsoft's annotation and SUSE's label have a day,
 * Artifact Hub's says whether it has come.
 * @see https://github.com/opencontainers/image-spec/issues/903
 * @see https://artifacthub.io/docs/topics/repositories/container-images/
 */
const dayLabels = [
  "vnd.microsoft.artifact.lifecycle.end-of-life.date",
  "com.suse.supportlevel.until",
] as const;
const deprecatedLabel = "io.artifacthub.package.deprecated";

/** The end of life that labels or annotations declare; undefined where they say nothing, or nothing that is a day. */
export function declaredEnd(labels: Readonly<Record<string, string>>): DeclaredEnd | undefined {
  for (const label of dayLabels) {
    const day = utcDay(labels[label] ?? "");
    if (day !== undefined) return { day, label };
  }
  return labels[deprecatedLabel] === "true" ? { label: deprecatedLabel } : undefined;
}

/** Whether a day is over: through its whole length there may still be fixes. `today` is a UTC day too. */
export function isOver(day: string | undefined, today: string): boolean {
  return day === undefined || day < today;
}

/** The UTC day of a day or of a time with a zone. */
function utcDay(text: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text) || Number.isNaN(Date.parse(text)))
    return undefined;
  const day = new Date(text).toISOString().slice(0, 10);
  // Date.parse takes the 31st of a shorter month for a day of the next.
  return text.length > 10 || day === text ? day : undefined;
}
