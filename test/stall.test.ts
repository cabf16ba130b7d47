import { expect, it } from "vitest";
import { isStalled, progressAfter, workIn } from "../src/stall.ts";

const megabyte = 1024 * 1024;
const begun = { bytes: 1_000, atMs: 0, total: 1_000 };

it("a byte a second is no progress, a block is", () => {
  const dripping = progressAfter(begun, 1_060, 60_000);
  expect(isStalled(dripping, 60_001, 60_000)).toBe(true);
  const sending = progressAfter(dripping, 1_060 + megabyte, 60_000);
  expect(isStalled(sending, 120_000, 60_000)).toBe(false);
});

it("many drops are progress once they make a block", () => {
  const dropping = [8_000, 15_000, 17_400].reduce(
    (seen, bytes, at) => progressAfter(seen, bytes, at + 1),
    begun,
  );
  expect(dropping.atMs).toBe(3);
});

it("whoever was sent much may take long to store it", () => {
  const sent = progressAfter(begun, 1_000 * megabyte, 0);
  expect(isStalled(sent, 180_000, 60_000)).toBe(false);
  expect(isStalled(sent, 190_000, 60_000)).toBe(true);
});

it("a process that ends is no standstill, though its bytes are counted no more", () => {
  expect(progressAfter({ bytes: 5 * megabyte, atMs: 0, total: 5 * megabyte }, 0, 7)).toEqual({
    bytes: 0,
    atMs: 7,
    total: 5 * megabyte,
  });
});

const io = "rchar: 100\nwchar: 20\nsyscr: 7\n";
const stat = (user: number, system: number) =>
  `42 (a) b) R 1 42 42 0 -1 4194560 90 0 0 0 ${user} ${system} 0 0 20 0 1 0 5 1 1`;

it("computing is work as reading and writing are", () => {
  expect(workIn(stat(0, 0), io)).toBe(120);
  expect(workIn(stat(60, 4), io)).toBe(120 + 16 * 1024);
  expect(workIn(stat(1, 1), "")).toBeUndefined();
  expect(workIn("", io)).toBeUndefined();
});
