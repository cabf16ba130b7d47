import { describe, expect, it } from "vitest";
import { platforms } from "../../src/platform.ts";
import { cronJobOf, cronJobsOf, objectsOf, podsOf } from "./objects.ts";
import { manyImages, propsOf, richProps, sampleProps } from "./samples.ts";

const rich = await richProps();
const sample = await sampleProps();

/** kubernetes-models' class of a kind, whose check was made from the OpenAPI of Kubernetes. */
async function problemOf(object: { readonly apiVersion: string; readonly kind: string }) {
  const module = await import(/* @vite-ignore */ `kubernetes-models/${object.apiVersion}/${object.kind}`);
  const Model = module[object.kind] as new (data: unknown) => { validate: () => void };
  try {
    new Model(object).validate();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("every object", () => {
  it.each([
    ["sample", sample],
    ["rich", rich],
  ])("of the %s enrolment is one by the OpenAPI of Kubernetes", async (_name, props) => {
    // Those of Kargo and Argo Rollouts are held to their own schemas, by kargo-schemas.test.ts.
    const known = objectsOf(props).filter(({ apiVersion }) => !/^(?:kargo|argoproj)/.test(apiVersion));
    for (const object of known)
      expect(await problemOf(object), `${object.kind} ${object.metadata.name}`).toBeUndefined();
  });

  it("would be refused with a value of another type", async () => {
    const [job] = objectsOf(rich).filter(({ kind }) => kind === "CronJob");
    const spec = { ...(job?.["spec"] as object), suspend: "no" };
    expect(await problemOf({ apiVersion: "batch/v1", kind: "CronJob", ...job, spec } as never)).toContain(
      "suspend",
    );
  });

  it("has a name of its own within its kind and namespace", () => {
    for (const props of [sample, rich]) {
      const layered = objectsOf(props).filter(({ metadata }) => !metadata.name.endsWith("-nodes"));
      const names = layered.map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`);
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    }
  });

  it("holds no secret and no script that a value is spliced into", () => {
    for (const { spec } of podsOf(rich)) {
      for (const { args = [], env = [] } of spec.containers) {
        expect(args.every((word) => /^(?:[a-z-]+|[A-Z]+=[A-Za-z0-9./_-]+)$/.test(word))).toBe(true);
        for (const { name, value } of env)
          if (/TOKEN|PASSWORD|SECRET/.test(name) && !name.endsWith("_VARIABLE"))
            expect(value).toBeUndefined();
      }
    }
    expect(JSON.stringify(objectsOf(rich))).not.toMatch(/\{\{/);
  });
});

describe("an image", () => {
  it("has a suspended template from which a Job by hand is found by its label", () => {
    const template = cronJobOf(sample, "build-hello");
    expect(template).toMatchObject({ suspend: true, concurrencyPolicy: "Forbid" });
    expect(template.jobTemplate.metadata.labels).toMatchObject({ "job-name": "build-hello" });
    const [container] = template.jobTemplate.spec.template.spec.containers;
    expect(container?.args).toEqual(["build", "IMAGE=hello"]);
    expect(container?.resources?.limits).not.toHaveProperty("cpu");
  });

  it("has one of each platform where one has nodes of its own, found by the same label", () => {
    const names = [...cronJobsOf(rich).keys()].filter((name) => name.startsWith("build-api"));
    expect(names).toEqual(["build-api--amd64", "build-api--arm64"]);
    const [amd64, arm64] = names.map((name) => cronJobOf(rich, name).jobTemplate);
    expect(amd64?.spec.template.spec.containers[0]?.args).toContain("PLATFORM=linux/amd64");
    expect(arm64?.spec.template.spec.containers[0]?.args).toContain("PLATFORM=linux/arm64");
    expect(amd64?.spec.template.spec.nodeSelector).toBeUndefined();
    expect(arm64?.spec.template.spec.nodeSelector).toEqual({ "kubernetes.io/arch": "arm64" });
    for (const template of [amd64, arm64])
      expect(template?.metadata.labels).toMatchObject({ "job-name": "build-api" });
  });

  it("has a schedule of its own where images.yaml gives it one and it may be rebuilt by itself", () => {
    const names = [...cronJobsOf(rich).keys()];
    expect(names.some((name) => name.startsWith("rebuild-api"))).toBe(true);
    expect(names.some((name) => name.startsWith("rebuild-amd64-only"))).toBe(false);
    expect(cronJobOf(rich, "rebuild-base--amd64")).toMatchObject({ timeZone: "Europe/Berlin" });
    expect(cronJobOf(rich, "rebuild-api--amd64")).toMatchObject({ schedule: "15 4 * * *", timeZone: "UTC" });
  });

  it("begins at a minute of the hour that follows from its name, where its schedule says minute 0", async () => {
    const minutes = new Map<string, number>();
    for (const [name, { spec }] of cronJobsOf(await propsOf(manyImages(600)))) {
      if (!name.startsWith("rebuild-")) continue;
      const [minute = "", ...rest] = spec.schedule.split(" ");
      expect(rest.join(" ")).toBe("3 * * *");
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
    }
    expect(minutes.size).toBeGreaterThan(30);
    expect(Math.max(...minutes.values())).toBeLessThan(8);
  });
});

describe("a Job", () => {
  it("ends at once by each exit status that another try cannot cure, and by no other", () => {
    const { podFailurePolicy } = cronJobOf(sample, "build-hello").jobTemplate.spec;
    const [ignore, fail] = podFailurePolicy.rules;
    expect(ignore).toMatchObject({ action: "Ignore" });
    expect(fail).toMatchObject({
      action: "FailJob",
      onExitCodes: { containerName: "factory", values: [64, 65, 69, 70, 77, 78] },
    });
  });

  it("has time for every try of the slowest image and its own", () => {
    const { spec } = cronJobOf(rich, "build-api--amd64").jobTemplate;
    const ownSeconds = 2 * (7_200 + 1_800);
    expect(spec.backoffLimit).toBe(1);
    expect(spec.activeDeadlineSeconds).toBeGreaterThan(2 * 2 * ownSeconds);
    expect(spec.ttlSecondsAfterFinished).toBe(2 * 86_400);
  });

  it("is queued by Kueue where a queue is named", () => {
    const labels = (props: typeof rich) =>
      JSON.stringify(objectsOf(props)).split("kueue.x-k8s.io/queue-name").length;
    expect(labels(rich)).toBeGreaterThan(20);
    expect(labels(sample)).toBe(1);
  });
});

describe("the whole", () => {
  it("has a template, two Warehouses, three Stages and an analysis for each of 5,000 images, a schedule for each that has one, and nothing else that grows", async () => {
    const few = objectsOf(await propsOf(manyImages(1_000)));
    const many = objectsOf(await propsOf(manyImages(5_000)));
    expect(many.length - few.length).toBe(7 * 4_000 + 400);
    const bytes = (objects: typeof few) => JSON.stringify(objects).length;
    expect(bytes(many) / bytes(few)).toBeLessThan(5.1);
  });

  it("schedules rebuild, scan, gc and fsck in the zone of cluster.yaml, each once or once for each kind of node", () => {
    const names = [...cronJobsOf(rich).keys()].filter((name) => !/-[^-]/.test(name.replace("--", "")));
    expect(names).toEqual(["rebuild--amd64", "rebuild--arm64", "scan", "gc", "fsck"]);
    for (const name of names) expect(cronJobOf(rich, name)).toMatchObject({ timeZone: "Europe/Berlin" });
    expect(cronJobOf(rich, "rebuild--amd64").schedule).toBe("*/30 * * * *");
    expect(platforms.length).toBe(2);
  });
});
