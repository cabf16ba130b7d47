import { expect, test } from "vitest";
import { viewCluster } from "../../src/cluster/view.ts";
import { clusterLines } from "../../src/command/cluster-rows.ts";
import { standIn } from "../cluster/stand-in.ts";

const batch = "/apis/batch/v1/namespaces/factory";
const labels = { "image-factory/image": "hello" };

test("Jobs that run stand before those that ended, newest first, and templates are only counted", async () => {
  const api = standIn();
  const job = (name: string, creationTimestamp: string, status: object) =>
    api.objects.set(`${batch}/jobs/${name}`, {
      metadata: { name, creationTimestamp, labels },
      status,
    } as never);
  job("old", "2026-11-21T01:00:00Z", {
    startTime: "2026-11-21T01:00:00Z",
    completionTime: "2026-11-21T01:02:00Z",
    conditions: [{ type: "Complete", status: "True" }],
  });
  job("bad", "2026-11-21T02:00:00Z", {
    startTime: "2026-11-21T02:00:00Z",
    failed: 1,
    conditions: [
      {
        type: "Failed",
        status: "True",
        reason: "PodFailurePolicy",
        lastTransitionTime: "2026-11-21T02:01:00Z",
      },
    ],
  });
  job("now", "2026-11-21T03:00:00Z", { startTime: "2026-11-21T03:00:00Z", active: 1 });
  const cronJob = (name: string, schedule: string, suspend: boolean) =>
    api.objects.set(`${batch}/cronjobs/${name}`, {
      metadata: { name, labels },
      spec: { schedule, suspend, timeZone: "Etc/UTC" },
    } as never);
  cronJob("build-hello", "0 0 31 2 *", true);
  cronJob("rebuild-hello", "7 3 * * *", false);
  const view = await viewCluster("hello", { api, namespace: "factory" });
  expect(clusterLines(view)).toEqual([
    "running:",
    "  now  hello  running  began 2026-11-21 03:00 UTC",
    "ended:",
    "  bad  hello  failed    began 2026-11-21 02:00 UTC  ended 2026-11-21 02:01 UTC  1 failed  PodFailurePolicy",
    "  old  hello  complete  began 2026-11-21 01:00 UTC  ended 2026-11-21 01:02 UTC",
    "schedules:",
    "  rebuild-hello  7 3 * * * Etc/UTC    last began never  last succeeded never",
    "templates: 1, for npm run trigger",
    "stages: the cluster has no Kargo",
  ]);
});
