import { describe, expect, test } from "vitest";
import {
  type Attempt,
  type Clock,
  faultIn,
  mayHaveHappened,
  type Outcome,
  persist,
  retryAfterMs,
  retryDecision,
} from "../../src/registry/retry.ts";

const answered = (status: number, headers: Record<string, string> = {}): Outcome => ({
  kind: "answered",
  status,
  headers,
  detail: "",
});
const broken = (fault: Extract<Outcome, { kind: "broken" }>["fault"]): Outcome => ({
  kind: "broken",
  fault,
  cause: new Error(fault),
});
const steady = { now: () => Date.UTC(2026, 0, 1), random: () => 1 };

describe("retryDecision", () => {
  test.each([400, 401, 403, 404, 405, 409, 416, 501])("takes %i for an answer", (status) => {
    expect(retryDecision(answered(status), 1, steady)).toBeUndefined();
  });

  test.each([408, 429, 500, 502, 503, 504])("waits %i out", (status) => {
    expect(retryDecision(answered(status), 1, steady)).toBe(250);
  });

  test("waits for a blob that the registry does not know yet", () => {
    const detail =
      "DIGEST_INVALID: provided digest did not match; MANIFEST_BLOB_UNKNOWN: blob unknown to registry";
    expect(retryDecision({ ...answered(400), detail } as Outcome, 1, steady)).toBe(250);
  });

  test("doubles its delays up to a bound, and draws each by lot", () => {
    const delays = [1, 2, 3, 10].map((attempt) => retryDecision(broken("reset"), attempt, steady));
    expect(delays).toEqual([250, 500, 1000, 8000]);
    expect(retryDecision(broken("reset"), 3, { ...steady, random: () => 0 })).toBe(500);
  });

  test("sends at once again what only met a connection that had gone stale", () => {
    expect(retryDecision(broken("stale"), 1, steady)).toBe(0);
  });

  test.each(["untrusted", "unintelligible"] as const)("gives up on %s", (fault) => {
    expect(retryDecision(broken(fault), 1, steady)).toBeUndefined();
  });

  test("waits as long as Retry-After asks, in seconds or as a date", () => {
    expect(retryDecision(answered(429, { "retry-after": "7" }), 1, steady)).toBe(7000);
    const date = "Thu, 01 Jan 2026 00:00:09 GMT";
    expect(retryDecision(answered(503, { "retry-after": date }), 1, steady)).toBe(9000);
    expect(retryAfterMs("Wed, 31 Dec 2025 00:00:00 GMT", steady.now())).toBe(0);
    expect(retryAfterMs("soon", steady.now())).toBeUndefined();
  });
});

test("only a 5xx and what broke after sending leave it open whether the registry acted", () => {
  expect([answered(500), broken("reset"), broken("timed-out"), broken("stale")].map(mayHaveHappened)).toEqual(
    Array(4).fill(true),
  );
  expect(
    [answered(429), answered(404), broken("refused"), broken("unresolved")].map(mayHaveHappened),
  ).toEqual(Array(4).fill(false));
});

describe("persist", () => {
  function clocked() {
    let now = 0;
    const slept: number[] = [];
    const clock: Clock = {
      now: () => now,
      random: () => 1,
      sleep: async (ms) => {
        slept.push(ms);
        now += ms;
      },
    };
    return { clock, slept };
  }
  const failing = (outcome: Outcome) => async (): Promise<Attempt<string>> => ({ outcome });

  test("stops after the attempts that are allowed", async () => {
    const { clock, slept } = clocked();
    const options = { limits: { attempts: 3, deadlineMs: 60_000 }, clock, signal: undefined };
    const result = await persist(failing(answered(503)), options);
    expect(result).toMatchObject({ attempts: 3, outcome: { status: 503 } });
    expect(slept).toEqual([250, 500]);
  });

  test("does not wait for a Retry-After beyond the deadline", async () => {
    const { clock, slept } = clocked();
    const options = { limits: { attempts: 5, deadlineMs: 60_000 }, clock, signal: undefined };
    const result = await persist(failing(answered(429, { "retry-after": "3600" })), options);
    expect(result).toMatchObject({ attempts: 1 });
    expect(slept).toEqual([]);
  });

  test("asks what happened before it sends again, and only when that is open", async () => {
    const { clock } = clocked();
    const outcomes = [answered(429), broken("refused"), answered(500), broken("reset")];
    const asked: Outcome[] = [];
    const result = await persist<string>(async () => ({ outcome: outcomes.shift() ?? answered(400) }), {
      limits: { attempts: 9, deadlineMs: 60_000 },
      clock,
      signal: undefined,
      settle: async (outcome) => {
        asked.push(outcome);
        return asked.length === 2 ? "it happened" : undefined;
      },
    });
    expect(result).toEqual({ done: "it happened" });
    expect(asked).toEqual([answered(500), expect.objectContaining({ fault: "reset" })]);
  });
});

describe("faultIn", () => {
  test.each([
    ["ECONNREFUSED", "refused"],
    ["ENOTFOUND", "unresolved"],
    ["ECONNRESET", "reset"],
    ["ETIMEDOUT", "timed-out"],
    ["HPE_INVALID_CONSTANT", "unintelligible"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "untrusted"],
    ["CERT_HAS_EXPIRED", "untrusted"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "untrusted"],
    ["EPROTO", "untrusted"],
  ])("%s is %s", (code, fault) => {
    expect(faultIn(Object.assign(new Error(code), { code }))).toMatchObject({ fault });
  });

  test("a reset of a kept connection is stale, and what is no fault of the network is none", () => {
    const reset = Object.assign(new Error(""), { code: "ECONNRESET", reusedConnection: true });
    expect(faultIn(reset)).toMatchObject({ fault: "stale" });
    expect(faultIn(new TypeError("bug"))).toBeUndefined();
    expect(faultIn("text")).toBeUndefined();
  });
});
