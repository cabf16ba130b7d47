import { parse } from "yaml";
import { type ClusterCase, newestDigest, publications } from "./cluster-world.ts";
import { expect, expectStatus } from "./expect.ts";
import type { GitWorld } from "./worlds.ts";

interface Recorded {
  readonly currentDigest?: string;
  readonly factory?: { readonly epoch?: number };
}

async function recorded({ server }: GitWorld, image: string): Promise<Recorded> {
  return parse(await server.git("show", `main:images/${image}.yaml`)) as Recorded;
}

/** What the commits since one say, oldest first. */
async function commitsSince({ server }: GitWorld, since?: string): Promise<readonly string[]> {
  const range = since === undefined ? ["main"] : [`${since}..main`];
  const text = await server.git("log", "--reverse", "--format=%B", ...range);
  // One line for each change; above several stands how many they are.
  return text.split("\n").filter((line) => line.includes(": "));
}

const tip = async ({ server }: GitWorld) => (await server.git("rev-parse", "main")).trim();

/** The state that the repository has is that of what the registry has. */
async function expectWhole(world: GitWorld, image: string): Promise<string> {
  const digest = await newestDigest(world, image);
  const { currentDigest } = await recorded(world, image);
  expect(currentDigest === digest, `state of ${image} names ${currentDigest}, its registry ${digest}`);
  return digest;
}

export const stateCases: readonly ClusterCase<GitWorld>[] = [
  {
    point: 4,
    name: "state lies in a git repository that pods reach by TLS with an authority of the team's own",
    look: async (world) => {
      expectStatus(await world.team.npm("trigger", "IMAGE=one"), 0);
      const digest = await expectWhole(world, "one");
      const said = await commitsSince(world);
      const short = digest.slice(0, 19);
      for (const line of [`one: is about to publish ${short}`, `one: published ${short}`])
        expect(
          said.some((each) => each.startsWith(line)),
          `expected a commit ${line}, got ${said.join("; ")}`,
        );
      return said.join("; ");
    },
  },
  {
    point: 4,
    name: "two Jobs that commit state at once: nothing is lost",
    look: async (world) => {
      const images = ["one", "two"];
      const epoch = Math.floor(Date.now() / 1_000);
      const since = await tip(world);
      const both = await Promise.all(
        images.map((name) => world.team.npm("trigger", `IMAGE=${name}`, "FORCE=1", `EPOCH=${epoch}`)),
      );
      for (const ended of both) expectStatus(ended, 0);
      for (const name of images) {
        await expectWhole(world, name);
        const { factory } = await recorded(world, name);
        expect(factory?.epoch === epoch, `state of ${name} does not know of its build`);
      }
      return (await commitsSince(world, since)).join("; ");
    },
  },
  {
    point: 4,
    name: "a pod that is killed between commit and push: the next try converges",
    look: async (world) => {
      const since = await tip(world);
      const push = await world.server.hold("three: published");
      const building = world.team.start("trigger", "IMAGE=three");
      await push.come();
      const moved = await publications(world, "three");
      const pods = await world.ask(
        ...["get", "pods", "-l", "image-factory/image=three", "--field-selector=status.phase=Running"],
        ...["-o", "name"],
      );
      await world.ask("delete", pods.trim(), "--grace-period=0", "--force", "--wait=false");
      await push.left();
      await push.release();
      expectStatus(await building.ended, 0);
      const digest = await expectWhole(world, "three");
      const after = await publications(world, "three");
      expect(moved.length === 1, `killed when ${moved.join(" ")} had been published`);
      const said = await commitsSince(world, since);
      return `killed after ${moved.join(" ")}, then ${after.join(" ")} of ${digest.slice(0, 19)}: ${said.join("; ")}`;
    },
  },
];
