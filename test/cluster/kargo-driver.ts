import { byKubeconfig, createClusterApi } from "../../src/cluster/api.ts";
import type { ClusterWorld } from "./cluster-world.ts";
import { until } from "./expect.ts";
import { kargoApi } from "./kargo-objects.ts";
import { startStandIn } from "./kargo-stand-in.ts";
import type { Prepared } from "./prepare.ts";

/** Who acts on Kargo's objects in this cluster. */
export interface KargoDriver {
  readonly name: "Kargo" | "a stand-in for Kargo";
  /** Kargo itself is never still. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Kargo where its controllers answer a Warehouse that is asked to look again, else a stand-in. */
export async function findDriver(world: ClusterWorld, { hadKargo }: Prepared): Promise<KargoDriver> {
  const idle = async () => undefined;
  if (hadKargo && (await answersKargo(world))) return { name: "Kargo", start: idle, stop: idle };
  let running: ReturnType<typeof startStandIn> | undefined;
  return {
    name: "a stand-in for Kargo",
    start: async () => {
      if (running !== undefined) return;
      const connect = await byKubeconfig(process.env["KUBECONFIG"] ?? "");
      const api = createClusterApi(connect, { timeoutMs: 20_000, remedy: "Be an administrator of it." });
      const { namespace, client } = world;
      running = startStandIn({ api: kargoApi(api, namespace), client, namespace });
    },
    stop: async () => running?.stop(),
  };
}

/** Asks a Warehouse to look again, as a webhook would. */
export async function refresh({ ask }: Pick<ClusterWorld, "ask">, warehouse: string): Promise<string> {
  const token = `test-cluster-${Date.now()}`;
  const words = ["warehouses.kargo.akuity.io", warehouse, `kargo.akuity.io/refresh=${token}`, "--overwrite"];
  await ask("annotate", ...words);
  return token;
}

async function answersKargo(world: ClusterWorld): Promise<boolean> {
  const token = await refresh(world, "walked");
  const handled = "jsonpath={.status.lastHandledRefresh}";
  const answer = async () => {
    const seen = await world.ask("get", "warehouses.kargo.akuity.io", "walked", "-o", handled);
    return seen === token ? true : undefined;
  };
  return until("an answer of Kargo", 30, answer).catch(() => false);
}
