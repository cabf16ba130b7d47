import { type ExitStatus, exitStatus, type FactoryError, worstStatus } from "../errors.ts";
import type { Checked } from "../fsck/check-image.ts";
import { errorJson, type Session } from "./main.ts";

/** What fsck found of one image, or of the files that are none's; an image that could not be compared has an error. */
export interface FsckRow {
  /** Undefined for the files. */
  readonly image: string | undefined;
  readonly checked: readonly Checked[];
  readonly error?: FactoryError;
}

/** One difference as `npm run fsck -- --json` prints it. */
export interface FsckJson {
  readonly kind: string;
  readonly place: string;
  readonly what: string;
  readonly remedy: string;
  readonly outcome: Checked["outcome"];
  /** What a run ends with that leaves it. */
  readonly exitStatus: ExitStatus;
  /** What kept it from being repaired. */
  readonly problem?: object;
}

/** The exit status of all: 0 where nothing differs, or everything that did was repaired. */
export function fsckStatus(rows: readonly FsckRow[]): ExitStatus {
  return worstStatus(
    rows.flatMap(({ checked, error }) => [
      ...(error === undefined ? [] : [exitStatus(error)]),
      ...checked.flatMap(({ difference, outcome, problem }) =>
        outcome === "repaired" ? [] : [problem === undefined ? difference.exitStatus : exitStatus(problem)],
      ),
    ]),
  );
}

export function fsckJson({ image, checked, error }: FsckRow): object {
  return {
    ...(image === undefined ? {} : { image }),
    differences: checked.map(differenceJson),
    ...(error === undefined ? {} : { error: errorJson(error) }),
  };
}

function differenceJson({ difference, outcome, problem }: Checked): FsckJson {
  const { kind, place, what, remedy, exitStatus: status } = difference;
  return {
    ...{ kind, place, what, remedy, outcome, exitStatus: status },
    ...(problem === undefined ? {} : { problem: errorJson(problem) }),
  };
}

/** Says each difference with its place and remedy, and last how many there are. */
export function printFsck(
  rows: readonly FsckRow[],
  { print, showError }: Pick<Session, "print" | "showError">,
): void {
  for (const { image, checked, error } of rows) {
    for (const { difference, outcome, problem } of checked) {
      const { place, what, remedy } = difference;
      print(`${image ?? "files"}: ${place}: ${what}${outcome === "repaired" ? ": repaired" : ""}`);
      if (outcome !== "repaired") print(`  → ${remedy}`);
      if (problem !== undefined) showError(problem);
    }
    if (error !== undefined) showError(error);
  }
  print(summary(rows));
}

function summary(rows: readonly FsckRow[]): string {
  const images = rows.filter(({ image }) => image !== undefined);
  const checked = rows.flatMap((row) => row.checked);
  const repaired = checked.filter(({ outcome }) => outcome === "repaired").length;
  const failed = rows.filter(({ error }) => error !== undefined).length;
  const parts = [
    checked.length === 0 ? "nothing differs" : `${count(checked.length, "difference")}`,
    ...(repaired === 0 ? [] : [`${repaired} repaired`]),
    ...(failed === 0 ? [] : [`${failed} not compared`]),
  ];
  return `${count(images.length, "image")}: ${parts.join(", ")}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
