import { KubeNamespace, KubePersistentVolumeClaim, Quantity } from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import { accounts } from "./access.ts";
import { bounds } from "./bounds.ts";
import type { FactoryProps } from "./factory-props.ts";
import { commonLabels, type Layer, type Manifest } from "./manifest.ts";
import { cacheClaim, seccompPath, stateClaim } from "./names.ts";
import { networkPolicies } from "./network.ts";
import { podSecurityLabels, seccompPlacement } from "./nodes.ts";
import { priorityClasses } from "./priority.ts";
import { podSecurityLevel } from "./profile.ts";
import { namespaceReadme } from "./readmes.ts";
import { seccompProfile } from "./seccomp-profile.ts";

/** The namespace and what bounds it: rights, network, amounts, volumes. */
export function namespaceLayer(props: FactoryProps): Layer {
  const { settings } = props;
  const isLocalhost = settings.seccomp === "Localhost";
  return {
    folder: "10-namespace",
    readme: namespaceReadme(settings),
    manifests: [
      namespace(settings),
      ...priorityClasses(),
      ...accounts(settings),
      ...networkPolicies(props),
      ...bounds(settings),
      ...claims(settings),
      ...(isLocalhost && settings.placesSeccomp ? seccompPlacement(settings) : []),
    ],
    ...(isLocalhost ? { files: { [`seccomp/${seccompPath}`]: seccompProfile() } } : {}),
  };
}

function namespace(settings: ClusterSettings): Manifest {
  return KubeNamespace.manifest({
    metadata: {
      name: settings.namespace,
      labels: {
        ...commonLabels,
        ...podSecurityLabels(podSecurityLevel(settings)),
        // Lets Kargo take a namespace that is there before its Project.
        ...(settings.kargo.enabled ? { "kargo.akuity.io/project": "true" } : {}),
      },
    },
  });
}

function claims({ namespace, state, cache }: ClusterSettings): readonly Manifest[] {
  const claim = (
    name: string,
    accessMode: string,
    { size, storageClass }: { readonly size: string; readonly storageClass: string | undefined },
  ): Manifest =>
    KubePersistentVolumeClaim.manifest({
      metadata: { name, namespace, labels: commonLabels },
      spec: {
        accessModes: [accessMode],
        ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
        resources: { requests: { storage: Quantity.fromString(size) } },
      },
    });
  return [
    ...(state.kind === "volume" ? [claim(stateClaim, state.accessMode, state)] : []),
    ...(cache === undefined ? [] : [claim(cacheClaim, "ReadWriteOnce", cache)]),
  ];
}
