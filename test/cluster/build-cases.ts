import { parseRepository } from "../../src/registry/reference.ts";
import {
  architectures,
  type ClusterCase,
  type ClusterWorld,
  newestDigest,
  publications,
} from "./cluster-world.ts";
import { expect, expectStatus, until } from "./expect.ts";

/** A Job by the line in which trigger names it. */
export function jobIn(said: string): string {
  const [, name] = /Job (\S+)/.exec(said) ?? [];
  expect(name !== undefined, `no Job is named in ${said}`);
  return name;
}

export async function podCount(world: ClusterWorld, job: string): Promise<number> {
  const names = await world.ask("get", "pods", "-l", `batch.kubernetes.io/job-name=${job}`, "-o", "name");
  return names.trim() === "" ? 0 : names.trim().split("\n").length;
}

async function failureOf(world: ClusterWorld, job: string): Promise<string> {
  const path = '{.status.conditions[?(@.type=="Failed")].reason}';
  return (await world.ask("get", "job", job, "-o", `jsonpath=${path}`)).trim();
}

export const buildCases: readonly ClusterCase[] = [
  {
    point: 2,
    name: "a Job by hand builds hello for both platforms and publishes it",
    look: async (world) => {
      const built = await world.team.npm("trigger", "IMAGE=hello");
      expectStatus(built, 0);
      const digest = await newestDigest(world, "hello");
      const repository = parseRepository(`${world.registry}/hello`);
      const found = await architectures(world, "hello", digest);
      expect(found.join(" ") === "amd64 arm64", `expected two platforms, got ${found.join(" ")}`);
      // Where a registry has no referrers, receipts hang on a tag of the digest's name.
      const tags = (await world.client.listTags(repository)).filter((tag) => !tag.startsWith("sha256-"));
      // Kargo, where it is, moves the others.
      expect(
        tags.length === 1 || world.hasKargo,
        `expected the publication's own tag alone, got ${tags.join(" ")}`,
      );
      return `${digest.slice(0, 19)} as ${tags[0]}`;
    },
  },
  {
    point: 2,
    name: "the pod's root is no user of the node",
    look: async (world) => {
      const map = await world.ask("exec", "deploy/image-factory-pod", "--", "cat", "/proc/self/uid_map");
      expect(!/^\s*0\s+0\s/.test(map), `expected a user namespace, got ${map}`);
      return map.trim().replaceAll(/\s+/g, " ");
    },
  },
  {
    point: 2,
    name: "a policy failure fails the Job at once",
    look: async (world) => {
      const ended = await world.team.npm("trigger", "IMAGE=blocked");
      expectStatus(ended, 77);
      const job = jobIn(ended.stderr);
      expect((await failureOf(world, job)) === "PodFailurePolicy", `${job} failed for another reason`);
      expect((await podCount(world, job)) === 1, `${job} was tried again`);
      return "77, PodFailurePolicy, one pod";
    },
  },
  {
    point: 2,
    name: "an unreachable registry is tried again",
    look: async (world) => {
      const ended = await world.team.npm("trigger", "IMAGE=unreachable");
      expectStatus(ended, 75);
      const job = jobIn(ended.stderr);
      const tries = await podCount(world, job);
      expect(tries === 2, `expected two tries, got ${tries}`);
      return `75, ${await failureOf(world, job)}, ${tries} pods`;
    },
  },
  {
    point: 2,
    name: "a CronJob builds on its schedule",
    look: async (world) => {
      await until("rebuild-scheduled has succeeded", 300, async () => {
        const path = "jsonpath={.status.lastSuccessfulTime}";
        const at = await world.ask("get", "cronjob", "rebuild-scheduled", "-o", path);
        return at === "" ? undefined : at;
      });
      const patch = JSON.stringify({ spec: { suspend: true } });
      await world.ask("patch", "cronjob", "rebuild-scheduled", "-p", patch);
      const found = await publications(world, "scheduled");
      expect(found.length > 0, "nothing was published");
      return found.join(" ");
    },
  },
];
