import { createHash } from "node:crypto";
import { KubeConfigMap, KubeDeployment } from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ScheduledCommand } from "../src/cluster/cluster-settings.ts";
import type { Enrolment } from "../src/enrolment/enrolment.ts";
import { platforms } from "../src/platform.ts";
import type { FactoryProps } from "./factory-props.ts";
import {
  buildDeadline,
  jobTemplate,
  longestSeconds,
  platformGroups,
  platformWords,
  rebuildDeadline,
} from "./job.ts";
import { commonLabels, type Layer, type Manifest, podLabels } from "./manifest.ts";
import { buildName, imagesConfigMap, jobLabel, rebuildName, toolboxName } from "./names.ts";
import { toolboxPod } from "./pod.ts";
import { buildsReadme } from "./readmes.ts";
import { cronJob, spread } from "./schedule.ts";
import { imagesFileName } from "./volumes.ts";

/** Jobs and schedules, which need no custom resources. */
export function buildsLayer(props: FactoryProps): Layer {
  const { images } = props.enrolled;
  const slowest = Math.max(0, ...images.map(longestSeconds));
  return {
    folder: "20-builds",
    readme: buildsReadme(props),
    manifests: [
      ...imagesFile(props),
      toolbox(props),
      ...scheduledCommands(props),
      ...images.flatMap((image) => [
        ...buildTemplates(props, image, slowest),
        ...ownSchedules(props, image, slowest),
      ]),
    ],
  };
}

function imagesFile({ settings: { namespace }, imagesFrom, imagesText }: FactoryProps): readonly Manifest[] {
  if (imagesFrom === "state") return [];
  return [
    KubeConfigMap.manifest({
      metadata: { name: imagesConfigMap, namespace, labels: commonLabels },
      data: { [imagesFileName]: imagesText },
    }),
  ];
}

/** `build-<image>`: `kubectl create job build-x --from=cronjob/build-x`. */
function buildTemplates(props: FactoryProps, image: Enrolment, slowest: number): readonly Manifest[] {
  const { settings } = props;
  const { name } = image;
  return platformGroups(settings, image.platforms).map((platform) => {
    const pod = {
      component: "build",
      image: name,
      words: ["build", `IMAGE=${name}`, ...platformWords(platform)],
      priority: "image-factory-manual",
      builds: true,
      imagesFrom: props.imagesFrom,
    } as const;
    const labels = { "job-name": jobLabel(name), "image-factory/image": name };
    return cronJob({
      name: buildName(name, platform),
      namespace: settings.namespace,
      labels: { "image-factory/image": name },
      at: "by hand",
      jobTemplate: jobTemplate(
        settings,
        platform === undefined ? pod : { ...pod, platform },
        buildDeadline(settings, image, slowest),
        labels,
      ),
    });
  });
}

/** `rebuild-<image>`, where the image has a schedule and may be rebuilt by itself. */
function ownSchedules(props: FactoryProps, image: Enrolment, slowest: number): readonly Manifest[] {
  const { settings } = props;
  const { name, schedule } = image;
  if (schedule === undefined || !image.autoRebuild) return [];
  return platformGroups(settings, image.platforms).map((platform) => {
    const pod = {
      component: "rebuild",
      image: name,
      words: ["rebuild", `IMAGE=${name}`, ...platformWords(platform)],
      priority: "image-factory-scheduled",
      builds: true,
      imagesFrom: props.imagesFrom,
    } as const;
    return cronJob({
      name: rebuildName(name, platform),
      namespace: settings.namespace,
      labels: { "image-factory/image": name },
      at: { cron: spread(schedule.cron, name), timeZone: schedule.timeZone },
      jobTemplate: jobTemplate(
        settings,
        platform === undefined ? pod : { ...pod, platform },
        buildDeadline(settings, image, slowest),
        { "image-factory/image": name },
      ),
    });
  });
}

const tidyingSeconds = 4 * 3_600;

function scheduledCommands(props: FactoryProps): readonly Manifest[] {
  const { settings, enrolled } = props;
  const rebuilds = platformGroups(settings, platforms).map((platform) => ({
    name: rebuildName(undefined, platform),
    command: "rebuild" as const,
    platform,
    deadline: rebuildDeadline(enrolled.images),
  }));
  const others = (["scan", "gc", "fsck"] as const).map((command) => ({
    name: command,
    command,
    platform: undefined,
    deadline: tidyingSeconds,
  }));
  return [...rebuilds, ...others].map(({ name, command, platform, deadline }) => {
    const pod = {
      component: command,
      words: [command, ...platformWords(platform)],
      priority: command === "rebuild" ? "image-factory-scheduled" : "image-factory-background",
      builds: command === "rebuild",
      imagesFrom: props.imagesFrom,
    } as const;
    return cronJob({
      name,
      namespace: settings.namespace,
      at: scheduleOf(props, command),
      startingDeadlineSeconds: command === "rebuild" ? 1_800 : 6 * 3_600,
      jobTemplate: jobTemplate(settings, platform === undefined ? pod : { ...pod, platform }, deadline),
    });
  });
}

function scheduleOf(
  { settings: { schedules, timeZone, namespace } }: FactoryProps,
  command: ScheduledCommand,
) {
  return { cron: spread(schedules[command], `${namespace}/${command}`), timeZone };
}

/** A pod to `kubectl exec` into: `npm run build IMAGE=x` works there as on a laptop. */
function toolbox(props: FactoryProps): Manifest {
  const { settings, imagesFrom, imagesText } = props;
  const labels = { ...podLabels, "app.kubernetes.io/component": "toolbox" };
  const template = toolboxPod(settings, {
    component: "toolbox",
    imagesFrom,
    builds: true,
    priority: "image-factory-manual",
  });
  // A file that is mounted by itself stays as it was when the pod began.
  const annotations = {
    ...template.metadata?.annotations,
    "image-factory/images": createHash("sha256").update(imagesText).digest("hex").slice(0, 16),
  };
  return KubeDeployment.manifest({
    metadata: { name: toolboxName, namespace: settings.namespace, labels: { ...commonLabels, ...labels } },
    spec: {
      replicas: 1,
      strategy: { type: "Recreate" },
      selector: { matchLabels: labels },
      template: { ...template, metadata: { ...template.metadata, annotations } },
    },
  });
}
