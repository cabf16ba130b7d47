import { expect, test } from "vitest";
import type { ScanPolicy } from "../../src/enrolment/enrolment.ts";
import { judge, utcDay } from "../../src/scan/judge.ts";
import { defaultPolicy, exception, recorded } from "./fixtures.ts";

const today = "2026-11-21";
const blockedIds = (policy: Partial<ScanPolicy>, day = today) =>
  judge(recorded("report-0.74"), { ...defaultPolicy, ...policy }, day).blocking.map(({ id }) => id);

test("by default a fixed critical finding blocks, an unfixed high one and a low one do not", () => {
  const { blocking, findings, counts } = judge(recorded("report-0.74"), defaultPolicy, today);
  expect(blocking).toEqual([
    {
      id: "CVE-2099-10001",
      package: "openssl",
      installed: "3.0.11-1~deb12u1",
      fixed: "3.0.99-1~deb12u1",
      severity: "CRITICAL",
      title: "openssl: invented overflow with a fix",
      target: expect.stringContaining("(debian 12.5)"),
      class: "os-pkgs",
      layer: "sha256:3732ce7ad88264c493b15c1f8c8a7f2220f0bc9910d8e601a447e4b8a3ed29d7",
    },
  ]);
  expect(findings.map(({ id }) => id)).toEqual(["CVE-2099-10001", "CVE-2099-10002", "CVE-2099-10003"]);
  expect(counts).toEqual({ UNKNOWN: 0, LOW: 1, MEDIUM: 0, HIGH: 1, CRITICAL: 1 });
});

test("the quick build's report is judged as the current release's", () => {
  const [quick, current] = (["report-quick", "report-0.74"] as const).map((name) =>
    judge(recorded(name), defaultPolicy, today).findings.map(({ target, ...finding }) => finding),
  );
  expect(quick).toEqual(current);
});

test("a policy that counts unfixed findings blocks on those too", () => {
  expect(blockedIds({ unfixed: true })).toEqual(["CVE-2099-10001", "CVE-2099-10002"]);
});

test("only the severities of the policy block", () => {
  expect(blockedIds({ severities: ["HIGH"] })).toEqual([]);
  expect(blockedIds({ severities: ["LOW"] })).toEqual(["CVE-2099-10003"]);
});

test("an exception holds through the whole of its last UTC day and not a day longer", () => {
  const exceptions = [exception({ expires: "2026-11-21" })];
  expect(blockedIds({ exceptions }, utcDay(new Date("2026-11-21T23:59:59.999Z")))).toEqual([]);
  expect(blockedIds({ exceptions }, utcDay(new Date("2026-11-22T00:00:00Z")))).toEqual(["CVE-2099-10001"]);
});

test("the day of an exception is the UTC day, whatever the machine's time zone is", () => {
  expect(utcDay(new Date("2026-11-21T23:30:00-05:00"))).toBe("2026-11-22");
});

test("an exception for one package leaves the same finding in another package blocking", () => {
  expect(blockedIds({ exceptions: [exception({ package: "libssl3" })] })).toEqual(["CVE-2099-10001"]);
  expect(blockedIds({ exceptions: [exception({ package: "openssl" })] })).toEqual([]);
});

test("an exception for another id accepts nothing, one in other capitals does", () => {
  expect(blockedIds({ exceptions: [exception({ id: "CVE-2099-1000" })] })).toEqual(["CVE-2099-10001"]);
  expect(blockedIds({ exceptions: [exception({ id: "cve-2099-10001" })] })).toEqual([]);
});

test("exceptions are told apart by use: used, ended though needed, not needed", () => {
  const used = exception();
  const ended = exception({ expires: "2026-11-20" });
  const forSmallFinding = exception({ id: "CVE-2099-10003" });
  const forNothing = exception({ id: "CVE-2099-99999" });
  const exceptions = [used, ended, forSmallFinding, forNothing];
  expect(judge(recorded("report-0.74"), { ...defaultPolicy, exceptions }, today).exceptions).toEqual({
    used: [used],
    expired: [ended],
    unused: [forSmallFinding, forNothing],
  });
});

test("what is excepted stays among the findings and in the counts", () => {
  const policy = { ...defaultPolicy, exceptions: [exception()] };
  const { findings, counts, blocking } = judge(recorded("report-0.74"), policy, today);
  expect(blocking).toEqual([]);
  expect(findings).toHaveLength(3);
  expect(counts.CRITICAL).toBe(1);
});
