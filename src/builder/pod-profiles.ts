/** How a pod runs the builder image: what its security context gives a container. */
export interface PodProfile {
  readonly name: string;
  /** runAsUser. */
  readonly uid: number;
  /** hostUsers: false is a user namespace of the pod's own. */
  readonly hostUsers: boolean;
  /** allowPrivilegeEscalation: false. */
  readonly noNewPrivileges: boolean;
  /** What is left after `drop: [ALL]` and what is added, as the kernel spells it. */
  readonly capabilities: readonly string[];
  readonly seccomp: "RuntimeDefault" | "Localhost";
}

/** What buildah gives a RUN step by itself, and so has to have where there is no nested user namespace. */
const stepCapabilities = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_NET_BIND_SERVICE",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_CHROOT",
];

/** The pod profiles in which builds work, the default first. */
export const podProfiles: readonly PodProfile[] = [
  {
    name: "userns",
    uid: 0,
    hostUsers: false,
    noNewPrivileges: true,
    capabilities: ["CAP_SETFCAP", "CAP_SETGID", "CAP_SETUID"],
    seccomp: "Localhost",
  },
  {
    name: "userns-sysadmin",
    uid: 0,
    hostUsers: false,
    noNewPrivileges: true,
    capabilities: [...stepCapabilities, "CAP_SYS_ADMIN"],
    seccomp: "RuntimeDefault",
  },
  {
    name: "rootless",
    uid: 1000,
    hostUsers: true,
    noNewPrivileges: false,
    capabilities: ["CAP_SETGID", "CAP_SETUID"],
    seccomp: "Localhost",
  },
];

/** What a cluster makes of `hostUsers: false` when it does not know it: root of the node, which is refused. */
export const ignoredHostUsers: PodProfile = {
  name: "host-root",
  uid: 0,
  hostUsers: true,
  noNewPrivileges: true,
  capabilities: [...stepCapabilities, "CAP_SYS_ADMIN"],
  seccomp: "RuntimeDefault",
};
