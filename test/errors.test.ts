import { describe, expect, it } from "vitest";
import { exitStatus, FactoryError, worstStatus } from "../src/errors.ts";

describe("the exit status", () => {
  it("of an error is that of its code, and of anything else a bug's", () => {
    expect(exitStatus(new FactoryError("scan-blocked", "x"))).toBe(77);
    expect(exitStatus(new TypeError("x"))).toBe(70);
  });

  it("of several images is the first that applies in the documented order", () => {
    expect(worstStatus([])).toBe(0);
    expect(worstStatus([0, 75, 65])).toBe(65);
    expect(worstStatus([75, 77, 65, 124])).toBe(77);
    expect(worstStatus([77, 143, 64])).toBe(143);
    expect(worstStatus([69, 66, 70])).toBe(70);
  });
});
