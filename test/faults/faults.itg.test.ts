import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publishFirst, runCase } from "./case.ts";
import type { Trouble } from "./fault.ts";
import { type FaultWorld, makeFaultWorld } from "./fault-world.ts";
import { type Kill, killTitle, runKillCase } from "./killing.ts";
import { expectedOf, titleOf } from "./matrix.ts";

let fault: FaultWorld;
beforeAll(async () => {
  fault = await makeFaultWorld();
  await publishFirst(fault);
});
afterAll(() => fault.end());

/** What each kind of answer does to the requests that decide most; `npm run test:faults` does it to all. */
const troubles: readonly Trouble[] = [
  { kind: "factory PUT manifest by tag", nth: 4, fault: "reply swallowed", forGood: false },
  { kind: "factory HEAD manifest by tag", nth: 1, fault: "wrong length", forGood: false },
  { kind: "factory GET manifest by digest", nth: 1, fault: "wrong bytes", forGood: false },
  { kind: "factory PUT manifest by tag", nth: 1, fault: "500", forGood: true },
];

describe("a build whose registry fails keeps every promise", () => {
  it.each(troubles.map((trouble) => [titleOf(trouble), trouble] as const))("%s", async (title, trouble) => {
    const result = await runCase(title, fault, expectedOf(trouble), () => {
      fault.proxy.begin(trouble);
      return fault.world.run("build", `IMAGE=${fault.image()}`);
    });
    expect(result.defects).toEqual([]);
    expect(result.met).toBeGreaterThan(0);
  });
});

const kills: readonly Kill[] = [
  { signal: "SIGKILL", victim: "factory", at: { request: 40 } },
  { signal: "SIGTERM", victim: "factory", at: { request: 40 } },
];

it("a build whose builder is killed builds once more, and tidies up", async () => {
  const result = await runKillCase({ signal: "SIGKILL", victim: "buildah build", nth: 1, ms: 20 }, fault);
  expect(result.defects).toEqual([]);
  expect(result.met).toBe(1);
  expect(result.status).toBe(0);
});

describe("a build that is ended midway is made good by the next", () => {
  it.each(kills.map((kill) => [killTitle(kill), kill] as const))("%s", async (_, kill) => {
    const result = await runKillCase(kill, fault);
    expect(result.defects).toEqual([]);
    expect(result.met).toBe(1);
    expect(result.status).toBe(kill.signal === "SIGKILL" ? null : 143);
  });
});
