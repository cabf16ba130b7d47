import { parse } from "yaml";
import { jobIn, podCount } from "./build-cases.ts";
import { type ClusterCase, type ClusterWorld, newestDigest, publications } from "./cluster-world.ts";
import { expect, expectStatus } from "./expect.ts";

async function stateOf(world: ClusterWorld, image: string): Promise<string> {
  const file = `/var/lib/image-factory-state/images/${image}.yaml`;
  return world.ask("exec", "deploy/image-factory-pod", "--", "cat", file);
}

async function recorded(world: ClusterWorld, image: string): Promise<string> {
  return (parse(await stateOf(world, image)) as { readonly currentDigest?: string }).currentDigest ?? "";
}

export const raceCases: readonly ClusterCase[] = [
  {
    point: 4,
    name: "a pod that is killed in mid-build: the next try converges",
    look: async (world) => {
      const building = world.team.start("trigger", "IMAGE=slow");
      await building.says(/RUN \["\/busybox"/);
      const pods = await world.ask("get", "pods", "-l", "image-factory/image=slow", "-o", "name");
      await world.ask("delete", pods.trim(), "--grace-period=0", "--force", "--wait=false");
      const ended = await building.ended;
      expectStatus(ended, 0);
      const found = await publications(world, "slow");
      expect(found.length === 1, `expected one publication, got ${found.join(" ")}`);
      const digest = await newestDigest(world, "slow");
      expect((await recorded(world, "slow")) === digest, "state names another digest than the registry");
      return `${found[0]}, ${await podCount(world, jobIn(ended.stderr))} pod of the second try`;
    },
  },
  {
    point: 4,
    name: "two Jobs for one image: one build",
    look: async (world) => {
      const both = await Promise.all([
        world.team.npm("trigger", "IMAGE=twin"),
        world.team.npm("trigger", "IMAGE=twin"),
      ]);
      for (const ended of both) expectStatus(ended, 0);
      const builds = both.filter(({ stdout }) => /RUN \["\/busybox"/.test(stdout)).length;
      expect(builds === 1, `expected one of two Jobs to build, got ${builds}`);
      const found = await publications(world, "twin");
      expect(found.length === 1, `expected one publication, got ${found.join(" ")}`);
      return found[0] ?? "";
    },
  },
  {
    point: 4,
    name: "two Jobs that write state at once: nothing is lost",
    look: async (world) => {
      const images = ["hello", "slow"];
      const epoch = Math.floor(Date.now() / 1_000);
      const both = await Promise.all(
        images.map((name) => world.team.npm("trigger", `IMAGE=${name}`, "FORCE=1", `EPOCH=${epoch}`)),
      );
      for (const ended of both) expectStatus(ended, 0);
      for (const name of images) {
        const state = await stateOf(world, name);
        expect(state.includes(`epoch: ${epoch}`), `state of ${name} does not know of its build: ${state}`);
        const digest = await newestDigest(world, name);
        expect(
          (await recorded(world, name)) === digest,
          `state of ${name} names another digest than its registry`,
        );
      }
      return images.join(" and ");
    },
  },
  {
    point: 4,
    name: "a pod that a drained node evicts in mid-build is no failed try",
    look: async (world) => {
      const building = world.team.start("trigger", "IMAGE=slow", "FORCE=1");
      await building.says(/RUN \["\/busybox"/);
      const node = await world.ask("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
      const selector = "--pod-selector=image-factory/image=slow";
      await world.ask("drain", node, selector, "--delete-emptydir-data", "--ignore-daemonsets");
      await world.ask("uncordon", node);
      const ended = await building.ended;
      expectStatus(ended, 0);
      const job = jobIn(ended.stderr);
      const failed = await world.ask("get", "job", job, "-o", "jsonpath={.status.failed}");
      expect(["", "0"].includes(failed), `expected no failed try, got ${failed}`);
      const digest = await newestDigest(world, "slow");
      expect((await recorded(world, "slow")) === digest, "state names another digest than the registry");
      return digest.slice(0, 19);
    },
  },
];
