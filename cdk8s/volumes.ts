import { Quantity, type Volume, type VolumeMount } from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import { cacheClaim, imagesConfigMap, stateClaim } from "./names.ts";

/** Where a pod's things lie. */
export const paths = {
  work: "/var/lib/image-factory",
  tmp: "/var/lib/image-factory/tmp",
  state: "/var/lib/image-factory-state",
  images: "/etc/image-factory",
  registry: "/run/image-factory/registry",
  files: "/run/image-factory/files",
  certificates: "/run/image-factory/certificates",
  serviceAccount: "/var/run/secrets/kubernetes.io/serviceaccount",
} as const;

export const imagesFileName = "images.yaml";
export const certificatesFileName = "ca.crt";

/** A volume and where the container sees it. */
interface Mounted {
  readonly volume: Volume;
  readonly mounts: readonly Omit<VolumeMount, "name">[];
}

/** Read by the owner alone; kubelet adds the pod's group where it has one. */
const secretMode = 0o400;

/** What a pod does with its volumes. */
export interface VolumeUse {
  readonly imagesFrom: "configMap" | "state";
  readonly builds: boolean;
  /** Whether its layers and caches outlive it. */
  readonly keepsCache: boolean;
}

/** Every volume of a pod that runs a factory command, and its mounts. */
export function volumes(
  settings: ClusterSettings,
  { imagesFrom, builds, keepsCache }: VolumeUse,
): { readonly volumes: Volume[]; readonly mounts: VolumeMount[] } {
  const mounted: readonly Mounted[] = [
    work(settings, keepsCache),
    state(settings),
    ...(imagesFrom === "state" ? [] : [images]),
    ...settings.secrets.registry.map(registrySecret),
    ...(builds ? [secretFiles(settings)] : []),
    ...(settings.certificates === undefined ? [] : [authorities(settings.certificates)]),
    serviceAccountToken,
  ];
  return {
    volumes: mounted.map(({ volume }) => volume),
    mounts: mounted.flatMap(({ volume: { name }, mounts }) => mounts.map((mount) => ({ name, ...mount }))),
  };
}

/** Layers, caches and temporary files on one disk, for overlay needs one that is no overlay itself. */
function work({ graphRoot, cache }: ClusterSettings, keepsCache: boolean): Mounted {
  // kubelet makes the folder of a subPath, which $TMPDIR needs before anything runs.
  const mounts = [{ mountPath: paths.work }, { mountPath: paths.tmp, subPath: "tmp" }];
  if (keepsCache && cache !== undefined)
    return { volume: { name: "work", persistentVolumeClaim: { claimName: cacheClaim } }, mounts };
  const { size, storageClass } = graphRoot;
  if (storageClass === undefined)
    return { volume: { name: "work", emptyDir: { sizeLimit: Quantity.fromString(size) } }, mounts };
  const spec = {
    accessModes: ["ReadWriteOnce"],
    storageClassName: storageClass,
    resources: { requests: { storage: Quantity.fromString(size) } },
  };
  return { volume: { name: "work", ephemeral: { volumeClaimTemplate: { spec } } }, mounts };
}

function state({ state }: ClusterSettings): Mounted {
  const mounts = [{ mountPath: paths.state }];
  return state.kind === "volume"
    ? { volume: { name: "state", persistentVolumeClaim: { claimName: stateClaim } }, mounts }
    : { volume: { name: "state", emptyDir: {} }, mounts };
}

/** The file alone is mounted, so that what the builder image has beside it stays. */
const images: Mounted = {
  volume: { name: "images", configMap: { name: imagesConfigMap } },
  mounts: [{ mountPath: `${paths.images}/${imagesFileName}`, subPath: imagesFileName, readOnly: true }],
};

function registrySecret(name: string): Mounted {
  return {
    volume: {
      name: `registry-${name}`,
      secret: { secretName: name, optional: true, defaultMode: secretMode },
    },
    mounts: [{ mountPath: `${paths.registry}/${name}`, readOnly: true }],
  };
}

function secretFiles({ secrets: { files } }: ClusterSettings): Mounted {
  return {
    volume: { name: "files", secret: { secretName: files, optional: true, defaultMode: secretMode } },
    mounts: [{ mountPath: paths.files, readOnly: true }],
  };
}

/** A pod waits for it: without it every server of one's own would be refused. */
function authorities(name: string): Mounted {
  return {
    volume: {
      name: "certificates",
      configMap: { name, items: [{ key: certificatesFileName, path: certificatesFileName }] },
    },
    mounts: [{ mountPath: paths.certificates, readOnly: true }],
  };
}

/** As Kubernetes mounts it by itself, but readable by the factory's user alone and not by what a RUN step may become. */
const serviceAccountToken: Mounted = {
  volume: {
    name: "service-account",
    projected: {
      defaultMode: secretMode,
      sources: [
        { serviceAccountToken: { path: "token", expirationSeconds: 3_607 } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardApi: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] },
        },
      ],
    },
  },
  mounts: [{ mountPath: paths.serviceAccount, readOnly: true }],
};
