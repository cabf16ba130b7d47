import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/enrolment/duration.ts";

describe("a duration", () => {
  test.each([
    ["30m", 1_800_000],
    ["1h30m", 5_400_000],
    ["7d", 604_800_000],
    ["1d2h3m4s", 93_784_000],
    ["90s", 90_000],
    ["0s", 0],
  ])("%s is %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "30", "m", "30 m", "30m1h", "1h1h", "-1h", "1.5h", "1H", "1w", "9999999999d", "1h\n"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test("is read back from how it is written, to the second", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(Math.floor(ms / 1_000) * 1_000);
      }),
    );
  });

  test("is written in its largest units", () => {
    expect(formatDuration(5_400_000)).toBe("1h30m");
    expect(formatDuration(999)).toBe("0s");
  });
});
