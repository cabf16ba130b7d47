// npm run deploy: applies what synth writes to the cluster, after it has shown what that changes.
// needs:
import { commonLabels } from "../cdk8s/manifest.ts";
import { readProps } from "../cdk8s/read-props.ts";
import { placeholderRegistry } from "../src/cluster/cluster-settings.ts";
import {
  type Change,
  carryOutDeployment,
  leftovers,
  nameOf,
  planDeployment,
  presentOf,
  removalLine,
} from "../src/cluster/deployment.ts";
import { differenceLine } from "../src/cluster/difference.ts";
import { contextWord, openCluster } from "../src/cluster/operator.ts";
import { main } from "../src/command/main.ts";
import { FactoryError } from "../src/errors.ts";
import { readSettings } from "../src/settings.ts";
import { ownRoot } from "../src/setup/needs.ts";

const spec = {
  command: "deploy",
  summary:
    "Applies the manifests of images.yaml and cluster.yaml to the cluster, layer by layer. Before that the API server tries all of them, and what would change is shown; what is there from older manifests stays and is named.",
  words: { CONTEXT: contextWord },
  flags: { "dry-run": { description: "Shows what would change, and changes nothing." } },
  examples: ["npm run deploy -- --dry-run", "npm run deploy CONTEXT=staging"],
} as const;

await main(spec, async ({ words, flags }, session) => {
  const { print, log } = session;
  const props = await readProps(session);
  if (props.settings.registry === placeholderRegistry) {
    throw new FactoryError(
      "settings-invalid",
      `the manifests would push to ${placeholderRegistry}, which is nobody's`,
      {
        hint: "Set registry in cluster.yaml or factory.yaml.",
      },
    );
  }
  const [{ layers }, { olderObjects }] = await Promise.all([
    import("../cdk8s/main.ts"),
    import("../cdk8s/kargo/older-objects.ts"),
  ]);
  const wanted = layers(props).map(({ folder, manifests }) => ({ folder, objects: manifests }));
  const { api, namespace } = await openCluster(
    words.CONTEXT,
    await readSettings(ownRoot, session.env),
    session,
  );
  const changes = await planDeployment(wanted, api);
  for (const line of changes.flatMap(changeLines)) print(line);
  const left = [
    ...(await leftovers(wanted, commonLabels, api)),
    ...(await presentOf(olderObjects(props), namespace, api)),
  ];
  if (!flags["dry-run"]) {
    await carryOutDeployment(changes, api, (folder, count) =>
      log({ kind: "note", text: `${folder}: ${count} applied` }),
    );
  }
  for (const { kind, name } of left) print(`stays   ${kind}/${name}, which no manifest has any more`);
  const removal = removalLine(left);
  if (removal !== undefined) print(`        remove it: ${removal}`);
  const count = (does: Change["does"]) => changes.filter((change) => change.does === does).length;
  print(
    `${namespace}: ${count("create")} created, ${count("change")} changed, ${count("nothing")} as they were${flags["dry-run"] ? " (a dry run: nothing was done)" : ""}`,
  );
  return 0;
});

function changeLines({ folder, object, does, differences }: Change): readonly string[] {
  if (does === "nothing") return [];
  const indented = differences.map((difference) => `          ${differenceLine(difference)}`);
  return [`${does.padEnd(6)}  ${folder}  ${nameOf(object)}`, ...indented];
}
