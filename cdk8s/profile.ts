import type { PodSecurityContext, SecurityContext } from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ClusterSettings, PodProfile, Seccomp } from "../src/cluster/cluster-settings.ts";
import { seccompPath } from "./names.ts";

type Rights = Pick<ClusterSettings, "podProfile" | "seccomp" | "appArmor">;

/** What buildah's own containers.conf gives a container. */
const buildahDefault = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

/**
 * What each profile adds after everything was dropped. Without the CAP_ that the API server would refuse beside
 * `allowPrivilegeEscalation: false`.
 */
const capabilities: Readonly<Record<PodProfile, readonly string[]>> = {
  userns: ["SETFCAP", "SETGID", "SETUID"],
  "userns-sysadmin": [...buildahDefault, "SYS_ADMIN"],
  rootless: ["SETGID", "SETUID"],
};

/** The user of the builder image. */
const ownUser = 1000;

/** False where the pod's root is no user of the node; undefined leaves the node's users to it. */
export function hostUsers(profile: PodProfile): false | undefined {
  return profile === "rootless" ? undefined : false;
}

export function podSecurity({ podProfile, seccomp }: Rights): PodSecurityContext {
  const user = podProfile === "rootless" ? ownUser : 0;
  return {
    runAsUser: user,
    runAsGroup: user,
    ...(user === 0
      ? {}
      : { runAsNonRoot: true, fsGroup: user, fsGroupChangePolicy: "OnRootMismatch" as const }),
    seccompProfile: {
      type: seccomp,
      ...(seccomp === "Localhost" ? { localhostProfile: seccompPath } : {}),
    },
  };
}

export function containerSecurity({ podProfile }: Rights): SecurityContext {
  return {
    // Without a user namespace of the pod, newuidmap's file capabilities have to count.
    allowPrivilegeEscalation: podProfile === "rootless",
    privileged: false,
    capabilities: { drop: ["ALL"], add: [...capabilities[podProfile]] },
  };
}

/** Annotations of a pod that say what its fields cannot before Kubernetes 1.30. */
export function appArmorAnnotations({ appArmor }: Rights, container: string): Record<string, string> {
  if (appArmor === undefined) return {};
  return { [`container.apparmor.security.beta.kubernetes.io/${container}`]: appArmor.toLowerCase() };
}

/**
 * The strictest Pod Security Standard that lets such pods in: `restricted` takes none of them, for it allows no
 * capability but NET_BIND_SERVICE; `baseline` takes neither SYS_ADMIN nor Unconfined.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function podSecurityLevel({ podProfile, seccomp, appArmor }: Rights): "baseline" | "privileged" {
  return podProfile === "userns-sysadmin" ||
    seccomp === ("Unconfined" satisfies Seccomp) ||
    appArmor !== undefined
    ? "privileged"
    : "baseline";
}
