// npm run registry -- start|stop|status: the registry of this folder, for when none is configured.
import { main } from "../src/command/main.ts";
import {
  embeddedRegistryStatus,
  ensureEmbeddedRegistry,
  stopEmbeddedRegistry,
} from "../src/registry/embedded/daemon.ts";
import { describeStatus } from "../src/registry/embedded/describe-status.ts";
import { storedBytes } from "../src/registry/embedded/stored-bytes.ts";
import { run } from "../src/run.ts";
import { readSettings } from "../src/settings.ts";
import { ensureTools, ownRoot } from "../src/setup/needs.ts";

const spec = {
  command: "registry",
  summary:
    "Starts, stops or shows the registry that the factory keeps on this machine when none is configured.",
  verbs: {
    start: "Starts it, if it does not run, and prints its address.",
    stop: "Ends it after the pushes under way; its data stays.",
    status: "Shows its address, process and data. This is the default.",
  },
  words: {},
  flags: { json: { description: "Prints the status as JSON." } },
  examples: ["npm run registry", "npm run registry -- stop"],
} as const;

await main(spec, async ({ verb, flags }, { log, signal, env, print }) => {
  const { workDir, registry } = await readSettings(ownRoot, env);
  const door = { workDir, log, signal };
  if (verb === "start") {
    await ensureTools(["registry"], { run, log, env, signal });
    print((await ensureEmbeddedRegistry(door)).address);
  } else if (verb === "stop") {
    print((await stopEmbeddedRegistry(door)) ? "stopped" : "was not running");
  } else {
    const found = await embeddedRegistryStatus(workDir);
    const status = { ...found, dataBytes: await storedBytes(found.data), configured: registry };
    if (flags.json) print(JSON.stringify(status, undefined, 2));
    else for (const line of describeStatus(status, new Date())) print(line);
  }
  return 0;
});
