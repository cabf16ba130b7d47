import { describe, expect, test } from "vitest";
import { type BaseRecord, observe } from "../../src/bases/base-record.ts";
import { createBaseScans, withScans, worseFindings } from "../../src/bases/base-scan.ts";
import type { ScanPolicy } from "../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../src/errors.ts";
import type { PlatformScan, ScanTarget } from "../../src/scan/scan-report.ts";
import type { Scanner } from "../../src/scan/scanner.ts";
import { facts } from "../plan/facts.ts";
import { content, digest, reference, seen } from "./facts.ts";

const [t1, t2] = ["2026-11-01T00:00:00.000Z", "2026-11-02T00:00:00.000Z"];
const { enrolment } = facts("app");
const moved = seen([t1, "a"], [t2, "b"]);
const recorded = digest("a amd64");
const critical: ScanPolicy = { ...enrolment.scan, severities: ["CRITICAL"] };

/** A scanner that blocks these digests, and notes what it was asked. */
function scannerOf(blocked: readonly string[], unreadable: readonly string[] = []) {
  const asked: string[] = [];
  const door = { updatedAt: "2026-11-20T00:00:00Z" };
  const names = ["a amd64", "a arm64", "b amd64", "b arm64"];
  const scan = async (target: ScanTarget) => {
    const name = names.find((one) => digest(one) === target.digest) ?? "?";
    asked.push(`${name} for ${target.platform} at ${target.reference.slice(0, 24)}`);
    if (unreadable.includes(name)) throw new FactoryError("scan-unreadable", "no packages");
    const findings = [{ id: "CVE-1", package: "openssl", installed: "3.0.16" }];
    return (blocked.includes(name)
      ? { verdict: "blocked", platform: target, findings }
      : { verdict: "passed", platform: target }) as unknown as PlatformScan;
  };
  const scanner: Pick<Scanner, "scan" | "database"> = {
    scan: scan as Scanner["scan"],
    database: async () => ({ kind: "official", updatedAt: door.updatedAt }),
  };
  const client = {
    addressOf: ({ registry, path }: { registry: string; path: string }) => ({
      host: registry,
      path,
      plainHttp: false,
    }),
  };
  return { asked, door, scans: () => createBaseScans({ scanner, client }) };
}

async function judged(blocked: readonly string[], record: BaseRecord = moved) {
  const scanner = scannerOf(blocked);
  const after = withScans(record, await scanner.scans().scan(record, recorded, enrolment));
  return { ...scanner, record: after, findings: worseFindings(after, recorded, enrolment) };
}

describe("a base that moved", () => {
  test("is no worse when the new digest passes, and the old one is not scanned then", async () => {
    const { findings, asked } = await judged([]);
    expect(findings).toEqual([]);
    expect(asked.toSorted()).toEqual([
      "b amd64 for linux/amd64 at docker.io/library/node@s",
      "b arm64 for linux/arm64 at docker.io/library/node@s",
    ]);
  });

  test("is worse when the new digest is blocked and the old one passes, on whichever platform", async () => {
    expect((await judged(["b amd64"])).findings).toEqual(["CVE-1 in openssl 3.0.16"]);
    expect((await judged(["b arm64"])).findings).toEqual(["CVE-1 in openssl 3.0.16"]);
  });

  test("is no worse when the old digest is blocked too", async () => {
    expect((await judged(["a amd64", "b amd64"])).findings).toEqual([]);
  });

  test("is not called worse by another policy's verdict, nor before anybody has scanned it", async () => {
    const { record } = await judged(["b amd64"]);
    expect(worseFindings(record, recorded, { ...enrolment, scan: critical })).toEqual([]);
    expect(worseFindings(moved, recorded, enrolment)).toEqual([]);
  });

  test("is scanned on the platforms of the image alone, and only where it moved", async () => {
    const platforms = { "linux/amd64": digest("b amd64"), "linux/arm64": digest("a arm64") };
    const found = { kind: "found", at: t2, content: content("b", { platforms }) } as const;
    const half = observe(reference, seen([t1, "a"]), found) as BaseRecord;
    expect((await judged([], half)).asked).toEqual(["b amd64 for linux/amd64 at docker.io/library/node@s"]);
  });

  test("that was built on an index nobody remembers is not scanned", async () => {
    const scanner = scannerOf([]);
    expect(await scanner.scans().scan(moved, digest("forgotten"), enrolment)).toEqual([]);
    expect(scanner.asked).toEqual([]);
  });
});

describe("a digest is scanned", () => {
  test("once for a policy and a database, also by images at the same time and by later runs", async () => {
    const { asked, door, scans } = scannerOf(["b amd64"]);
    const run = scans();
    const [first] = await Promise.all([1, 2, 3].map(() => run.scan(moved, recorded, enrolment)));
    expect(asked).toHaveLength(3);
    const record = withScans(moved, first ?? []);
    await scans().scan(record, recorded, enrolment);
    expect(asked).toHaveLength(3);
    door.updatedAt = "2026-11-21T00:00:00Z";
    await scans().scan(record, recorded, enrolment);
    expect(asked).toHaveLength(6);
    await scans().scan(record, recorded, { ...enrolment, scan: critical });
    expect(asked).toHaveLength(9);
  });

  test("and what cannot be read is a verdict that blocks nothing; any other failure is thrown", async () => {
    const unreadable = scannerOf([], ["b amd64"]);
    const scans = await unreadable.scans().scan(moved, recorded, enrolment);
    expect(scans.map(({ verdict }) => verdict)).toEqual(["unreadable", "passed"]);
    expect(worseFindings(withScans(moved, scans), recorded, enrolment)).toEqual([]);
    const failing = createBaseScans({
      scanner: {
        scan: async () => {
          throw new FactoryError("scan-incomplete", "killed");
        },
        database: async () => ({ kind: "official", updatedAt: t1 }),
      },
      client: { addressOf: () => ({ host: "x", path: "y", plainHttp: false }) },
    });
    await expect(failing.scan(moved, recorded, enrolment)).rejects.toMatchObject({ code: "scan-incomplete" });
  });
});

test("verdicts take the place of older ones on the same, and the oldest are forgotten", async () => {
  const verdict = (at: number, database = "x") =>
    ({ digest: digest(String(at)), policy: digest("p"), database, verdict: "passed", findings: [] }) as const;
  const many = withScans(
    moved,
    Array.from({ length: 40 }, (_, at) => verdict(at)),
  );
  const again = withScans(many, [verdict(3, "y"), verdict(99)]);
  expect(again.scans).toHaveLength(40);
  expect(again.scans[0]).toMatchObject({ digest: digest("3"), database: "y" });
  expect(again.scans.filter((scan) => scan.digest === digest("3"))).toHaveLength(1);
  expect(again.scans.at(-1)?.digest).toBe(digest("38"));
});
