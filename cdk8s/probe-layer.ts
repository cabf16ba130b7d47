import { KubeJob, type PodSpec, Quantity } from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ClusterSettings, PodProfile, Seccomp } from "../src/cluster/cluster-settings.ts";
import type { FactoryProps } from "./factory-props.ts";
import { finalStatusesEndIt } from "./job.ts";
import { commonLabels, type Layer, type Manifest } from "./manifest.ts";
import { nodesNamespace, nodesNamespaceManifest } from "./nodes.ts";
import { containerName, pullPolicy } from "./pod.ts";
import { appArmorAnnotations, containerSecurity, hostUsers, podSecurity } from "./profile.ts";
import { probeReadme } from "./readmes.ts";
import { paths } from "./volumes.ts";

/** What SANDBOX-like measurements say works somewhere; which of them work here is what the Jobs find out. */
const candidates: readonly { readonly podProfile: PodProfile; readonly seccomp: Seccomp }[] = [
  { podProfile: "userns", seccomp: "Localhost" },
  { podProfile: "userns", seccomp: "Unconfined" },
  { podProfile: "userns-sysadmin", seccomp: "RuntimeDefault" },
  { podProfile: "rootless", seccomp: "Localhost" },
  { podProfile: "rootless", seccomp: "Unconfined" },
];

/** A Job for each pod profile: it is Complete where `npm run doctor` could build in such a pod. Applied by hand alone. */
export function probeLayer({ settings }: FactoryProps): Layer {
  return {
    folder: "probe",
    readme: probeReadme(settings),
    manifests: [
      nodesNamespaceManifest(settings),
      ...candidates.map((candidate) => probeJob({ ...settings, ...candidate })),
    ],
  };
}

function probeJob(settings: ClusterSettings): Manifest {
  const name = `probe-${settings.podProfile}-${settings.seccomp.toLowerCase()}`;
  const labels = { "app.kubernetes.io/component": "probe" };
  return KubeJob.manifest({
    metadata: { name, namespace: nodesNamespace(settings), labels: { ...commonLabels, ...labels } },
    spec: {
      backoffLimit: 1,
      activeDeadlineSeconds: 600,
      ttlSecondsAfterFinished: 86_400,
      podFailurePolicy: { rules: [finalStatusesEndIt] },
      template: {
        metadata: { labels, annotations: appArmorAnnotations(settings, containerName) },
        spec: probePod(settings),
      },
    },
  });
}

function probePod(settings: ClusterSettings): PodSpec {
  const users = hostUsers(settings.podProfile);
  return {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(users === undefined ? {} : { hostUsers: users }),
    imagePullSecrets: settings.secrets.registry.map((name) => ({ name })),
    securityContext: podSecurity(settings),
    containers: [
      {
        name: containerName,
        image: settings.builderImage,
        imagePullPolicy: pullPolicy(settings.builderImage),
        args: ["doctor"],
        env: [
          { name: "FACTORY_WORK_DIR", value: paths.work },
          { name: "TMPDIR", value: paths.tmp },
          { name: "FACTORY_STATE_DIR", value: paths.state },
        ],
        resources: {
          requests: { cpu: Quantity.fromString("100m"), memory: Quantity.fromString("256Mi") },
          limits: { memory: Quantity.fromString("1Gi") },
        },
        securityContext: containerSecurity(settings),
        volumeMounts: [
          { name: "work", mountPath: paths.work },
          { name: "work", mountPath: paths.tmp, subPath: "tmp" },
          { name: "work", mountPath: paths.state, subPath: "state" },
        ],
      },
    ],
    volumes: [{ name: "work", emptyDir: {} }],
  };
}
