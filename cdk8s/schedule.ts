import { createHash } from "node:crypto";
import { type JobTemplateSpec, KubeCronJob } from "cdk8s-plus-28/lib/imports/k8s.js";
import { commonLabels, type Manifest } from "./manifest.ts";

/** A CronJob that runs, or with neither schedule nor zone a suspended one that is a template for Jobs. */
export interface Scheduled {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly at: { readonly cron: string; readonly timeZone: string } | "by hand";
  /** A run that could not begin so long is left out. */
  readonly startingDeadlineSeconds?: number;
  readonly jobTemplate: JobTemplateSpec;
}

/** The day that never comes, for a template that is suspended anyway. */
const never = "0 0 31 2 *";

export function cronJob({
  name,
  namespace,
  labels,
  at,
  startingDeadlineSeconds,
  jobTemplate,
}: Scheduled): Manifest {
  return KubeCronJob.manifest({
    metadata: { name, namespace, labels: { ...commonLabels, ...labels } },
    spec: {
      schedule: at === "by hand" ? never : at.cron,
      timeZone: at === "by hand" ? "Etc/UTC" : at.timeZone,
      suspend: at === "by hand",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: startingDeadlineSeconds ?? 3_600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate,
    },
  });
}

/**
 * A schedule at minute 0 means that hour, so it begins at a minute of it that follows from `name`: a thousand images at
 * `0 3 * * *` do not begin at once. The slot, and with it the epoch, stays the full hour. Any other minute is kept.
 */
export function spread(cron: string, name: string): string {
  const [minute = "", ...rest] = cron.trim().split(/\s+/);
  if (!/^0+$/.test(minute)) return [minute, ...rest].join(" ");
  const hash = createHash("sha256").update(name).digest();
  return [hash.readUInt32BE(0) % 60, ...rest].join(" ");
}
