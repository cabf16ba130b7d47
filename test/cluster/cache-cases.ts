import type { ClusterCase } from "./cluster-world.ts";
import { expect, expectStatus } from "./expect.ts";
import { type GitWorld, gitImages } from "./worlds.ts";

async function buildLayered(world: GitWorld, last: string) {
  await world.team.writeImages(gitImages(last));
  expectStatus(await world.team.npm("deploy"), 0);
  const startedAt = performance.now();
  const ended = await world.team.npm("trigger", "IMAGE=layered");
  expectStatus(ended, 0);
  return { log: `${ended.stdout}\n${ended.stderr}`, seconds: (performance.now() - startedAt) / 1_000 };
}

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

export const cacheCases: readonly ClusterCase<GitWorld>[] = [
  {
    point: 2,
    name: "a pod that has built nothing takes the layers of the pod before it from the registry",
    look: async (world) => {
      const cold = await buildLayered(world, "1");
      expect(!/Cache pulled from remote/.test(cold.log), `the first build found layers: ${cold.log}`);
      expect(/Pushing cache/.test(cold.log), `the first build left no layers: ${cold.log}`);
      const cached = await buildLayered(world, "2");
      const hits = count(cached.log, /Cache pulled from remote/g);
      expect(hits >= 4, `expected layers from the registry, got ${cached.log}`);
      const ratio = cold.seconds / cached.seconds;
      return `${cold.seconds.toFixed(1)} s, then ${cached.seconds.toFixed(1)} s with ${hits} layers: ${ratio.toFixed(1)} times as fast, with scan`;
    },
  },
];
