import type { Session } from "../command/main.ts";
import type { Factory } from "../factory.ts";
import { createPublishers } from "../resolve/publishers.ts";
import { run } from "../run.ts";
import { ensureTools } from "../setup/needs.ts";
import { browseGit } from "../source/git/browse.ts";
import { createGitResolver } from "../source/git/resolve.ts";
import { lookAtBases } from "./look-at-bases.ts";
import type { ProposalDoor } from "./propose.ts";

/** The door to git and to registries. */
export function createProposalDoor(
  { settings, lookUps }: Pick<Factory, "settings" | "lookUps">,
  { log, env, signal }: Pick<Session, "log" | "env" | "signal">,
): ProposalDoor {
  const deps = { run, variables: env, workDir: settings.workDir, signal };
  const { bases } = lookUps({ images: [] });
  const resolveGit = createGitResolver(deps);
  return {
    browse: async (source) => {
      await ensureTools(["git"], { run, log, env, signal });
      return browseGit(source, deps);
    },
    basesOf: (image, dockerfile, { images, watched }) => {
      const publisherOf = createPublishers(images, async ({ source }) =>
        source.kind === "git" ? resolveGit(source, { wantsVersion: true }) : {},
      );
      return lookAtBases(image, dockerfile, { bases, watched, publisherOf });
    },
  };
}
