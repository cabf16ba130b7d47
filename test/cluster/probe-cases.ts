import { join } from "node:path";
import type { ClusterCase } from "./cluster-world.ts";
import { expect, expectStatus, until } from "./expect.ts";

interface Job {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Complete or Failed; undefined while it is neither. */
function endOf({ status }: Job): string | undefined {
  return status?.conditions?.find(
    (each) => ["Complete", "Failed"].includes(each.type) && each.status === "True",
  )?.type;
}

export const probeCases: readonly ClusterCase[] = [
  {
    point: 2,
    name: "dist/probe says which pods build here, and that of these settings is among them",
    look: async (world) => {
      const out = join(world.team.dir, "dist");
      expectStatus(await world.team.npm("synth", `OUT=${out}`), 0);
      const nodes = `--namespace=${world.namespace}-nodes`;
      await world.ask("apply", nodes, "--server-side", "-k", join(out, "probe"));
      const probes = [nodes, "job", "-l", "app.kubernetes.io/component=probe"];
      const jobs = await until("an end of every probe", 400, async () => {
        const { items } = JSON.parse(await world.ask("get", ...probes, "-o", "json")) as {
          readonly items: readonly Job[];
        };
        return items.every((job) => endOf(job) !== undefined) ? items : undefined;
      });
      const ends = jobs.map((job) => `${job.metadata.name.replace("probe-", "")} ${endOf(job)}`);
      expect(ends.includes("userns-localhost Complete"), `these pods build: ${ends.join(", ")}`);
      await world.ask("delete", ...probes);
      return ends.join(", ");
    },
  },
];
