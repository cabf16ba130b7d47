import { expect, test } from "vitest";
import { followJob } from "../../src/cluster/follow-job.ts";
import { statusOf } from "../../src/cluster/job-status.ts";
import { buildTemplates, type CronJob, jobFrom } from "../../src/cluster/jobs.ts";
import type { KubeObject } from "../../src/cluster/objects.ts";
import { standIn } from "./stand-in.ts";

const job = "build-hello-1";
const jobPath = `/apis/batch/v1/namespaces/factory/jobs/${job}`;
const podPath = (name: string) => `/api/v1/namespaces/factory/pods/${name}`;
const pod = (name: string, state: object, at = "2026-11-21T18:00:00Z") =>
  ({
    metadata: { name, creationTimestamp: at, labels: { "batch.kubernetes.io/job-name": job } },
    status: { containerStatuses: [{ name: "factory", state }] },
  }) as KubeObject;
const jobWith = (...types: readonly string[]) =>
  ({
    metadata: { name: job },
    status: { conditions: types.map((type) => ({ type, status: "True", reason: "PodFailurePolicy" })) },
  }) as KubeObject;

async function follow(api: ReturnType<typeof standIn>) {
  const printed: string[] = [];
  const notes: string[] = [];
  const end = await followJob(
    job,
    { api, namespace: "factory" },
    {
      print: (line) => printed.push(line),
      log: (event) => notes.push("text" in event ? event.text : event.kind),
      signal: new AbortController().signal,
      sleep: async () => undefined,
    },
  );
  return { end, printed, notes };
}

test("the log of each try is printed once, oldest first, and the last try's exit status is the Job's", async () => {
  const api = standIn();
  api.objects.set(jobPath, jobWith("Failed"));
  api.objects.set(podPath("b"), pod("b", { terminated: { exitCode: 77 } }, "2026-11-21T18:01:00Z"));
  api.objects.set(podPath("a"), pod("a", { terminated: { exitCode: 75 } }));
  api.logs.set("a", [["2026-11-21T18:00:01Z first try"]]);
  api.logs.set("b", [["2026-11-21T18:01:01Z second try"]]);
  const { end, printed } = await follow(api);
  expect(printed).toEqual(["first try", "second try"]);
  expect(statusOf(job, end)).toBe(77);
});

test("a log that went silent is read on from its last line, which is not printed twice", async () => {
  const api = standIn();
  api.objects.set(jobPath, jobWith());
  api.objects.set(podPath("a"), pod("a", { running: {} }));
  api.logs.set("a", [
    ["2026-11-21T18:00:01Z one", "2026-11-21T18:00:02Z two"],
    ["2026-11-21T18:00:02Z two", "2026-11-21T18:00:03Z three"],
  ]);
  let follows = 0;
  api.beforeEach = (what) => {
    if (!what.startsWith("FOLLOW")) return;
    follows += 1;
    if (follows < 2) return;
    api.objects.set(jobPath, jobWith("Complete"));
    api.objects.set(podPath("a"), pod("a", { terminated: { exitCode: 0 } }));
  };
  const { end, printed } = await follow(api);
  expect(printed).toEqual(["one", "two", "three"]);
  expect(api.asked.findLast(({ what }) => what.startsWith("FOLLOW"))?.query.get("sinceTime")).toBe(
    "2026-11-21T18:00:02Z",
  );
  expect(statusOf(job, end)).toBe(0);
});

test("what a pod waits for is said once, in Kubernetes' words", async () => {
  const api = standIn();
  api.objects.set(jobPath, jobWith());
  const waiting = { waiting: { reason: "ImagePullBackOff", message: "no such image" } };
  api.objects.set(podPath("a"), pod("a", waiting));
  let looks = 0;
  api.beforeEach = (what) => {
    if (what !== `GET ${jobPath}`) return;
    looks += 1;
    if (looks > 3) api.objects.set(jobPath, jobWith("Failed"));
  };
  const { end, notes } = await follow(api);
  expect(notes).toEqual(["a: ImagePullBackOff: no such image"]);
  expect(() => statusOf(job, end)).toThrow(/no pod is left/);
});

test("a Job that is gone has an unknown outcome", async () => {
  await expect(follow(standIn())).rejects.toMatchObject({ code: "outcome-unknown" });
});

test("a deadline, a kill for memory and a status of nobody's have errors of their own", () => {
  const failed = (reason: string, exitCode?: number, why?: string) => ({
    state: "failed" as const,
    reason,
    last: exitCode === undefined ? undefined : { exitCode, ...(why === undefined ? {} : { reason: why }) },
  });
  const codeOf = (end: Parameters<typeof statusOf>[1]) => {
    try {
      return statusOf(job, end);
    } catch (error) {
      return (error as { readonly code: string }).code;
    }
  };
  expect(codeOf(failed("DeadlineExceeded", 143))).toBe("timed-out");
  expect(codeOf(failed("BackoffLimitExceeded", 137, "OOMKilled"))).toBe("tool-failed");
  expect(codeOf(failed("BackoffLimitExceeded"))).toBe("outcome-unknown");
  expect(codeOf(failed("BackoffLimitExceeded", 75))).toBe(75);
});

const template = (name: string, args: readonly string[]): CronJob => ({
  metadata: { name, namespace: "factory", uid: "u", labels: { "image-factory/image": "hello" } },
  spec: {
    schedule: "0 0 31 2 *",
    suspend: true,
    jobTemplate: {
      metadata: { labels: { "job-name": "build-hello" } },
      spec: { template: { spec: { containers: [{ name: "factory", args }] } } },
    },
  },
});

test("a Job of a template has its words first and belongs to it", () => {
  const made = jobFrom(template("build-hello", ["build", "IMAGE=hello"]), ["FORCE=1"], "x1");
  expect(made).toMatchObject({
    kind: "Job",
    metadata: {
      name: "build-hello-x1",
      labels: { "job-name": "build-hello" },
      ownerReferences: [{ kind: "CronJob", name: "build-hello", uid: "u", controller: true }],
    },
    spec: { template: { spec: { containers: [{ args: ["build", "IMAGE=hello", "FORCE=1"] }] } } },
  });
});

test("a word that the template has already is not given twice", () => {
  const words = ["build", "IMAGE=hello", "PLATFORM=linux/arm64"];
  const made = jobFrom(template("build-hello--arm64", words), ["PLATFORM=linux/arm64", "FORCE=1"], "x1");
  expect(made).toMatchObject({
    spec: { template: { spec: { containers: [{ args: [...words, "FORCE=1"] }] } } },
  });
});

test("an image has the templates of its platforms, one of them where it is asked for, and an unknown image none", async () => {
  const api = standIn();
  for (const platform of ["amd64", "arm64"]) {
    const name = `build-hello--${platform}`;
    const args = ["build", "IMAGE=hello", `PLATFORM=linux/${platform}`];
    api.objects.set(`/apis/batch/v1/namespaces/factory/cronjobs/${name}`, template(name, args));
  }
  const cluster = { api, namespace: "factory" };
  const names = async (platform?: string) =>
    (await buildTemplates("hello", platform, cluster)).map(({ metadata }) => metadata.name);
  expect(await names()).toEqual(["build-hello--amd64", "build-hello--arm64"]);
  expect(await names("linux/arm64")).toEqual(["build-hello--arm64"]);
  await expect(buildTemplates("other", undefined, cluster)).rejects.toMatchObject({
    code: "settings-invalid",
    hint: expect.stringContaining("npm run deploy"),
  });
});
