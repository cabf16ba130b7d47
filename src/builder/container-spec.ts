import type { PodProfile } from "./pod-profiles.ts";

/** One run of the builder image, as a pod of a profile would run it. */
export interface ContainerRun {
  readonly profile: PodProfile;
  /** Root file system, owned by `firstId` and up where the profile has users of its own. */
  readonly rootDir: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Folders by the path that they have inside; owned on this machine by the user that the profile runs as. */
  readonly volumes: Readonly<Record<string, string>>;
}

/** First id on this machine of a user namespace of a pod, and how many it has. */
export const firstId = 1_000_000;
export const idCount = 65_536;

/** What containerd's default profile lets nobody do without CAP_SYS_ADMIN (chroot: CAP_SYS_CHROOT). */
const namespaceCalls = ["unshare", "mount", "umount2", "pivot_root", "chroot"];
const administratorCalls = [
  "setns",
  "mount_setattr",
  "move_mount",
  "open_tree",
  "fsopen",
  "fsmount",
  "fsconfig",
];
const neverCalls = [
  "kexec_load",
  "bpf",
  "perf_event_open",
  "keyctl",
  "add_key",
  "request_key",
  "userfaultfd",
];

/**
 * The configuration with which an OCI runtime runs the image as containerd would in such a pod: capabilities,
 * no_new_privs, masked paths, users of its own with id-mapped volumes. The network is the machine's.
 * @see https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config.md
 */
export function containerSpec({ profile, rootDir, args, env, cwd, volumes }: ContainerRun): object {
  const ownUsers = !profile.hostUsers;
  const mapping = [{ containerID: 0, hostID: firstId, size: idCount }];
  return {
    ociVersion: "1.2.0",
    root: { path: rootDir, readonly: false },
    hostname: "builder",
    process: {
      user: { uid: profile.uid, gid: profile.uid },
      args,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd,
      noNewPrivileges: profile.noNewPrivileges,
      capabilities: {
        bounding: profile.capabilities,
        effective: profile.capabilities,
        permitted: profile.capabilities,
      },
    },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=65536k"] },
      {
        destination: "/dev/pts",
        type: "devpts",
        source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
      },
      {
        destination: "/dev/shm",
        type: "tmpfs",
        source: "shm",
        options: ["nosuid", "noexec", "nodev", "mode=1777"],
      },
      // A network of this machine does not let a user namespace mount a sysfs of its own.
      {
        destination: "/sys",
        type: "none",
        source: "/sys",
        options: ["rbind", "nosuid", "noexec", "nodev", "ro"],
      },
      ...["/etc/resolv.conf", "/etc/hosts"].map((file) => ({
        destination: file,
        type: "bind",
        source: file,
        options: ["bind", "ro"],
      })),
      ...Object.entries(volumes).map(([destination, source]) => ({
        destination,
        type: "bind",
        source,
        options: ["bind", "rw"],
        ...(ownUsers ? { uidMappings: mapping, gidMappings: mapping } : {}),
      })),
    ],
    linux: {
      namespaces: [...["pid", "ipc", "uts", "mount"], ...(ownUsers ? ["user"] : [])].map((type) => ({
        type,
      })),
      ...(ownUsers ? { uidMappings: mapping, gidMappings: mapping } : {}),
      maskedPaths: [
        "/proc/acpi",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/scsi",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/firmware",
      ],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
      seccomp: seccomp(profile),
    },
  };
}

/** What a build meets of containerd's default profile, and of the one for builds: as the default, but for namespaces and mounts. */
function seccomp({ seccomp: kind, capabilities }: PodProfile): object {
  const administrator = capabilities.includes("CAP_SYS_ADMIN");
  const refused = [
    ...neverCalls,
    ...(administrator ? [] : administratorCalls),
    ...(administrator || kind === "Localhost" ? [] : namespaceCalls),
  ];
  return {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
    syscalls: [{ names: refused, action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
  };
}
