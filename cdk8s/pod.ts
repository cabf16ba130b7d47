import {
  type Container,
  type PodSpec,
  type PodTemplateSpec,
  Quantity,
  type ResourceRequirements,
} from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import type { Platform } from "../src/platform.ts";
import { environment, secretVariables } from "./environment.ts";
import { podLabels } from "./manifest.ts";
import type { PriorityName } from "./priority.ts";
import { appArmorAnnotations, containerSecurity, hostUsers, podSecurity } from "./profile.ts";
import { volumes } from "./volumes.ts";

/** The one container of every pod. */
export const containerName = "factory";

/** A command of the factory in a pod. */
export interface FactoryPod {
  /** What the pod is there for: its label `app.kubernetes.io/component`. */
  readonly component: string;
  /** The image that it is about. */
  readonly image?: string;
  /** The command and its words, as argv of the builder image's entry point: no shell reads them. */
  readonly words: readonly string[];
  /** Runs on the nodes that this platform has of its own. */
  readonly platform?: Platform;
  /** Whether it reads sources and runs their steps, which takes the secrets that images.yaml names. */
  readonly builds: boolean;
  readonly imagesFrom: "configMap" | "state";
  readonly priority: PriorityName;
}

/**
 * What ends well before a node is taken away: a build that is told to stop has 5 seconds for its tools, then removes what
 * it made and tells the registry.
 */
const graceSeconds = 60;

/** A pod that runs one command and ends. */
export function commandPod(settings: ClusterSettings, pod: FactoryPod): PodTemplateSpec {
  return template(settings, pod, { restartPolicy: "Never" }, { args: [...pod.words] }, false);
}

/** A pod that waits for `kubectl exec`, in the same surroundings. */
export function toolboxPod(settings: ClusterSettings, pod: Omit<FactoryPod, "words">): PodTemplateSpec {
  const waiting = { command: ["tini", "--", "sleep", "infinity"], resources: toolboxResources(settings) };
  return template(settings, pod, { restartPolicy: "Always" }, waiting, true);
}

function template(
  settings: ClusterSettings,
  pod: Omit<FactoryPod, "words">,
  ending: Pick<PodSpec, "restartPolicy">,
  container: Partial<Container>,
  isToolbox: boolean,
): PodTemplateSpec {
  const mounted = volumes(settings, {
    imagesFrom: pod.imagesFrom,
    builds: pod.builds,
    keepsCache: isToolbox,
  });
  const selector = pod.platform === undefined ? undefined : settings.nodeSelectors[pod.platform];
  const users = hostUsers(settings.podProfile);
  return {
    metadata: {
      labels: {
        ...podLabels,
        "app.kubernetes.io/component": pod.component,
        ...(pod.image === undefined ? {} : { "image-factory/image": pod.image }),
      },
      annotations: {
        // A build that a node was drained of begins anew.
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
        ...appArmorAnnotations(settings, containerName),
        ...settings.podAnnotations,
      },
    },
    spec: {
      ...ending,
      serviceAccountName: isToolbox ? toolboxAccount(settings) : settings.serviceAccount,
      // Mounted below by itself, for the factory's user alone.
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: graceSeconds,
      priorityClassName: pod.priority,
      ...(users === undefined ? {} : { hostUsers: users }),
      ...(selector === undefined ? {} : { nodeSelector: { ...selector } }),
      imagePullSecrets: settings.secrets.registry.map((name) => ({ name })),
      securityContext: podSecurity(settings),
      containers: [
        {
          name: containerName,
          image: settings.builderImage,
          imagePullPolicy: pullPolicy(settings.builderImage),
          ...(pod.builds ? { envFrom: secretVariables(settings) } : {}),
          env: environment(settings, pod.imagesFrom),
          resources: buildResources(settings),
          securityContext: containerSecurity(settings),
          volumeMounts: mounted.mounts,
          ...container,
        },
      ],
      volumes: mounted.volumes,
    },
  };
}

/** The toolbox may look at Jobs, which a build needs not. */
export function toolboxAccount({ serviceAccount }: ClusterSettings): string {
  return `${serviceAccount}-pod`;
}

/** What a digest or a version names is there already; `latest` may be another one today. */
export function pullPolicy(image: string): string {
  const name = image.slice(image.lastIndexOf("/") + 1);
  return image.includes("@") || (name.includes(":") && !name.endsWith(":latest")) ? "IfNotPresent" : "Always";
}

/** No limit of CPU: a build that is alone on its node may have all of it. */
function buildResources({ resources: { cpu, memory, memoryLimit } }: ClusterSettings): ResourceRequirements {
  return {
    requests: { cpu: Quantity.fromString(cpu), memory: Quantity.fromString(memory) },
    limits: { memory: Quantity.fromString(memoryLimit) },
  };
}

/** It mostly waits. */
function toolboxResources({ resources: { memoryLimit } }: ClusterSettings): ResourceRequirements {
  return {
    requests: { cpu: Quantity.fromString("100m"), memory: Quantity.fromString("256Mi") },
    limits: { memory: Quantity.fromString(memoryLimit) },
  };
}
