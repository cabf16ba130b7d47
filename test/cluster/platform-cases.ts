import { type ClusterCase, type ClusterWorld, expect, expectStatus, publications } from "./cluster-world.ts";

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
      const before = await publications(world, "hello");
      const ended = await world.team.npm("trigger", "IMAGE=hello", "FORCE=1");
      expectStatus(ended, 0);
      const jobs = [...ended.stderr.matchAll(/Job (build-hello--\S+)/g)].map(([, job = ""]) => job);
      expect(jobs.length === 2, `expected two Jobs, got ${jobs.join(" ")}`);
      const added = (await publications(world, "hello")).filter((tag) => !before.includes(tag));
      expect(added.length <= 1, `expected one publication, got ${added.join(" ")}`);
      expect(/hello@sha256:[0-9a-f]{64}/.test(ended.stdout), ended.stdout);
      return `${jobs.join(" and ")}: ${added[0] ?? "the same digest"}`;
    },
  },
];
