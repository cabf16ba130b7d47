import { afterAll, beforeAll, expect, it } from "vitest";
import { makeRaceWorld, type RaceWorld } from "./race-world.ts";
import { crowd, meetings } from "./races.ts";

let race: RaceWorld;
beforeAll(async () => {
  race = await makeRaceWorld();
});
afterAll(() => race.end());

/** `npm run test:faults PART=races` has 50 processes meet 20 times, and meetings that need a Trivy of today. */
const races = [crowd(6, "one place"), ...meetings.slice(0, 1)];

it.each(races.map((one) => [one.title, one] as const))("%s", async (_, { run }) => {
  expect(await run(race)).toEqual([]);
});
