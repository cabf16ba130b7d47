/** What a test of builds knows that an attacker would guess. */
export interface Ground {
  /** A file of this machine with the canary in it, outside of every source. */
  readonly hostFile: string;
  /** A server of this machine that counts who asks. */
  readonly port: number;
  /** An address of this machine besides loopback, or loopback where it has none. */
  readonly address: string;
}

export const canary = "canary-91c2f0d87b5a";

/** A probe runs inside of a step, and what it prints shows how far it came. */
export interface Probe {
  readonly row: string;
  readonly script: (ground: Ground) => string;
  readonly shows: RegExp;
}

const tried = (script: string) => `(${script}) && echo came through || echo held`;
const reach = (host: string, port: number) =>
  tried(`busybox wget -q -T 3 -O /dev/null "http://${host}:${port}/" 2>/dev/null`);
export const nothing = /^$/;
const held = /^held\n$/;

/** Tried in a step with the network that steps have by default. */
export const probes: readonly Probe[] = [
  {
    row: "reads a file of this machine by climbing",
    script: ({ hostFile }) => `cat "../../../../../../..${hostFile}" 2>/dev/null`,
    shows: nothing,
  },
  {
    row: "reads it through the root of the first process",
    script: ({ hostFile }) => `cat "/proc/1/root${hostFile}" 2>/dev/null`,
    shows: nothing,
  },
  {
    row: "reads it through the root or the folder of any process",
    script: ({ hostFile }) =>
      `for p in /proc/[0-9]*; do cat "$p/root${hostFile}" "$p/cwd/../../../../../..${hostFile}" 2>/dev/null; done`,
    shows: nothing,
  },
  {
    row: "reads it through a file that the builder left open",
    script: ({ hostFile }) =>
      `for f in /proc/self/fd/* /proc/1/fd/*; do cat "$f/../../../../../../../..${hostFile}" "$f${hostFile}" 2>/dev/null; done`,
    shows: nothing,
  },
  {
    row: "reads variables of any process",
    script: () =>
      "for p in /proc/[0-9]*; do busybox strings $p/environ 2>/dev/null; done | grep -i 'canary\\|FACTORY_\\|AUTH'",
    shows: nothing,
  },
  {
    row: "finds a login in the places where builders keep it",
    script: () =>
      "for f in /run/containers/0/auth.json /root/.docker/config.json /run/user/*/containers/auth.json /var/run/secrets/* /run/secrets/* /dev/shm/*; do cat $f 2>/dev/null; done",
    shows: nothing,
  },
  {
    row: "finds the socket of a container engine or of an agent",
    script: () => "find /run /var/run /tmp -type s 2>/dev/null",
    shows: nothing,
  },
  {
    row: "makes a disk's device and reads it",
    script: () =>
      tried("busybox mknod /disk b 8 0 2>/dev/null && busybox dd if=/disk of=/dev/null count=1 2>/dev/null"),
    shows: held,
  },
  {
    row: "makes the memory's device and reads it",
    script: () =>
      tried(
        "busybox mknod /memory c 1 1 2>/dev/null && busybox dd if=/memory of=/dev/null count=1 2>/dev/null",
      ),
    shows: held,
  },
  {
    row: "reads the kernel's memory",
    script: () =>
      tried(
        "busybox dd if=/proc/kcore of=/dev/null count=1 2>/dev/null && test -s /proc/kcore && test $(busybox dd if=/proc/kcore count=1 2>/dev/null | wc -c) -gt 0",
      ),
    shows: held,
  },
  {
    row: "has a device of this machine besides the plain ones",
    script: () =>
      "ls /dev | grep -v -x 'console\\|core\\|fd\\|full\\|mqueue\\|null\\|ptmx\\|pts\\|random\\|shm\\|stderr\\|stdin\\|stdout\\|tty\\|urandom\\|zero'",
    shows: nothing,
  },
  {
    row: "mounts a folder over another",
    script: () => tried("busybox mount --bind /bin /mnt 2>/dev/null"),
    shows: held,
  },
  {
    row: "mounts the kernel's settings anew",
    script: () =>
      tried("busybox mount -t proc proc /mnt 2>/dev/null || busybox mount -t sysfs sysfs /mnt 2>/dev/null"),
    shows: held,
  },
  {
    row: "makes the kernel's settings writable again",
    script: () =>
      tried(
        "busybox mount -o remount,rw /proc/sys 2>/dev/null || busybox mount -o remount,rw /sys 2>/dev/null",
      ),
    shows: held,
  },
  {
    row: "writes what the kernel runs when a program dies",
    script: () =>
      tried("cat /proc/sys/kernel/core_pattern > /pattern && cat /pattern > /proc/sys/kernel/core_pattern"),
    shows: held,
  },
  {
    row: "writes what the kernel runs for a device",
    script: () =>
      tried(
        "test -e /sys/kernel/uevent_helper && cat /sys/kernel/uevent_helper > /helper && cat /helper > /sys/kernel/uevent_helper",
      ),
    shows: held,
  },
  {
    row: "gives this machine another name",
    script: () => tried("busybox hostname hostile 2>/dev/null"),
    shows: held,
  },
  {
    row: "leaves by changing the root",
    script: () =>
      tried(
        "mkdir -p /jail && busybox chroot /jail /bin/true 2>/dev/null && busybox chroot /proc/1/root /bin/true 2>/dev/null && test -e /proc/1/root/usr/bin/buildah",
      ),
    shows: held,
  },
  {
    row: "enters the namespaces of the first process",
    script: () => tried("busybox nsenter -t 1 -m test -e /usr/bin/buildah 2>/dev/null"),
    shows: held,
  },
  {
    row: "makes cgroups run a program",
    script: () =>
      tried(
        "for d in /sys/fs/cgroup /sys/fs/cgroup/*; do test -e $d/release_agent && cat $d/release_agent > /agent && cat /agent > $d/release_agent && exit 0; done 2>/dev/null; exit 1",
      ),
    shows: held,
  },
  {
    row: "loads a module",
    script: () => tried("busybox insmod /bin/busybox 2>/dev/null"),
    shows: held,
  },
  {
    row: "stands in the way of others when memory is short",
    script: () => "grep -v '^500$' /proc/self/oom_score_adj",
    shows: nothing,
  },
  {
    row: "leaves a process that hears no signal",
    script: () =>
      "busybox setsid sh -c 'trap \"\" TERM HUP INT; while :; do busybox sleep 1; done' >/dev/null 2>&1 &",
    shows: nothing,
  },
];

