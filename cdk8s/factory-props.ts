import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import type { ImageEdges } from "../src/cluster/image-edges.ts";
import type { Enrolled } from "../src/enrolment/enrolment.ts";

/** All that the layers are made of. */
export interface FactoryProps {
  readonly settings: ClusterSettings;
  readonly enrolled: Enrolled;
  /** images.yaml as it is, which pods find as a ConfigMap, or in the state where it is too large for one. */
  readonly imagesText: string;
  readonly imagesFrom: "configMap" | "state";
  /** What images are built from; empty without Kargo, which alone acts on it. */
  readonly edges: ImageEdges;
}
