import { KubeLimitRange, KubeResourceQuota, Quantity } from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import { commonLabels, type Manifest } from "./manifest.ts";

/**
 * How much the namespace takes at one time. Pods are counted and not Jobs: a pod that has no room yet is made later,
 * while a Job that cannot be created is an error of the analysis that wanted it.
 */
export function bounds({ namespace, quota, resources }: ClusterSettings): readonly Manifest[] {
  const metadata = { name: "image-factory", namespace, labels: commonLabels };
  const quantity = Quantity.fromString;
  const hard = {
    pods: Quantity.fromNumber(quota.pods),
    ...(quota.cpu === undefined ? {} : { "requests.cpu": quantity(quota.cpu) }),
    ...(quota.memory === undefined ? {} : { "requests.memory": quantity(quota.memory) }),
  };
  return [
    KubeResourceQuota.manifest({ metadata, spec: { hard } }),
    KubeLimitRange.manifest({
      metadata,
      spec: {
        limits: [
          {
            type: "Container",
            defaultRequest: { cpu: quantity("100m"), memory: quantity("256Mi") },
            default: { memory: quantity(resources.memoryLimit) },
          },
        ],
      },
    }),
  ];
}
