import { expect, test } from "vitest";
import { lateCollection } from "../src/go-collector.ts";

const gibibyte = 1024 ** 3;

test("tools of Go collect late, and each within its part of a quarter of the memory", () => {
  expect(lateCollection(6 * gibibyte, 4)).toEqual({ GOGC: "1000", GOMEMLIMIT: "384MiB" });
  expect(lateCollection(3 * gibibyte, 1)).toEqual({ GOGC: "1000", GOMEMLIMIT: "512MiB" });
});

test("no tool is given more than half a gibibyte, however much there is", () => {
  expect(lateCollection(256 * gibibyte, 2)).toEqual({ GOGC: "1000", GOMEMLIMIT: "512MiB" });
});

test("where memory is short they collect as they do by themselves", () => {
  expect(lateCollection(2 * gibibyte, 2)).toEqual({ GOGC: "1000", GOMEMLIMIT: "256MiB" });
  expect(lateCollection(2 * gibibyte - 1, 2)).toEqual({});
  expect(lateCollection(16 * gibibyte, 64)).toEqual({});
});

test("of this machine a bound is found that is no more than it has", () => {
  const { GOMEMLIMIT = "256MiB" } = lateCollection();
  expect(Number(/^(\d+)MiB$/.exec(GOMEMLIMIT)?.[1])).toBeLessThanOrEqual(512);
});
