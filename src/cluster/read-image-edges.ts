import { dirname } from "node:path";
import type { Session } from "../command/main.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import { openSources } from "../open-sources.ts";
import { debianDockerfile } from "../resolve/open-debian.ts";
import type { Settings } from "../settings.ts";
import { readState } from "../state/state-file.ts";
import { findImageEdges, type ImageEdges } from "./image-edges.ts";

/**
 * What the images are built from, by their sources as they are now. Of a debian source the Dockerfile alone is read.
 * @throws FactoryError as `findImageEdges`.
 */
export async function readImageEdges(
  images: readonly Enrolment[],
  settings: Settings,
  session: Session,
): Promise<ImageEdges> {
  const sources = openSources(settings, session);
  try {
    return await findImageEdges(images, {
      open: async (image) => {
        if (image.source.kind !== "debian") return sources.open(image);
        const dockerfile = await debianDockerfile(image, dirname(settings.imagesFile));
        return { commit: undefined, version: undefined, dockerfile };
      },
      stateOf: (image) => readState(settings.stateDir, image),
      warn: (image, text) => session.log({ kind: "warning", image, text }),
    });
  } finally {
    await sources.close();
  }
}
