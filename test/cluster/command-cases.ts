import { jobIn } from "./build-cases.ts";
import type { ClusterCase } from "./cluster-world.ts";
import { expect, expectStatus } from "./expect.ts";

export const commandCases: readonly ClusterCase[] = [
  {
    point: 5,
    name: "trigger that is told to stop leaves the Job, and logs follows it to its end",
    look: async (world) => {
      const started = world.team.start("trigger", "IMAGE=slow", "FORCE=1");
      await started.says(/Job build-slow-/);
      started.kill("SIGTERM");
      const left = await started.ended;
      expectStatus(left, 143);
      const job = jobIn(left.stderr);
      expect(left.stderr.includes(`goes on in ${job}`), left.stderr);
      const followed = await world.team.npm("logs", "IMAGE=slow");
      expectStatus(followed, 0);
      expect(followed.stderr.includes(`${job}: complete`), followed.stderr);
      expect(/slow@sha256:[0-9a-f]{64}/.test(followed.stdout), followed.stdout);
      return `${followed.stdout.trim().split("\n").length} lines of ${job}`;
    },
  },
  {
    point: 5,
    name: "status -- --cluster names Jobs, schedules and Stages",
    look: async (world) => {
      const { status, stdout, stderr } = await world.team.npm("status", "--cluster");
      expectStatus({ status, stdout, stderr }, 0);
      for (const name of ["build-hello-", "rebuild-scheduled", "hello-stable", "PodFailurePolicy"])
        expect(stdout.includes(name), `expected ${name} in ${stdout}`);
      return `${stdout.trim().split("\n").length} lines`;
    },
  },
  {
    point: 5,
    name: "build by hand in the toolbox finds hello up to date",
    look: async (world) => {
      const words = ["exec", "deploy/image-factory-pod", "--", "npm", "run", "-s", "build", "IMAGE=hello"];
      const ended = await world.kubectl(...words);
      expectStatus(ended, 0);
      return ended.stdout.trim().split("\n").at(-1) ?? "";
    },
  },
  {
    point: 5,
    name: "an image that is enrolled no more is named with the line that removes it",
    look: async (world) => {
      const removal = await world.ask("get", "cronjob", "build-blocked", "-o", "json");
      const old = JSON.parse(removal) as { metadata: { name: string; labels: object }; spec: object };
      const { labels } = old.metadata;
      const metadata = { name: "build-of-yesterday", namespace: world.namespace, labels };
      expectStatus(
        await world.apply({ apiVersion: "batch/v1", kind: "CronJob", metadata, spec: old.spec }),
        0,
      );
      const ended = await world.team.npm("deploy", "--dry-run");
      expectStatus(ended, 0);
      const line = `kubectl delete --namespace ${world.namespace} cronjob/build-of-yesterday`;
      expect(ended.stdout.includes(line), ended.stdout);
      await world.ask("delete", "cronjob", "build-of-yesterday");
      return line;
    },
  },
];
