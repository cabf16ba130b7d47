import { KubePriorityClass } from "cdk8s-plus-28/lib/imports/k8s.js";
import { commonLabels, type Manifest } from "./manifest.ts";

/**
 * What goes first when a cluster is full. None pushes out another pod or goes before what runs without a class (0), and
 * all are above -10, below which the cluster autoscaler adds no node.
 */
const classes = {
  "image-factory-manual": {
    value: -1,
    description: "Image builds that a person or a changed base asked for.",
  },
  "image-factory-scheduled": { value: -3, description: "Image rebuilds on a schedule." },
  "image-factory-background": { value: -5, description: "Scans and tidying of the image factory." },
} as const;

export type PriorityName = keyof typeof classes;

export function priorityClasses(): readonly Manifest[] {
  return Object.entries(classes).map(([name, { value, description }]) =>
    KubePriorityClass.manifest({
      metadata: { name, labels: commonLabels },
      value,
      description,
      preemptionPolicy: "Never",
      globalDefault: false,
    }),
  );
}
