import {
  architectures,
  type ClusterCase,
  type ClusterWorld,
  newestDigest,
  publications,
} from "./cluster-world.ts";
import { expect, expectStatus } from "./expect.ts";

/** Removes what deploy says that no manifest has any more, by the line that it prints for that. */
async function removeLeftovers(world: ClusterWorld, said: string): Promise<void> {
  const [, words = ""] = /remove it: kubectl (.+)/.exec(said) ?? [];
  expect(words !== "", `expected a line that removes templates, got ${said}`);
  await world.ask(...words.split(" "));
}

export const platformCases: readonly ClusterCase[] = [
  {
    point: 4,
    name: "a Job for each platform that has nodes of its own: one index",
    look: async (world) => {
      const anyNode = { "kubernetes.io/os": "linux" };
      await world.team.writeCluster({ nodeSelectors: { "linux/amd64": anyNode, "linux/arm64": anyNode } });
      const deployed = await world.team.npm("deploy");
      expectStatus(deployed, 0);
      await removeLeftovers(world, deployed.stdout);
      const ended = await world.team.npm("trigger", "IMAGE=pair");
      expectStatus(ended, 0);
      const jobs = [...ended.stderr.matchAll(/Job (build-pair--\S+)/g)].map(([, job = ""]) => job);
      expect(jobs.length === 2, `expected two Jobs, got ${jobs.join(" ")}`);
      const published = await publications(world, "pair");
      expect(published.length === 1, `expected one publication, got ${published.join(" ")}`);
      const found = await architectures(world, "pair", await newestDigest(world, "pair"));
      expect(found.join(" ") === "amd64 arm64", `expected two platforms, got ${found.join(" ")}`);
      return `${jobs.join(" and ")}: ${published[0]}`;
    },
  },
];
