import { toJson_JobTemplateSpec } from "cdk8s-plus-28/lib/imports/k8s.js";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../src/errors.ts";
import { architectureOf } from "../../src/platform.ts";
import type { FactoryProps } from "../factory-props.ts";
import {
  buildDeadline,
  jobTemplate,
  longestSeconds,
  platformGroups,
  platformWords,
  scanDeadline,
} from "../job.ts";
import { commonLabels, type Manifest } from "../manifest.ts";
import { jobLabel, kargoNames, scanTemplate } from "../names.ts";
import type { FactoryPod } from "../pod.ts";
import type { Flow, ImageFlow } from "./flow.ts";

/** What verifies the Stages: a build of each image that has such a Stage, and one scan for all. */
export function analysisTemplates(props: FactoryProps, flow: Flow): readonly Manifest[] {
  const { images } = props.enrolled;
  if (images.length === 0) return [];
  assertNoTemplates(props.settings);
  const slowest = Math.max(...images.map(longestSeconds));
  const built = flow.images.filter(({ requests }) => requests.length > 0);
  return [scanAnalysis(props), ...built.map((image) => buildAnalysis(props, image, slowest))];
}

/** One metric for all platforms, or one for each where one has nodes of its own; they run at the same time. */
function buildAnalysis(props: FactoryProps, { image, source, pinned }: ImageFlow, slowest: number): Manifest {
  const { settings, imagesFrom } = props;
  const { name } = image;
  const words = [
    "build",
    `IMAGE=${name}`,
    ...(pinned.length === 0 ? [] : ["PIN={{args.pins}}"]),
    ...(source.kind === "watched" ? ["REF={{args.ref}}"] : []),
  ];
  const args = [...(pinned.length === 0 ? [] : ["pins"]), ...(source.kind === "watched" ? ["ref"] : [])];
  return analysisTemplate(
    props,
    kargoNames.build(name),
    // Given empty by a Stage it counts as not given at all.
    args.map((arg) => ({ name: arg, value: "" })),
    platformGroups(settings, image.platforms).map((platform) => {
      const pod: FactoryPod = {
        component: "build",
        image: name,
        words: [...words, ...platformWords(platform)],
        priority: "image-factory-manual",
        builds: true,
        imagesFrom,
        ...(platform === undefined ? {} : { platform }),
      };
      return {
        name: platform === undefined ? "build" : `build-${architectureOf(platform)}`,
        job: job(props, pod, image, buildDeadline(settings, image, slowest)),
      };
    }),
    name,
  );
}

function job(props: FactoryProps, pod: FactoryPod, { name }: Pick<Enrolment, "name">, deadline: number) {
  const labels = { "job-name": jobLabel(name), "image-factory/image": name };
  return toJson_JobTemplateSpec(jobTemplate(props.settings, pod, deadline, labels));
}

function scanAnalysis(props: FactoryProps): Manifest {
  const { settings, enrolled, imagesFrom } = props;
  const pod: FactoryPod = {
    component: "scan",
    image: "{{args.image}}",
    words: ["scan", "IMAGE={{args.image}}", "DIGEST={{args.digest}}"],
    priority: "image-factory-manual",
    builds: false,
    imagesFrom,
  };
  const labels = { "image-factory/image": "{{args.image}}" };
  return analysisTemplate(
    props,
    scanTemplate,
    [{ name: "image" }, { name: "digest" }],
    [
      {
        name: "scan",
        job: toJson_JobTemplateSpec(
          jobTemplate(settings, pod, scanDeadline(settings, enrolled.images), labels),
        ),
      },
    ],
  );
}

interface Metric {
  /** At most 24 characters: it stands in the name of the Job. */
  readonly name: string;
  readonly job: object | undefined;
}

function analysisTemplate(
  { settings: { namespace } }: FactoryProps,
  name: string,
  args: readonly object[],
  metrics: readonly Metric[],
  image?: string,
): Manifest {
  const labels = { ...commonLabels, ...(image === undefined ? {} : { "image-factory/image": image }) };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisTemplate",
    metadata: { name, namespace, labels },
    spec: {
      args,
      metrics: metrics.map(({ name: metric, job }) => ({
        name: metric,
        count: 1,
        failureLimit: 0,
        // Of a Job that could not be created or that somebody removed: one more.
        consecutiveErrorLimit: 1,
        provider: { job },
      })),
    },
  };
}

/**
 * Argo Rollouts takes every `{{` of an AnalysisTemplate for one of its own, and has no way to write a plain one.
 * @throws FactoryError "settings-invalid" naming the settings that hold one.
 */
function assertNoTemplates(settings: object): void {
  const problems = textsIn(settings, "").flatMap(([path, text]) =>
    text.includes("{{") ? [`${path}: expected no {{, got ${JSON.stringify(text)}`] : [],
  );
  if (problems.length === 0) return;
  throw new FactoryError("settings-invalid", "Argo Rollouts would read a setting as a template of its own", {
    problems,
    hint: "Change it in cluster.yaml or factory.yaml, or set kargo: {enabled: false}.",
  });
}

function textsIn(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (typeof value === "string") return [[path, value]];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [path === "" ? key : `${path}.${key}`, key] as const,
    ...textsIn(inner, path === "" ? key : `${path}.${key}`),
  ]);
}
