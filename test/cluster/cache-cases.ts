import type { ClusterCase } from "./cluster-world.ts";
import { expect, expectStatus } from "./expect.ts";
import { type GitWorld, gitImages } from "./worlds.ts";

interface Template {
  readonly spec: { readonly jobTemplate: { readonly spec: JobSpec } };
}

interface JobSpec {
  readonly template: { readonly spec: { readonly containers: readonly [object] } };
}

// buildah's own log lies in the pod, and goes with it.
const logFile = "/var/lib/image-factory/logs/layered/linux-amd64.log";
const buildAndShow = `npm run -s build IMAGE=layered && cat ${logFile}`;

/** Builds it by a Job as `build-layered` makes them, in a pod that has built nothing. */
async function buildLayered(world: GitWorld, last: string) {
  await world.team.writeImages(gitImages(last));
  expectStatus(await world.team.npm("deploy"), 0);
  const text = await world.ask("get", "cronjob", "build-layered", "-o", "json");
  const { spec } = (JSON.parse(text) as Template).spec.jobTemplate;
  const [container] = spec.template.spec.containers;
  const shown = { ...container, command: ["tini", "--", "sh", "-c", buildAndShow], args: [] };
  const name = `layered-${last}`;
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: world.namespace },
    spec: {
      ...spec,
      template: { ...spec.template, spec: { ...spec.template.spec, containers: [shown] } },
    },
  };
  const startedAt = performance.now();
  expectStatus(await world.apply(job), 0);
  const { status } = await world.kubectl("wait", "--for=condition=Complete", `job/${name}`, "--timeout=400s");
  const seconds = (performance.now() - startedAt) / 1_000;
  const log = await world.ask("logs", `job/${name}`);
  expect(status === 0, `${name} did not complete: ${log}`);
  const [, build = ""] = /build done in ([\d.]+) s/.exec(log) ?? [];
  return { log, seconds, build: Number(build) };
}

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

export const cacheCases: readonly ClusterCase<GitWorld>[] = [
  {
    point: 2,
    name: "a pod that has built nothing takes the layers of the pod before it from the registry",
    look: async (world) => {
      const cold = await buildLayered(world, "1");
      const left = count(cold.log, /Pushing cache/g);
      expect(!/Cache pulled from remote/.test(cold.log), `the first build found layers: ${cold.log}`);
      expect(left >= 4, `the first build left ${left} layers: ${cold.log}`);
      const cached = await buildLayered(world, "2");
      const found = count(cached.log, /Cache pulled from remote/g);
      expect(found >= 4, `expected layers from the registry, got ${cached.log}`);
      const ratio = (cold.build / cached.build).toFixed(1);
      return `${left} layers left, ${found} of them found: built in ${cold.build} s, then in ${cached.build} s, ${ratio} times as fast; the Jobs took ${cold.seconds.toFixed(0)} s and ${cached.seconds.toFixed(0)} s`;
    },
  },
];
