import { expect, test } from "vitest";
import { formatPending, type PendingCause } from "../../src/plan/pending-base.ts";
import { digest } from "./facts.ts";

const causes: readonly (readonly [PendingCause, string])[] = [
  [
    { kind: "delay", until: "2026-11-28T03:00:00.000Z" },
    "waits until 2026-11-28 03:00 UTC for base node:22 MOVED",
  ],
  [{ kind: "held", why: "breaks TLS" }, "base node:22 MOVED is held: breaks TLS"],
  [
    { kind: "held", why: "breaks TLS", until: "2026-12-01T00:00:00.000Z" },
    "base node:22 MOVED is held until 2026-12-01 00:00 UTC: breaks TLS",
  ],
  [{ kind: "pinned" }, "base node:22 MOVED is pinned by images.yaml"],
  [
    { kind: "scan", findings: ["CVE-2026-1 in openssl", "CVE-2026-2 in zlib"] },
    "base node:22 MOVED waits: its new digest has CVE-2026-1 in openssl, CVE-2026-2 in zlib",
  ],
  [
    { kind: "unusable", problem: "it has no linux/arm64" },
    "base node:22 MOVED stays as it was built on: it has no linux/arm64",
  ],
];

test.each(causes)("a base that is not taken says why: %j", (cause, text) => {
  const moved = `${digest("old").slice(7, 19)}→${digest("new").slice(7, 19)}`;
  expect(formatPending({ base: "node:22", used: digest("old"), newer: digest("new"), cause })).toBe(
    text.replace("MOVED", moved),
  );
});

test("a base that is gone is named alone", () => {
  const cause = { kind: "unusable", problem: "there is no image node:22" } as const;
  expect(formatPending({ base: "node:22", used: digest("old"), newer: undefined, cause })).toBe(
    "base node:22 stays as it was built on: there is no image node:22",
  );
});
