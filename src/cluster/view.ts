import { batch, type Condition, type CronJob, imageLabel, type Job, jobsOf } from "./jobs.ts";
import { type KubeObject, listObjects } from "./objects.ts";
import type { Cluster } from "./operator.ts";

/** A Stage of Kargo, as far as it is looked at. */
export interface Stage extends KubeObject {
  readonly status?: {
    readonly freightSummary?: string;
    readonly conditions?: readonly Condition[];
    readonly lastPromotion?: { readonly status?: { readonly phase?: string } };
  };
}

/** What of a factory is in a cluster. */
export interface ClusterView {
  /** Newest first. */
  readonly jobs: readonly Job[];
  /** Those with a schedule. */
  readonly cronJobs: readonly CronJob[];
  /** How many CronJobs are there only to make Jobs from. */
  readonly templates: number;
  /** Undefined where there is no Kargo. */
  readonly stages: readonly Stage[] | undefined;
  readonly freight: number | undefined;
}

/** Looks at the factory's part of a cluster, or at what of it belongs to one image. */
export async function viewCluster(image: string | undefined, cluster: Cluster): Promise<ClusterView> {
  const { api, namespace } = cluster;
  const labels = image === undefined ? {} : { [imageLabel]: image };
  const kargo = `/apis/kargo.akuity.io/v1alpha1`;
  const hasKargo = (await api.request("GET", kargo)).status === 200;
  const [jobs, cronJobs, stages, freight] = await Promise.all([
    jobsOf(image, cluster),
    listObjects<CronJob>(api, `${batch(namespace)}/cronjobs`, labels),
    hasKargo ? listObjects<Stage>(api, `${kargo}/namespaces/${namespace}/stages`, labels) : undefined,
    hasKargo && image === undefined
      ? listObjects(api, `${kargo}/namespaces/${namespace}/freights`)
      : undefined,
  ]);
  const isTemplate = ({ metadata: { name }, spec }: CronJob) =>
    spec.suspend === true && name.startsWith("build-");
  return {
    jobs,
    cronJobs: cronJobs.filter((cronJob) => !isTemplate(cronJob)),
    templates: cronJobs.filter(isTemplate).length,
    stages,
    freight: freight?.length,
  };
}
