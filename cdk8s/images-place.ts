import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import { FactoryError } from "../src/errors.ts";

/** What a ConfigMap may hold, less room for its names and labels. */
const largestBytes = 1_048_576 - 4_096;

/**
 * Where pods find images.yaml: in a ConfigMap while it fits, else in the state repository.
 * @throws FactoryError "settings-invalid" where it does not fit and there is no repository.
 */
export function imagesPlace(
  imagesText: string,
  { state }: Pick<ClusterSettings, "state">,
): "configMap" | "state" {
  const bytes = Buffer.byteLength(imagesText);
  if (bytes <= largestBytes) return "configMap";
  if (state.kind === "repository") return "state";
  throw new FactoryError(
    "settings-invalid",
    `images.yaml has ${bytes} bytes, and a ConfigMap holds at most ${largestBytes}`,
    { hint: "Set stateRepository in cluster.yaml, and keep images.yaml at the root of that repository." },
  );
}
