import { FactoryError } from "../errors.ts";
import { type KubeObject, listObjects } from "./objects.ts";
import type { Cluster } from "./operator.ts";

/** A Job, as far as it is looked at. */
export interface Job extends KubeObject {
  readonly status?: {
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly active?: number;
    readonly failed?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** A pod of a Job. */
export interface Pod extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly running?: object;
        readonly terminated?: Terminated;
      };
    }[];
  };
}

export interface Terminated {
  readonly exitCode: number;
  readonly reason?: string;
  readonly finishedAt?: string;
}

/** A CronJob, as far as it is looked at. */
export interface CronJob extends KubeObject {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone?: string;
    readonly suspend?: boolean;
    readonly jobTemplate: {
      readonly metadata?: {
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
      };
      readonly spec: {
        readonly template: {
          readonly spec: {
            readonly containers: readonly { readonly name: string; readonly args?: readonly string[] }[];
          };
        };
      };
    };
  };
  readonly status?: { readonly lastScheduleTime?: string; readonly lastSuccessfulTime?: string };
}

export const batch = (namespace: string) => `/apis/batch/v1/namespaces/${namespace}`;
export const core = (namespace: string) => `/api/v1/namespaces/${namespace}`;

/** The label that every Job and template of an image has. */
export const imageLabel = "image-factory/image";

/** How a Job stands: "waiting" has no pod yet that runs. */
export function jobState({ status = {} }: Job): "complete" | "failed" | "running" | "waiting" {
  if (hasCondition(status.conditions, "Complete")) return "complete";
  if (hasCondition(status.conditions, "Failed")) return "failed";
  return (status.active ?? 0) > 0 ? "running" : "waiting";
}

export function hasCondition(conditions: readonly Condition[] | undefined, type: string): boolean {
  return (conditions ?? []).some((condition) => condition.type === type && condition.status === "True");
}

/** The Jobs of an image, or of all, newest first. */
export async function jobsOf(
  image: string | undefined,
  { api, namespace }: Cluster,
): Promise<readonly Job[]> {
  const labels = image === undefined ? {} : { [imageLabel]: image };
  return (await listObjects<Job>(api, `${batch(namespace)}/jobs`, labels)).toSorted(newestFirst);
}

/** The pods of a Job, oldest first. */
export async function podsOf(job: string, { api, namespace }: Cluster): Promise<readonly Pod[]> {
  const labels = { "batch.kubernetes.io/job-name": job };
  return (await listObjects<Pod>(api, `${core(namespace)}/pods`, labels)).toSorted(newestFirst).toReversed();
}

function newestFirst({ metadata: one }: KubeObject, { metadata: other }: KubeObject): number {
  return (other.creationTimestamp ?? "").localeCompare(one.creationTimestamp ?? "");
}

/**
 * A Job as the template has it, with more words for its command, as `kubectl create job --from` makes one.
 * @param suffix Makes the name one of its own.
 */
export function jobFrom(template: CronJob, words: readonly string[], suffix: string): object {
  const { metadata, spec } = template;
  const { template: pod, ...jobSpec } = spec.jobTemplate.spec;
  const [container, ...others] = pod.spec.containers;
  const args = container?.args ?? [];
  // A template of one platform says so itself.
  const more = words.filter((word) => !args.includes(word));
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${metadata.name}-${suffix}`,
      namespace: metadata.namespace,
      labels: spec.jobTemplate.metadata?.labels ?? {},
      annotations: {
        ...spec.jobTemplate.metadata?.annotations,
        "cronjob.kubernetes.io/instantiate": "manual",
      },
      ownerReferences: [
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          name: metadata.name,
          uid: metadata.uid,
          controller: true,
        },
      ],
    },
    spec: {
      ...jobSpec,
      template: {
        ...pod,
        spec: {
          ...pod.spec,
          containers: [{ ...container, args: [...args, ...more] }, ...others],
        },
      },
    },
  };
}

/**
 * The suspended CronJobs that Jobs of an image are made from: one, or one for each platform that has nodes of its own.
 * @throws FactoryError "settings-invalid" where the cluster has none.
 */
export async function buildTemplates(
  image: string,
  platform: string | undefined,
  { api, namespace }: Cluster,
): Promise<readonly CronJob[]> {
  const all = await listObjects<CronJob>(api, `${batch(namespace)}/cronjobs`, { [imageLabel]: image });
  const templates = all.filter(({ spec, metadata: { name } }) => spec.suspend && name.startsWith("build-"));
  if (templates.length === 0) {
    throw new FactoryError(
      "settings-invalid",
      `${image}: the namespace ${namespace} has no template for it`,
      {
        hint: "npm run deploy puts one there for every image of images.yaml.",
      },
    );
  }
  const own = templates.filter(({ spec }) =>
    spec.jobTemplate.spec.template.spec.containers.some(({ args = [] }) =>
      args.includes(`PLATFORM=${platform}`),
    ),
  );
  return own.length > 0 ? own : templates;
}
