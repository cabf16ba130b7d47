import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { contextMounts } from "../dockerfile/mount-sources.ts";
import type { Problem } from "../dockerfile/problem.ts";
import { refuseUnsupported } from "../dockerfile/unsupported.ts";
import type { PlatformDockerfile } from "../resolve/dockerfile-bases.ts";
import { whenAbsent } from "../when-absent.ts";
import type { BuildHost } from "./host.ts";

/**
 * Makes sure that what bind mounts show of the context lies in it, where buildah does not: an older one follows a link to
 * any file of this machine.
 * @throws FactoryError "dockerfile-unsupported".
 */
export async function assertMountsInside(
  { dockerfile, settings }: Pick<PlatformDockerfile, "dockerfile" | "settings">,
  contextDir: string,
  { buildahVersion }: Pick<BuildHost, "buildahVersion">,
): Promise<void> {
  const context = await realpath(contextDir);
  const problems = await Promise.all(
    contextMounts(dockerfile, settings, buildahVersion).map(
      async ({ path, line }): Promise<readonly Problem[]> => {
        // What is not there is for buildah to say.
        const real = await realpath(join(context, path)).catch(whenAbsent(context));
        if (real === context || real.startsWith(`${context}/`)) return [];
        const text = `RUN --mount=type=bind with source=${JSON.stringify(path)}, which is a link out of the context`;
        return [{ line, text, remedy: "Put the files themselves into the source." }];
      },
    ),
  );
  refuseUnsupported(dockerfile, problems.flat());
}