/** Tried in a step of an image with `network: none`. */
export const cutOffProbes: readonly Probe[] = [
  {
    row: "reaches a server of this machine by loopback",
    script: ({ port }) => reach("127.0.0.1", port),
    shows: held,
  },
  { row: "reaches it by name", script: ({ port }) => reach("localhost", port), shows: held },
  { row: "reaches it in the new way", script: ({ port }) => reach("[::1]", port), shows: held },
  { row: "reaches it by its address", script: ({ address, port }) => reach(address, port), shows: held },
  { row: "reaches it as the address of nowhere", script: ({ port }) => reach("0.0.0.0", port), shows: held },
  {
    row: "reaches a machine's credentials",
    script: () => reach("169.254.169.254", 80),
    shows: held,
  },
  {
    row: "has another interface than loopback",
    script: () =>
      "busybox tail -n +3 /proc/net/dev | busybox cut -d: -f1 | busybox tr -d ' ' | grep -v -x lo",
    shows: nothing,
  },
  { row: "has a route", script: () => "busybox tail -n +2 /proc/net/route", shows: nothing },
  {
    row: "asks a name server",
    script: () => tried("busybox timeout 3 busybox nslookup example.com >/dev/null 2>&1"),
    shows: held,
  },
  {
    row: "sends a packet of its own making",
    script: () => tried("busybox ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1 && test -e /sys/class/net/eth0"),
    shows: held,
  },
];
