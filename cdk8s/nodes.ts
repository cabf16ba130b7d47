import { createHash } from "node:crypto";
import {
  KubeConfigMap,
  KubeDaemonSet,
  KubeNamespace,
  type PodSpec,
  Quantity,
  type SecurityContext,
} from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import { commonLabels, type Manifest } from "./manifest.ts";
import { seccompConfigMap, seccompPath } from "./names.ts";
import { pullPolicy } from "./pod.ts";
import { seccompProfile } from "./seccomp-profile.ts";

/** What writes on nodes, or tries other rights than the builds have, is kept out of their namespace. */
export function nodesNamespace({ namespace }: Pick<ClusterSettings, "namespace">): string {
  return `${namespace}-nodes`;
}

export function nodesNamespaceManifest(settings: ClusterSettings): Manifest {
  return KubeNamespace.manifest({
    metadata: {
      name: nodesNamespace(settings),
      labels: { ...commonLabels, ...podSecurityLabels("privileged") },
    },
  });
}

export function podSecurityLabels(level: "baseline" | "privileged"): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]),
  );
}

/** Puts the seccomp profile on every node, where kubelet looks for it, and again on nodes that come later. */
export function seccompPlacement(settings: ClusterSettings): readonly Manifest[] {
  const namespace = nodesNamespace(settings);
  const profile = seccompProfile();
  const labels = { "app.kubernetes.io/name": "image-factory-seccomp" };
  const hash = createHash("sha256").update(profile).digest("hex").slice(0, 16);
  return [
    nodesNamespaceManifest(settings),
    KubeConfigMap.manifest({
      metadata: { name: seccompConfigMap, namespace, labels: commonLabels },
      data: { [profileFile]: profile },
    }),
    KubeDaemonSet.manifest({
      metadata: { name: seccompConfigMap, namespace, labels: { ...commonLabels, ...labels } },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { "image-factory/profile": hash } },
          spec: placingPod(settings),
        },
      },
    }),
  ];
}

const [profileFolder = "", profileFile = ""] = seccompPath.split("/");

/** Renamed into place, for kubelet may read it at any time. */
const place = `cp /profile/${profileFile} /seccomp/${profileFile}.new && mv /seccomp/${profileFile}.new /seccomp/${profileFile}`;

/** The owner of kubelet's folder, with no other right. */
const ownerOnly: SecurityContext = {
  runAsUser: 0,
  runAsGroup: 0,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

function placingPod(settings: ClusterSettings): PodSpec {
  const resources = {
    requests: { cpu: Quantity.fromString("1m"), memory: Quantity.fromString("8Mi") },
    limits: { memory: Quantity.fromString("32Mi") },
  };
  const image = settings.builderImage;
  const common = { image, imagePullPolicy: pullPolicy(image), resources, securityContext: ownerOnly };
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 1,
    tolerations: [{ operator: "Exists" }],
    nodeSelector: { "kubernetes.io/os": "linux" },
    imagePullSecrets: settings.secrets.registry.map((name) => ({ name })),
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    initContainers: [
      {
        ...common,
        name: "place",
        command: ["sh", "-ec", place],
        volumeMounts: [
          { name: "profile", mountPath: "/profile", readOnly: true },
          { name: "seccomp", mountPath: "/seccomp" },
        ],
      },
    ],
    containers: [{ ...common, name: "wait", command: ["tini", "--", "sleep", "infinity"] }],
    volumes: [
      { name: "profile", configMap: { name: seccompConfigMap } },
      {
        name: "seccomp",
        hostPath: {
          path: `${settings.kubeletFolder}/seccomp/${profileFolder}`,
          type: "DirectoryOrCreate",
        },
      },
    ],
  };
}
