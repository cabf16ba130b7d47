import { parseDuration } from "../enrolment/duration.ts";
import { parseGitAddress } from "../enrolment/git-address.ts";
import type { Platform } from "../platform.ts";
import { type Settings, variableOf } from "../settings.ts";
import type { ClusterFile } from "./cluster-file.generated.ts";

/** cluster.yaml with every default applied: all that manifests are made of beside images.yaml. Survives JSON.stringify. */
export interface ClusterSettings {
  readonly namespace: string;
  /** `placeholderRegistry` where neither file names one. */
  readonly registry: string;
  readonly builderImage: string;
  readonly serviceAccount: string;
  readonly state: StateRepository | StateVolume;
  readonly secrets: {
    readonly registry: readonly string[];
    readonly git: string;
    readonly variables: string;
    readonly files: string;
  };
  /** ConfigMap with authorities that are trusted beside the public ones. */
  readonly certificates: string | undefined;
  readonly graphRoot: { readonly size: string; readonly storageClass: string | undefined };
  readonly cache: { readonly size: string; readonly storageClass: string | undefined } | undefined;
  readonly podProfile: PodProfile;
  readonly seccomp: Seccomp;
  readonly placesSeccomp: boolean;
  readonly kubeletFolder: string;
  readonly appArmor: "Unconfined" | undefined;
  /** A platform that is in here has nodes of its own. */
  readonly nodeSelectors: { readonly [P in Platform]?: Readonly<Record<string, string>> };
  readonly resources: { readonly cpu: string; readonly memory: string; readonly memoryLimit: string };
  readonly quota: {
    readonly pods: number;
    readonly cpu: string | undefined;
    readonly memory: string | undefined;
  };
  readonly kueueQueue: string | undefined;
  readonly proxies: {
    readonly http: string | undefined;
    readonly https: string | undefined;
    readonly except: readonly string[];
  };
  readonly network: {
    readonly ports: readonly number[];
    readonly addresses: readonly string[] | undefined;
    readonly apiPorts: readonly number[];
  };
  readonly timeZone: string;
  readonly schedules: { readonly [S in ScheduledCommand]: string };
  readonly retries: number;
  readonly keepFinishedMs: number;
  readonly podAnnotations: Readonly<Record<string, string>>;
  readonly kargo: {
    readonly enabled: boolean;
    readonly intervalMs: number;
    readonly baseIntervalMs: number;
    /** By kind of sender: the Secret that its calls are checked with. */
    readonly webhooks: Readonly<Record<string, string>>;
  };
  /** Settings of factory.yaml that pods need too, by variable. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface StateRepository {
  readonly kind: "repository";
  readonly url: string;
  readonly branch: string;
}

export interface StateVolume {
  readonly kind: "volume";
  readonly size: string;
  readonly storageClass: string | undefined;
  readonly accessMode: "ReadWriteOnce" | "ReadWriteMany";
}

export const podProfiles = ["userns", "userns-sysadmin", "rootless"] as const;
export type PodProfile = (typeof podProfiles)[number];
export type Seccomp = "Localhost" | "Unconfined" | "RuntimeDefault";
export type ScheduledCommand = "rebuild" | "scan" | "gc" | "fsck";

/** What stands in manifests where no registry is named: nothing can be pushed there. */
export const placeholderRegistry = "registry.example.com";

/** The seccomp profile that a pod profile builds under without more rights than it needs. */
function seccompFor(profile: PodProfile): Seccomp {
  return profile === "userns-sysadmin" ? "RuntimeDefault" : "Localhost";
}

const defaults = {
  secrets: {
    registry: ["ghcr-credentials", "harbor-credentials"],
    git: "github-credentials",
    variables: "image-factory-variables",
    files: "image-factory-files",
  },
  volume: { storageClass: undefined },
  graphRoot: { size: "20Gi", storageClass: undefined },
  resources: { cpu: "1", memory: "2Gi", memoryLimit: "4Gi" },
  quota: { pods: 20, cpu: undefined, memory: undefined },
  proxies: { http: undefined, https: undefined, except: [] },
  network: { ports: [80, 443], addresses: undefined, apiPorts: [443, 6443] },
  schedules: { rebuild: "0 * * * *", scan: "0 2 * * *", gc: "0 4 * * 6", fsck: "0 4 * * 0" },
  kargo: { interval: "5m", baseInterval: "1h" },
} as const;

/** Applies every default; factory.yaml gives those that both files have. */
export function clusterSettings(file: ClusterFile, factory: Settings): ClusterSettings {
  const registry = (file.registry ?? factory.registry ?? placeholderRegistry).replace(/\/+$/, "");
  const podProfile = file.podProfile ?? "userns";
  return {
    namespace: file.namespace ?? "image-factory-kargo",
    registry,
    builderImage: file.builderImage ?? factory.builderImage ?? `${registry}/image-factory-builder:latest`,
    serviceAccount: file.serviceAccount ?? "image-factory",
    state: stateOf(file),
    secrets: { ...defaults.secrets, ...file.secrets },
    certificates: file.certificates,
    graphRoot: { ...defaults.graphRoot, ...file.storage?.graphRoot },
    cache: file.storage?.cache && { ...defaults.volume, ...file.storage.cache },
    podProfile,
    seccomp: file.seccomp ?? seccompFor(podProfile),
    placesSeccomp: file.seccompPlacement !== "byHand",
    kubeletFolder: file.kubeletFolder ?? "/var/lib/kubelet",
    appArmor: file.appArmor,
    nodeSelectors: file.nodeSelectors ?? {},
    resources: { ...defaults.resources, ...file.resources },
    quota: { ...defaults.quota, ...file.quota },
    kueueQueue: file.kueueQueue,
    proxies: { ...defaults.proxies, ...file.proxies },
    network: { ...defaults.network, ...file.network },
    timeZone: file.timeZone ?? "Etc/UTC",
    schedules: { ...defaults.schedules, ...file.schedules },
    retries: file.retries ?? 2,
    keepFinishedMs: parseDuration(file.keepFinished ?? "1d") ?? 0,
    podAnnotations: file.podAnnotations ?? {},
    kargo: {
      enabled: file.kargo?.enabled ?? true,
      intervalMs: parseDuration(file.kargo?.interval ?? defaults.kargo.interval) ?? 0,
      baseIntervalMs: parseDuration(file.kargo?.baseInterval ?? defaults.kargo.baseInterval) ?? 0,
      webhooks: file.kargo?.webhooks ?? {},
    },
    environment: environmentOf(factory),
  };
}

function stateOf({ stateRepository, state }: ClusterFile): StateRepository | StateVolume {
  if (stateRepository === undefined) {
    return { kind: "volume", ...defaults.volume, size: "1Gi", accessMode: "ReadWriteOnce", ...state };
  }
  const address = parseGitAddress(stateRepository.url, "/");
  if (!("url" in address)) throw new TypeError("the schema passed a git address that is none");
  return { kind: "repository", url: address.url, branch: stateRepository.branch ?? "main" };
}

const passedOn = [
  "insecureRegistries",
  "trivyDatabase",
  "trivyJavaDatabase",
  "debianMirror",
  "layerCache",
  "rebuildsPerMinute",
  "databaseMaxAge",
  "keepLast",
  "keepFor",
  "keepTags",
  "keepStaged",
] as const satisfies readonly (keyof Settings)[];

function environmentOf(factory: Settings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    passedOn.flatMap((key) => {
      const text = [factory[key] ?? ""].flat().join(",");
      return text === "" ? [] : [[variableOf(key), text]];
    }),
  );
}
