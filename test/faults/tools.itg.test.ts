import { afterAll, beforeAll, expect, it } from "vitest";
import { publishFirst } from "./case.ts";
import { misdeeds } from "./misdeeds.ts";
import { makeToolsWorld, type ToolsWorld } from "./tools-world.ts";

let tools: ToolsWorld;
beforeAll(async () => {
  tools = await makeToolsWorld();
  await publishFirst(tools.fault);
});
afterAll(() => tools.fault.end());

/** One that buildah was seen to do; `npm run test:faults PART=tools` has the others. */
const known = misdeeds.filter(({ title }) => title === "buildah push: 0, and nothing done");

it.each(known.map((misdeed) => [misdeed.title, misdeed] as const))(
  "a build keeps every promise though a tool lies: %s",
  async (_, misdeed) => {
    const { met, defects } = await tools.run(misdeed);
    expect(defects).toEqual([]);
    expect(met).toBeGreaterThan(0);
  },
);
