import { expect, test } from "vitest";
import { warningsOf } from "../../src/scan/warnings.ts";
import { recorded } from "./fixtures.ts";

const report = recorded("report-0.74");
const isLate = { ...report, os: { family: "debian", name: "9.13", endOfLife: true } };

test("packages of third parties are named, as no advisories speak of them", () => {
  expect(warningsOf(report, undefined)).toEqual([
    "no advisories speak of these packages of third parties: docker-ce",
  ]);
});

test("only the first names of many are listed", () => {
  const [result] = report.results;
  if (result === undefined) throw new Error("no result");
  const packages = [1, 2, 3, 4, 5, 6, 7].map((number) => ({
    name: `p${number}`,
    id: `p${number}@1`,
    file: undefined,
    architecture: "amd64",
    analyzedBy: "dpkg",
    isThirdParty: true,
  }));
  expect(warningsOf({ ...report, results: [{ ...result, packages }] }, undefined)).toEqual([
    "no advisories speak of these packages of third parties: p1, p2, p3, p4, p5 and 2 more",
  ]);
});

test("a release without security updates is said", () => {
  expect(warningsOf({ ...isLate, results: [] }, undefined)).toEqual([
    "debian 9.13 gets no security updates any more: more is wrong with it than is found",
  ]);
});

test("a system that was not judged is said where it was declared to have no packages", () => {
  expect(warningsOf({ ...report, results: [] }, "the database has no advisories for debian 12.5")).toEqual([
    "it is declared to have no packages of a system, and its system was not judged: " +
      "the database has no advisories for debian 12.5",
  ]);
});

test("an image without a system, declared so, gives no warning", () => {
  expect(warningsOf(recorded("report-0.74-no-system"), "no file in it says which system it is")).toEqual([]);
});
