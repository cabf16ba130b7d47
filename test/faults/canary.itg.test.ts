import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstCases } from "./canary-cases.ts";
import { canariesBelow, canariesIn } from "./canary-search.ts";
import { type CanaryWorld, makeCanaryWorld } from "./canary-world.ts";

let canary: CanaryWorld;
beforeAll(async () => {
  canary = await makeCanaryWorld();
});
afterAll(() => canary.end());

/** `npm run test:faults PART=canary` has builds fail in more ways, and runs other commands. */
describe("no secret is found where it is not meant to be, after", () => {
  it.each(firstCases.map((one) => [one.title, one] as const))("%s", async (_, { run }) => {
    expect(await run(canary)).toEqual([]);
  });
});

it("the search finds a secret as it is, in base64, packed, and in the name of a file", async () => {
  const canaries = { one: "0123456789abcdef" };
  const basic = Buffer.from("user:0123456789abcdef").toString("base64");
  for (const text of ["x 0123456789abcdef y", basic])
    expect(canariesIn(Buffer.from(text), canaries)).toEqual(["one"]);
  await canary.world.write("planted/0123456789abcdef", "");
  await canary.world.write("planted/packed.gz", gzipSync("in 0123456789abcdef"));
  expect(await canariesBelow(`${canary.world.dir}/planted`, canaries, [])).toHaveLength(2);
});
