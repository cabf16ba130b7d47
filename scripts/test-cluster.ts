// npm run test:cluster [ONLY=<pattern>]: runs the factory in a real Kubernetes: KUBECONFIG's, else one that it brings up.
// needs:
import { main } from "../src/command/main.ts";
import { checkedWord } from "../src/command/options.ts";
import { runCluster, whySkipped } from "../test/cluster/run-cluster.ts";

const spec = {
  command: "test:cluster",
  summary:
    "Deploys the factory to a real Kubernetes and builds there. KUBECONFIG names one, with REGISTRY and BUILDER_IMAGE (a reference); docs/cluster.md says more. Else CLUSTER_SCRIPTS and BIN bring one up on this machine, with BUILDER_IMAGE (an archive). Without them it says that it skips.",
  words: {
    ONLY: checkedWord("<pattern>", "Only cases whose names match.", isPattern, "a regular expression"),
  },
  flags: {},
  examples: ["npm run test:cluster", "npm run test:cluster ONLY='deploy|by hand'"],
} as const;

await main(spec, async ({ words }, { env, print, signal }) => {
  const why = whySkipped(env);
  if (why !== undefined) {
    print(`test:cluster skipped: ${why}`);
    return 0;
  }
  const onProgress = (text: string) => process.stderr.write(`${text}\n`);
  const status = await runCluster({ env, only: words.ONLY, signal, onProgress });
  return status === 0 ? 0 : 70;
});

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
