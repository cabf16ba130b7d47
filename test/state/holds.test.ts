import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { activeHold, formatHold, parseUntil } from "../../src/state/holds.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { readRecord, readState, writeStanding, writeState } from "../../src/state/state-file.ts";
import { digest, facts, published } from "../plan/facts.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-holds-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const hold = { why: "breaks TLS", at: "2026-11-21T10:00:00.000Z" };
const failures = {
  inputs: digest("a"),
  count: 3,
  firstAt: "2026-11-20T03:00:00.000Z",
  lastAt: "2026-11-20T05:00:00.000Z",
  code: "build-failed",
  message: "make failed",
} as const;
const state = published(facts("app")).state as ImageState;
const imageFile = () => join(dir, "images/app.yaml");

describe("a hold", () => {
  it("lasts until it is lifted where it has no end, else until that moment", () => {
    const until = { ...hold, until: "2026-12-01T00:00:00.000Z" };
    expect(activeHold(hold, Number.MAX_SAFE_INTEGER)).toBe(hold);
    expect(activeHold(until, Date.parse("2026-11-30T23:59:59.999Z"))).toBe(until);
    expect(activeHold(until, Date.parse(until.until))).toBeUndefined();
    expect(formatHold(until)).toBe("held until 2026-12-01 00:00 UTC: breaks TLS");
    expect(formatHold(hold)).toBe("held: breaks TLS");
  });

  it.each([
    ["2026-12-01", "2026-12-02T00:00:00.000Z"],
    ["2026-12-01T08:00Z", "2026-12-01T08:00:00.000Z"],
    ["2026-12-01T08:00:30+01:00", "2026-12-01T07:00:30.000Z"],
    ["2026-12-01T08:00", undefined],
    ["2026-02-30", undefined],
    ["tomorrow", undefined],
  ])("that ends with UNTIL=%s ends at %s", (text, until) => {
    expect(parseUntil(text)).toBe(until);
  });
});

describe("what is recorded beside a publication", () => {
  it("stands in the file of an image that was never published, which still counts as never built", async () => {
    await writeStanding(dir, "app", { hold, failures });
    expect(await readRecord(dir, "app")).toEqual({ state: undefined, hold, failures });
    expect(await readState(dir, "app")).toBeUndefined();
    expect(await readFile(imageFile(), "utf8")).toMatch(/^factoryChecksum: .*\nname: app\n/);
  });

  it("stays when what is published is written anew", async () => {
    await writeStanding(dir, "app", { hold, failures });
    await writeState(dir, "app", state);
    expect(await readRecord(dir, "app")).toEqual({ state, hold, failures });
    await writeStanding(dir, "app", { failures: undefined });
    expect(await readRecord(dir, "app")).toEqual({ state, hold });
    expect(await readState(dir, "app")).toEqual(state);
  });

  it("is taken away without a trace, and leaves all else as it was", async () => {
    await mkdir(join(dir, "images"));
    const text = '# by hand\nname: app\nenrolledAt: "2024-01-01T00:00:00+01:00" # then\n';
    await writeFile(imageFile(), text);
    await writeStanding(dir, "app", { hold });
    expect(await readFile(imageFile(), "utf8")).toContain("# then\nfactory:\n  hold:\n    why: breaks TLS\n");
    await writeStanding(dir, "app", { hold: undefined, failures: undefined });
    expect(await readFile(imageFile(), "utf8")).toBe(text);
  });

  it.each([
    ["a hold without a reason", "factory: {hold: {at: 2026-11-21T10:00:00Z}}\n", /factory\.hold/],
    ["failures that are no record", "factory: {failures: {count: 3}}\n", /factory\.failures/],
    ["nothing at all", "factory: {}\n", /factory\.digest/],
  ])("is refused with file and place when it is %s", async (_, text, message) => {
    await mkdir(join(dir, "images"));
    await writeFile(imageFile(), text);
    await expect(readRecord(dir, "app")).rejects.toThrow(message);
  });
});
