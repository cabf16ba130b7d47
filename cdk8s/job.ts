import type { JobSpec, JobTemplateSpec, PodFailurePolicyRule } from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import type { Enrolment } from "../src/enrolment/enrolment.ts";
import { finalStatuses } from "../src/errors.ts";
import type { Platform } from "../src/platform.ts";
import { commonLabels } from "./manifest.ts";
import { commandPod, containerName, type FactoryPod } from "./pod.ts";

const daySeconds = 86_400;
/** Pulling the builder image, waiting for a node, locks and registries. */
const marginSeconds = 900;

const evictionsDoNotCount: PodFailurePolicyRule = {
  action: "Ignore",
  onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
};

/** What another try cannot cure ends the Job at once. The generated type asks for both kinds of a rule; the API for one. */
export const finalStatusesEndIt = {
  action: "FailJob",
  onExitCodes: { containerName, operator: "In", values: [...finalStatuses] },
} as unknown as PodFailurePolicyRule;

/**
 * A Job of one command. A failed try counts unless the node took the pod away; the exit status alone says whether
 * there is another.
 */
function jobSpec(settings: ClusterSettings, pod: FactoryPod, deadlineSeconds: number): JobSpec {
  return {
    backoffLimit: settings.retries,
    activeDeadlineSeconds: deadlineSeconds,
    ttlSecondsAfterFinished: settings.keepFinishedMs / 1_000,
    podFailurePolicy: { rules: [evictionsDoNotCount, finalStatusesEndIt] },
    template: commandPod(settings, pod),
  };
}

/** The same with the labels by which Jobs are found and queued. */
export function jobTemplate(
  settings: ClusterSettings,
  pod: FactoryPod,
  deadlineSeconds: number,
  labels: Readonly<Record<string, string>> = {},
): JobTemplateSpec {
  return {
    metadata: { labels: { ...commonLabels, ...labels, ...queueLabel(settings) } },
    spec: jobSpec(settings, pod, deadlineSeconds),
  };
}

/** @see https://kueue.sigs.k8s.io/docs/tasks/run/jobs/ */
function queueLabel({ kueueQueue }: ClusterSettings): Readonly<Record<string, string>> {
  return kueueQueue === undefined ? {} : { "kueue.x-k8s.io/queue-name": kueueQueue };
}

/**
 * The platforms of each Job of a build: one Job for every platform that has nodes of its own, and one for those that
 * have not. `undefined` is a Job for all platforms, which needs not be told any.
 */
export function platformGroups(
  { nodeSelectors }: ClusterSettings,
  platforms: readonly Platform[],
): readonly (Platform | undefined)[] {
  return platforms.some((platform) => nodeSelectors[platform] !== undefined) ? platforms : [undefined];
}

/** The `PLATFORM=` of a Job of one platform. */
export function platformWords(platform: Platform | undefined): readonly string[] {
  return platform === undefined ? [] : [`PLATFORM=${platform}`];
}

/**
 * Seconds after which a Job of this image has failed, tries and pauses between them together: its own time-outs one after
 * the other, and those of the slowest image, for an enrolled base may have to be built first.
 */
export function buildDeadline(
  { retries }: ClusterSettings,
  image: Enrolment,
  slowestSeconds: number,
): number {
  const oneTry = longestSeconds(image) + slowestSeconds + marginSeconds;
  return Math.min((retries + 1) * oneTry, 7 * daySeconds);
}

/** As `buildDeadline`, for a run over all images: it is over before a day is, and what it left the next one takes. */
export function rebuildDeadline(images: readonly Enrolment[]): number {
  const sum = images.reduce((seconds, image) => seconds + longestSeconds(image), marginSeconds);
  return Math.max(7_200, Math.min(sum, daySeconds));
}

/** As `buildDeadline`, for a scan of any one of the images. */
export function scanDeadline({ retries }: ClusterSettings, images: readonly Enrolment[]): number {
  const slowest = Math.max(
    0,
    ...images.map(({ platforms, timeouts }) => (platforms.length * timeouts.scanMs) / 1_000),
  );
  return Math.min((retries + 1) * (Math.ceil(slowest) + marginSeconds), 7 * daySeconds);
}

/** A build may take so long before the factory itself ends it. */
export function longestSeconds({ platforms, timeouts: { buildMs, scanMs } }: Enrolment): number {
  return Math.ceil((platforms.length * (buildMs + scanMs)) / 1_000);
}
