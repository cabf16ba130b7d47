import { nothing } from "./step-probes.ts";

/** A Dockerfile that is tried as a whole, and how its build has to end. */
export interface BuildAttempt {
  readonly row: string;
  readonly dockerfile: readonly string[];
  /** Lines that its entry in images.yaml has besides. */
  readonly entry?: string;
  readonly status: 0 | 65 | 75 | 124;
  /** What has to be said. */
  readonly says?: RegExp;
  /** What /seen in the image has to be, where there is one. */
  readonly seen?: RegExp;
}

const from = "FROM factory.localhost/base";

/** A step, or a few, that end the build with 65. */
const refused = (row: string, steps: readonly string[], says?: RegExp): BuildAttempt => ({
  row,
  dockerfile: [from, ...steps],
  status: 65,
  ...(says && { says }),
});

export const builds: readonly BuildAttempt[] = [
  refused("COPY of a file of this machine", ["COPY /etc/passwd /seen"], /COPY|passwd/),
  refused("COPY by climbing out of the context", ["COPY ../../../../../../etc/passwd /seen"], /passwd/),
  refused("COPY through a link to a folder of this machine", ["COPY etc/passwd /seen"], /passwd|etc/),
  refused("COPY of a link to a file of this machine", ["COPY host-file /seen"], /host-file/),
  refused("ADD of an archive that writes through its own links", ["ADD links.tar /"], /links/),
  {
    row: "ADD of an archive that climbs",
    dockerfile: [from, "ADD climbs.tar /", "RUN echo done > /seen"],
    status: 0,
    seen: /^done\n$/,
  },
  refused("a bind mount of a folder of this machine", [
    "RUN --mount=type=bind,source=/etc,target=/mnt cat /mnt/shadow > /seen",
  ]),
  refused("a bind mount by climbing", [
    "RUN --mount=type=bind,source=../../../../../../etc,target=/mnt cat /mnt/shadow > /seen",
  ]),
  refused(
    "a bind mount of a link to a folder of this machine",
    ["RUN --mount=type=bind,source=etc,target=/mnt cat /mnt/shadow > /seen"],
    /a link out of the context|beyond|shadow/,
  ),
  {
    row: "a bind mount of a link to this machine that a stage has made",
    dockerfile: [
      `${from} AS other`,
      "RUN busybox ln -s / /out",
      from,
      "RUN --mount=type=bind,from=other,source=/out,target=/mnt cat /mnt/etc/shadow > /seen",
    ],
    status: 65,
    says: /1\.35\.1|shadow/,
  },
  {
    row: "a link to this machine in a stage that is mounted whole",
    dockerfile: [
      `${from} AS other`,
      "RUN busybox ln -s / /out",
      from,
      "RUN --mount=type=bind,from=other,target=/mnt cat /mnt/out/etc/shadow > /seen",
    ],
    status: 65,
  },
  refused(
    "a bind mount of a link that a step before has put into the context",
    [
      "RUN --mount=type=bind,rw,target=/mnt busybox ln -s / /mnt/out",
      "RUN --mount=type=bind,source=out,target=/mnt cat /mnt/etc/shadow > /seen",
    ],
    /1\.35\.1|shadow/,
  ),
  {
    row: "a bind mount that is written to",
    dockerfile: [
      from,
      "RUN --mount=type=bind,rw,target=/mnt echo hostile > /mnt/file && cat /mnt/file > /seen",
    ],
    status: 0,
    seen: /^hostile\n$/,
  },
  refused(
    "a cache that is a folder of this machine, by climbing",
    ["RUN --mount=type=cache,id=../../../../../../../../etc,target=/mnt cat /mnt/shadow > /seen"],
    /1\.38|shadow/,
  ),
  {
    row: "a cache from a link to this machine that a stage has made",
    dockerfile: [
      `${from} AS other`,
      "RUN busybox ln -s / /out",
      from,
      "RUN --mount=type=cache,from=other,source=/out,target=/mnt cat /mnt/etc/shadow > /seen",
    ],
    status: 65,
    says: /1\.38|shadow/,
  },
  {
    row: "the cache of another image",
    dockerfile: [from, "RUN --mount=type=cache,id=shared,target=/mnt ls /mnt > /seen; echo mine > /mnt/mine"],
    status: 0,
    seen: nothing,
  },
  {
    row: "the same cache of a third",
    dockerfile: [from, "RUN --mount=type=cache,id=shared,target=/mnt echo mine > /mnt/mine; ls /mnt > /seen"],
    status: 0,
    seen: /^mine\n$/,
  },
  refused(
    "an agent's socket",
    ['RUN --mount=type=ssh,required=true test -n "$SSH_AUTH_SOCK" && echo has > /seen'],
    /ssh/,
  ),
  refused(
    "the secret of another image",
    ["RUN --mount=type=secret,id=token cat /run/secrets/token > /seen"],
    /secret/,
  ),
  refused(
    "a secret by the path of its file",
    ["RUN --mount=type=secret,id=token,src=/etc/shadow cat /run/secrets/token > /seen"],
    /secret/,
  ),
  refused("the network of this machine in a step", ["RUN --network=host true"], /--network/),
  refused("all rights in a step", ["RUN --security=insecure true"], /--security/),
  refused("a working folder in what the builder left open", [
    "WORKDIR /proc/self/fd/7",
    "RUN cat ../../../../../../../../../etc/shadow > /seen",
  ]),
  {
    row: "a step that kills all it can",
    dockerfile: [from, "RUN busybox kill -9 -1; busybox kill -TERM 1; busybox kill -9 1; echo done > /seen"],
    status: 0,
    seen: /^(?:done\n)?$/,
  },
  refused("a step that prints without end", ["RUN busybox yes"], /printed more than/),
  refused("a step that multiplies without end", ["RUN b() { b | b & wait; }; b"], /more than 8192 processes/),
  {
    row: "a file of many times the disk, without content",
    dockerfile: [from, "RUN busybox truncate -s 900G /huge"],
    entry: "timeouts: {build: 12s}",
    status: 124,
  },
  {
    row: "a step without end",
    dockerfile: [from, "RUN while :; do :; done"],
    entry: "timeouts: {build: 5s}",
    status: 124,
  },
  refused(
    "control characters for the terminal of who builds",
    ["RUN echo '\u001b]0;hostile\u0007\u001b[2J' && echo '\u001b[2Jsaid' && exit 9"],
    /exit status 9/,
  ),
  {
    row: "names with line breaks, options and control characters",
    dockerfile: [from, "COPY names /names", "RUN ls /names | busybox wc -l > /seen"],
    status: 0,
    seen: /^6\n$/,
  },
  {
    row: "a step as somebody who can become root",
    dockerfile: [
      from,
      "RUN cp /bin/busybox /su && busybox chmod 4755 /su && busybox chmod 1777 /tmp",
      "USER 1000:1000",
      "RUN busybox id -u > /tmp/id; busybox cat /tmp/id > /tmp/seen",
      "USER 0:0",
      "RUN busybox cp /tmp/seen /seen",
    ],
    status: 0,
    seen: /^1000\n$/,
  },
];
