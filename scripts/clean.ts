// npm run clean: removes local layers, caches, logs and reports; never state or anything in a registry.
// needs:
import { clean } from "../src/build/clean.ts";
import { userNamespace } from "../src/build/rootless.ts";
import { main } from "../src/command/main.ts";
import { run } from "../src/run.ts";
import { readSettings } from "../src/settings.ts";
import { ownRoot } from "../src/setup/needs.ts";

const spec = {
  command: "clean",
  summary:
    "Removes what builds keep on this machine: layers, mirrors, downloads, logs, reports. Never state or anything in a registry.",
  words: {},
  flags: {},
} as const;

await main(spec, async (_, { log, env }) => {
  const { workDir } = await readSettings(ownRoot, env);
  await clean({ workDir, run, log, userNamespace: userNamespace() });
  return 0;
});
