import { expect, it } from "vitest";
import { descendantsOf, entryOf } from "../src/crowd.ts";

const process = (pid: number, parent: number) => ({ pid, parent, threads: 1 });

it("descendants are found whatever the order in which processes are listed, and others are none", () => {
  const entries = [process(9, 8), process(4, 2), process(1, 0), process(8, 4), process(2, 1), process(3, 1)];
  expect(descendantsOf(2, entries).map(({ pid }) => pid)).toEqual([2, 4, 8, 9]);
  expect(descendantsOf(7, entries)).toEqual([]);
});

it("a process is read from its stat, whatever it calls itself", () => {
  const rest = "S 1 42 42 0 -1 4194560 90 0 0 0 1 1 0 0 20 0 7 0 5 1 1";
  expect(entryOf(`42 (a) R 9 9) ${rest}`)).toEqual({ pid: 42, parent: 1, threads: 7 });
  expect(entryOf("")).toBeUndefined();
});
