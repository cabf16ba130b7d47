import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { ClusterCase, ClusterWorld } from "./cluster-world.ts";
import { expect, expectStatus } from "./expect.ts";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec?: object;
}

const folders = ["10-namespace", "20-builds", "30-kargo", "probe"];

async function manifests(world: ClusterWorld): Promise<readonly Manifest[]> {
  const out = join(world.team.dir, "dist");
  expectStatus(await world.team.npm("synth", `OUT=${out}`), 0);
  const texts = await Promise.all(
    folders.map((folder) => readFile(join(out, folder, "manifests.yaml"), "utf8")),
  );
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Manifest));
}

export const manifestCases: readonly ClusterCase[] = [
  {
    point: 1,
    name: "deploy -- --dry-run shows everything and does nothing",
    look: async (world) => {
      const shown = await world.team.npm("deploy", "--dry-run");
      expectStatus(shown, 0);
      // PriorityClasses belong to no namespace: another factory of this cluster may have made them.
      expect(/\d+ created, 0 changed, [03] as they were/.test(shown.stdout), shown.stdout);
      const { status } = await world.kubectl("get", "namespace", world.namespace);
      expect(status !== 0, "a dry run made the namespace");
      return shown.stdout.trim().split("\n").at(-1) ?? "";
    },
  },
  {
    point: 5,
    name: "deploy applies it, and a second time nothing",
    look: async (world) => {
      expectStatus(await world.team.npm("deploy"), 0);
      const again = await world.team.npm("deploy");
      expectStatus(again, 0);
      expect(/: 0 created, 0 changed, \d+ as they were/.test(again.stdout), again.stdout);
      return again.stdout.trim();
    },
  },
  {
    point: 1,
    name: "every manifest passes, as strictly as the API server can",
    look: async (world) => {
      const all = await manifests(world);
      const list = { apiVersion: "v1", kind: "List", items: all };
      const ended = await world.apply(list, "--dry-run=server", "--force-conflicts");
      expectStatus(ended, 0);
      return `${all.length} objects of ${new Set(all.map(({ kind }) => kind)).size} kinds`;
    },
  },
  {
    point: 1,
    name: "a wrong one of each kind is refused",
    look: async (world) => {
      const byKind = Map.groupBy(await manifests(world), ({ kind }) => kind);
      const passed = [];
      for (const [kind, [first]] of byKind) {
        expect(first !== undefined, kind);
        const wrong =
          first.spec === undefined
            ? { ...first, noSuchField: true }
            : { ...first, spec: { ...first.spec, noSuchField: true } };
        const { status } = await world.apply(wrong, "--dry-run=server", "--force-conflicts");
        if (status === 0) passed.push(kind);
      }
      expect(passed.length === 0, `a wrong one passes of ${passed.join(", ")}`);
      return [...byKind.keys()].join(" ");
    },
  },
];
