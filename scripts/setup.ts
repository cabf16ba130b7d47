// npm run setup [TRIVY=source]: installs now what the commands would install when they need it.
// needs: git buildah runc mmdebstrap registry qemu-arm64 qemu-amd64

import { main } from "../src/command/main.ts";
import { choiceWord } from "../src/command/options.ts";
import { FactoryError } from "../src/errors.ts";
import { platforms } from "../src/platform.ts";
import { run } from "../src/run.ts";
import { readSettings } from "../src/settings.ts";
import { ensureEmulation } from "../src/setup/emulation.ts";
import { ensureTools, ownRoot } from "../src/setup/needs.ts";
import { buildTrivy } from "../src/setup/trivy-source.ts";

const spec = {
  command: "setup",
  summary:
    "Installs now what the commands would install when they need it: Node and Debian packages, emulation of the other platform, Trivy.",
  words: {
    TRIVY: choiceWord(
      ["source"],
      "Builds the current Trivy from its pinned source; needs Go 1.26 and some ten minutes.",
    ),
  },
  flags: {},
  examples: ["npm run setup", "npm run setup TRIVY=source"],
};

// What sh needs to know stands above; this is what it takes Node to do.
await main(spec, async ({ words }, { log, signal, env, print }) => {
  const { workDir } = await readSettings(ownRoot, env);
  const deps = { run, log, signal, env, workDir };
  if (words.TRIVY === "source") await buildTrivy(deps);
  else await ensureTools(["trivy"], deps);
  for (const platform of platforms) {
    try {
      await ensureEmulation(platform, deps);
    } catch (error) {
      // Most images need no emulation: npm run doctor and the build that does need it say the same.
      if (!(error instanceof FactoryError) || error.code !== "machine-lacks") throw error;
      log({ kind: "warning", text: `${error.message}. ${error.hint}` });
    }
  }
  print("set up; npm run doctor shows what this machine has");
  return 0;
});
