import { expect, test } from "vitest";
import { describeStatus } from "../../../src/registry/embedded/describe-status.ts";

const stopped = {
  running: false,
  data: "/f/registry/data",
  hasData: true,
  dataBytes: 0,
  configured: undefined,
} as const;
const running = {
  ...stopped,
  running: true,
  address: "127.0.0.1:5500",
  pid: 42,
  startedAt: "2026-11-21T04:00:00.000Z",
} as const;
const at = (time: string) => new Date(`2026-11-${time}Z`);

test("a registry that runs is shown with address, process, time and data", () => {
  expect(describeStatus({ ...running, dataBytes: 12_345_678 }, at("21T06:05:10"))).toEqual([
    "running",
    "address: 127.0.0.1:5500",
    "pid:     42",
    "up:      2 h 5 min, since 2026-11-21T04:00:00.000Z",
    "data:    /f/registry/data (12.3 MB)",
  ]);
});

test.each([
  ["21T04:00:00", "0 s"],
  ["21T04:00:59", "59 s"],
  ["21T04:01:00", "1 min 0 s"],
  ["24T05:00:00", "3 d 1 h"],
])("at %s it is up for %s", (time, expected) => {
  expect(describeStatus(running, at(time))[3]).toContain(`up:      ${expected},`);
});

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1.0 KB"],
  [999_999_999_999_999, "1000.0 TB"],
])("%i bytes are %s", (dataBytes, expected) => {
  expect(describeStatus({ ...stopped, dataBytes }, at("21T04:00:00"))[1]).toContain(`(${expected})`);
});

test("where settings name another registry, that is said", () => {
  const lines = describeStatus({ ...stopped, configured: "ghcr.io/acme" }, at("21T04:00:00"));
  expect(lines[0]).toBe("stopped");
  expect(lines.at(-1)).toBe("note:    not used, settings name ghcr.io/acme");
});
