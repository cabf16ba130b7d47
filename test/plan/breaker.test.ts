import { describe, expect, it } from "vitest";
import {
  countFailure,
  type Failure,
  type Failures,
  formatResting,
  isOwnFault,
  isResting,
  recordedMessage,
  triedInputs,
} from "../../src/plan/breaker.ts";
import { digest, facts } from "./facts.ts";

const failure: Failure = {
  inputs: digest("a"),
  code: "build-failed",
  message: "make failed",
  at: "2026-11-20T03:00:00.000Z",
  byHand: false,
};

/** The record after these failures, in order. */
function countedAfter(...failures: readonly Partial<Failure>[]): Failures {
  const counted = failures.reduce<Failures | undefined>(
    (before, changes) => countFailure(before, { ...failure, ...changes }),
    undefined,
  );
  if (counted === undefined) throw new Error("no failure");
  return counted;
}

describe("failures of one image", () => {
  it("rest it after the third of the same inputs, with the time of the first and the words of the last", () => {
    const two = countedAfter({}, { at: "2026-11-20T04:00:00.000Z" });
    expect(isResting(two, digest("a"), undefined)).toBe(false);
    const three = countFailure(two, { ...failure, at: "2026-11-20T05:00:00.000Z", message: "no make" });
    expect(isResting(three, digest("a"), undefined)).toBe(true);
    expect(three).toMatchObject({ firstAt: failure.at, lastAt: "2026-11-20T05:00:00.000Z" });
    expect(formatResting(three)).toBe(
      "rests after 3 failures of the same inputs since 2026-11-20 03:00 UTC: no make",
    );
  });

  it("do not rest it with other inputs, whose first failure counts anew", () => {
    expect(isResting(countedAfter({}, {}, {}), digest("b"), undefined)).toBe(false);
    expect(countedAfter({}, {}, {}, { inputs: digest("b") })).toMatchObject({
      count: 1,
      inputs: digest("b"),
    });
  });

  it("of a person's other inputs leave what rests resting; of the same inputs they count", () => {
    expect(countedAfter({}, {}, {}, { inputs: digest("b"), byHand: true })).toEqual(countedAfter({}, {}, {}));
    expect(countedAfter({}, {}, { byHand: true }).count).toBe(3);
    expect(countedAfter({ byHand: true }).count).toBe(1);
  });

  it("by a scan rest it while the advisories are those that blocked it, or today's are not known", () => {
    const blocked = { code: "scan-blocked", database: "2026-11-20T00:00:00Z" } as const;
    const three = countedAfter(blocked, blocked, blocked);
    expect(isResting(three, digest("a"), "2026-11-20T00:00:00Z")).toBe(true);
    expect(isResting(three, digest("a"), undefined)).toBe(true);
    expect(isResting(three, digest("a"), "2026-11-20T06:00:00Z")).toBe(false);
    expect(countedAfter(blocked, blocked, { ...blocked, database: "2026-11-20T06:00:00Z" }).count).toBe(1);
  });

  it("count when the image is to blame, and a time-out is; not a registry, a machine, a signal or a tag", () => {
    expect(
      ["build-failed", "timed-out", "scan-blocked", "bug"].map((code) => isOwnFault(code as never)),
    ).toEqual([true, true, true, true]);
    const others = [
      "registry-unavailable",
      "tool-failed",
      "locked",
      "interrupted",
      "terminated",
      "machine-lacks",
      "credentials-invalid",
      "policy-refused",
      "outcome-unknown",
    ];
    for (const code of others) expect(isOwnFault(code as never), code).toBe(false);
  });
});

describe("the inputs of a try", () => {
  const image = facts("app").enrolment;
  const key = (text: string) => ({ key: digest(text) });

  it("are the same in whatever order the platforms stand", () => {
    expect(triedInputs(image, [key("a"), key("b")])).toBe(triedInputs(image, [key("b"), key("a")]));
  });

  it.each([
    ["a key", image, [key("c")]],
    ["the scan's policy", { ...image, scan: { ...image.scan, unfixed: true } }, [key("a")]],
    ["a time limit", { ...image, timeouts: { ...image.timeouts, buildMs: 1 } }, [key("a")]],
  ])("change with %s", (_, changed, platforms) => {
    expect(triedInputs(changed, platforms)).not.toBe(triedInputs(image, [key("a")]));
  });
});

describe("a recorded message", () => {
  it("has no secret, no password of an address and one short line", () => {
    const message = `RUN curl -H hunter2-token https://me:pw@example.org/x failed\nhunter2-token`;
    expect(recordedMessage(message, ["hunter2-token\n"])).toBe(
      "RUN curl -H *** https://***@example.org/x failed",
    );
    expect(recordedMessage("x".repeat(1_000), [])).toHaveLength(300);
  });

  it("hides every line of a secret that has several, and the longer of two that begin alike", () => {
    expect(recordedMessage("a key-one b key-two-more c", ["key-one\nkey-two", "key-two-more"])).toBe(
      "a *** b *** c",
    );
  });
});
