import type { FaultResults, GroupedResult } from "./run-faults.ts";

/** One line for a case: whether every promise was kept, and which was not. */
export function caseLine({ name, status, seconds, met, defects }: GroupedResult): string {
  const verdict = defects.length === 0 ? "kept" : "BROKEN";
  const ended = status === undefined ? "" : `exit ${status ?? "by signal"}, `;
  const facts = `${ended}${seconds.toFixed(1)} s, met ${met}`;
  return [`${verdict}  ${name} (${facts})`, ...defects.map((defect) => `        ${defect}`)].join("\n");
}

/** The table at the end: how many cases of each group kept every promise, and how they ended. */
export function tableLines({ results, left }: FaultResults, seed: number): readonly string[] {
  const groups = Map.groupBy(results, ({ group, how }) => `${group} ${how}`);
  const rows = [...groups].toSorted().map(([name, of]) => {
    const kept = of.filter(({ defects }) => defects.length === 0).length;
    const codes = Map.groupBy(of, ({ status }) =>
      status === undefined ? "–" : status === null ? "killed" : `exit ${status}`,
    );
    const ends = [...codes].toSorted().map(([code, some]) => `${some.length} ${code}`);
    const met = of.filter((result) => result.met > 0).length;
    return `${name.padEnd(26)} ${counts(of.length, met, kept)}  ${ends.join(", ")}`;
  });
  const kept = results.filter(({ defects }) => defects.length === 0).length;
  const met = results.filter((result) => result.met > 0).length;
  return [
    `${"part".padEnd(26)} cases   met  kept  the troubled run ended with`,
    ...rows,
    `${"all".padEnd(26)} ${counts(results.length, met, kept)}  seed ${seed}`,
    ...(left === 0 ? [] : [`${left} cases were left out for lack of time.`]),
  ];
}

function counts(...numbers: readonly number[]): string {
  return numbers.map((number) => String(number).padStart(5)).join(" ");
}
