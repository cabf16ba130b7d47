import { dirname } from "node:path";
import type { Session } from "../command/main.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { debianDockerfile } from "../resolve/open-debian.ts";
import { createSourceOpener } from "../resolve/open-source.ts";
import { run } from "../run.ts";
import type { Settings } from "../settings.ts";
import { ensureTools } from "../setup/needs.ts";
import { readState } from "../state/state-file.ts";
import { findImageEdges, type ImageEdges } from "./image-edges.ts";

/**
 * What the images are built from, by their sources as they are now. Of a debian source the Dockerfile alone is read.
 * @throws FactoryError as `findImageEdges`.
 */
export async function readImageEdges(
  images: readonly Enrolment[],
  { workDir, stateDir, imagesFile }: Pick<Settings, "workDir" | "stateDir" | "imagesFile">,
  { env, log, signal }: Session,
): Promise<ImageEdges> {
  const sources = createSourceOpener({
    ensureGit: () => ensureTools(["git"], { run, log, env, signal }),
    run,
    workDir,
    stateDir,
    variables: env,
    signal,
    refOf: () => undefined,
    openDebian: async ({ name }) => {
      throw new Error(`${name}: a debian source is not opened`);
    },
  });
  try {
    return await findImageEdges(images, {
      open: async (image) => {
        if (image.source.kind !== "debian") return sources.open(image);
        const dockerfile = await debianDockerfile(image, dirname(imagesFile));
        return { commit: undefined, version: undefined, dockerfile };
      },
      stateOf: (image) => readState(stateDir, image),
      warn: (image, text) => log({ kind: "warning", image, text }),
    });
  } finally {
    await sources.close();
  }
}
