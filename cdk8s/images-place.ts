import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import type { Enrolment } from "../src/enrolment/enrolment.ts";
import { FactoryError } from "../src/errors.ts";

/** What a ConfigMap may hold, less room for its names and labels. */
const largestBytes = 1_048_576 - 4_096;

/**
 * Where pods find images.yaml: in the state repository where it lies there with the files that it names, else in a
 * ConfigMap while it fits.
 * @throws FactoryError "settings-invalid" where it does not fit and there is no repository.
 */
export function imagesPlace(
  imagesText: string,
  liesInState: boolean,
  { state }: Pick<ClusterSettings, "state">,
): "configMap" | "state" {
  if (liesInState && state.kind === "repository") return "state";
  const bytes = Buffer.byteLength(imagesText);
  if (bytes <= largestBytes) return "configMap";
  if (state.kind === "repository") return "state";
  throw new FactoryError(
    "settings-invalid",
    `images.yaml has ${bytes} bytes, and a ConfigMap holds at most ${largestBytes}`,
    { hint: "Set stateRepository in cluster.yaml, and keep images.yaml at the root of that repository." },
  );
}

/**
 * Images that are made of files beside images.yaml, which pods have only where the builder image or the state repository
 * brings them.
 */
export function imagesOfLocalFiles(images: readonly Enrolment[]): readonly string[] {
  return images
    .filter(({ source, dockerfile, patchFiles, versionFile }) => {
      const isBeside =
        source.kind === "folder" ||
        (source.kind === "archive" && source.place.kind === "file") ||
        (source.kind === "debian" && dockerfile !== undefined);
      return isBeside || patchFiles.length > 0 || versionFile !== undefined;
    })
    .map(({ name }) => name);
}
