import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Session } from "../command/main.ts";
import { textWord } from "../command/options.ts";
import type { Settings } from "../settings.ts";
import { ownRoot } from "../setup/needs.ts";
import { byKubeconfig, type ClusterApi, createClusterApi, findCluster } from "./api.ts";
import { readClusterFile } from "./cluster-file.ts";
import { clusterSettings } from "./cluster-settings.ts";

/** The factory's part of a cluster, and who speaks to it. */
export interface Cluster {
  readonly api: ClusterApi;
  readonly namespace: string;
}

/** The word of every command that speaks to a cluster. */
export const contextWord = textWord("<name>", "Context of KUBECONFIG; by default the current one.");

/**
 * The cluster that KUBECONFIG names, else the one of ~/.kube/config, else the one that this pod is in; the namespace is
 * that of cluster.yaml, or in a pod the one of the locks.
 * @throws FactoryError "settings-invalid" where there is none.
 */
export async function openCluster(
  context: string | undefined,
  settings: Settings,
  { env }: Pick<Session, "env">,
): Promise<Cluster> {
  const file = await readClusterFile(ownRoot);
  const { namespace } = clusterSettings(file, settings);
  const connect = await connectAs(context, env);
  const remedy = `Ask for a Role in the namespace ${namespace} that allows it, or choose another context: CONTEXT=<name>`;
  return {
    api: createClusterApi(connect, { timeoutMs: 30_000, remedy }),
    namespace: file.namespace ?? settings.leaseNamespace ?? namespace,
  };
}

function connectAs(context: string | undefined, env: Session["env"]) {
  const own = join(homedir(), ".kube", "config");
  const named = env["KUBECONFIG"];
  if (named !== undefined && named !== "") return byKubeconfig(named, context);
  if (existsSync(own)) return byKubeconfig(own, context);
  return findCluster(env, "this command");
}
