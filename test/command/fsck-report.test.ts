import { describe, expect, it } from "vitest";
import { type FsckRow, fsckJson, fsckStatus, printFsck } from "../../src/command/fsck-report.ts";
import { FactoryError } from "../../src/errors.ts";
import type { Checked } from "../../src/fsck/check-image.ts";
import type { Difference } from "../../src/fsck/difference.ts";

const moved: Difference = {
  kind: "tag-moved",
  image: "app",
  place: "ghcr.io/acme/app:latest",
  what: "somebody else moved it",
  remedy: "It stays there",
  exitStatus: 77,
  repair: undefined,
};
const lost: Difference = { ...moved, kind: "state-missing", place: "state/images/app.yaml", exitStatus: 78 };
const owed: Difference = { ...moved, kind: "receipt-owed", place: "a.json", exitStatus: 75 };
const row = (...checked: readonly Checked[]): FsckRow => ({ image: "app", checked });
const unreachable: FsckRow = {
  image: "web",
  checked: [],
  error: new FactoryError("registry-unavailable", "ghcr.io: no answer", { hint: "Try again." }),
};

describe("what fsck ends with", () => {
  it("is 0 where nothing differs or all was repaired, and else what is to be done", () => {
    const statuses = (outcome: Checked["outcome"]) =>
      [lost, moved, owed].map((difference) => fsckStatus([row({ difference, outcome })]));
    expect(fsckStatus([row(), row()])).toBe(0);
    expect(statuses("repaired")).toEqual([0, 0, 0]);
    expect(statuses("found")).toEqual([78, 77, 75]);
    expect(statuses("not repaired")).toEqual([78, 77, 75]);
    const problem = new FactoryError("registry-unavailable", "no answer");
    expect(fsckStatus([row({ difference: lost, outcome: "not repaired", problem })])).toBe(75);
    expect(fsckStatus([row(), unreachable])).toBe(75);
    expect(fsckStatus([row({ difference: moved, outcome: "found" }), unreachable])).toBe(77);
  });
});

describe("what fsck says", () => {
  it("is one line for each difference with its place, the remedy below it, and how many there were", () => {
    const lines: string[] = [];
    const errors: unknown[] = [];
    printFsck(
      [
        row({ difference: lost, outcome: "repaired" }, { difference: moved, outcome: "not repaired" }),
        unreachable,
      ],
      { print: (line) => lines.push(line), showError: (error) => errors.push(error) },
    );
    expect(lines).toEqual([
      "app: state/images/app.yaml: somebody else moved it: repaired",
      "app: ghcr.io/acme/app:latest: somebody else moved it",
      "  → It stays there",
      "2 images: 2 differences, 1 repaired, 1 not compared",
    ]);
    expect(errors).toEqual([unreachable.error]);
  });

  it("is the same for programs, without what only this run can use", () => {
    expect(fsckJson(row({ difference: moved, outcome: "found" }))).toEqual({
      image: "app",
      differences: [
        {
          kind: "tag-moved",
          place: "ghcr.io/acme/app:latest",
          what: "somebody else moved it",
          remedy: "It stays there",
          outcome: "found",
          exitStatus: 77,
        },
      ],
    });
    expect(fsckJson(unreachable)).toMatchObject({
      image: "web",
      differences: [],
      error: { code: "registry-unavailable", exitStatus: 75 },
    });
  });
});
