import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";
import { defectsOf, digestUnder, watch } from "./checker.ts";
import { pushBase } from "./push-base.ts";

const platforms = ["linux/amd64", "linux/arm64"];
let registry: RealRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());

async function pushed(repository: string): Promise<string> {
  await pushBase(registry.address, repository, "1", platforms, "as it should be\n");
  const digest = await digestUnder(registry.address, repository, "1");
  if (digest === undefined) throw new Error("nothing was pushed");
  return digest;
}

it("finds nothing wrong with an image that is whole", async () => {
  const digest = await pushed("whole");
  expect(
    await defectsOf(registry.address, "whole", digest, { platforms, marker: "as it should be" }),
  ).toEqual([]);
});

it("misses a platform, and what was to be built", async () => {
  const digest = await pushed("other");
  const wanted = { platforms: [...platforms, "linux/s390x"], marker: "something else" };
  expect(await defectsOf(registry.address, "other", digest, wanted)).toEqual([
    "linux/s390x is missing",
    "linux/amd64: has not what was to be built",
    "linux/arm64: has not what was to be built",
  ]);
});

it("misses a blob that the registry has lost", async () => {
  const digest = await pushed("lossy");
  await rm(join(registry.dir, "data/docker/registry/v2/repositories/lossy/_layers"), { recursive: true });
  const defects = await defectsOf(registry.address, "lossy", digest, { platforms });
  expect(defects.filter((defect) => /^linux\/arm64: blob sha256:\w+: 404$/.test(defect))).toHaveLength(2);
});

it("a reader tells each digest that the tag had", async () => {
  const digest = await pushed("moving");
  const reader = watch(registry.address, "moving", "1", { digest, platforms });
  await reader.looked();
  await pushBase(registry.address, "moving", "1", platforms, "another\n");
  const moved = await digestUnder(registry.address, "moving", "1");
  const { tagDigests, defects } = await reader.end();
  expect([...tagDigests]).toEqual([digest, moved]);
  expect(defects).toEqual([]);
});
