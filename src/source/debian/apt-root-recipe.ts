import { directory, file, isLeftOut, relinked } from "./root-recipe.ts";
import type { TarEntry } from "./tar-entry.ts";

/** Counts up whenever the same packages would make another root with apt. */
export const aptRootRecipe = 1;

/** What this machine put there, what the next run of apt or dpkg makes again, and what differs from time to time. */
const leftOver = [
  /^etc\/(?:hostname|resolv\.conf|apt\/sources\.list(?:\.d\/.*)?)$/,
  /^etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-$/,
  /^etc\/\.pwd\.lock$/,
  /^(?:proc|sys|run|tmp|var\/tmp)\/./,
  /^dev(?:\/|$)/,
  /^var\/(?:lib\/apt\/lists|cache\/(?:apt|ldconfig|man))\/./,
  /^var\/cache\/debconf\/.*-old$/,
  /^var\/lib\/dpkg\/(?:[^/]*-old|lock(?:-frontend)?|triggers\/Lock)$/,
  /^var\/lib\/apt\/(?:daily_lock|extended_states)$/,
];

/** Debian's own images leave documentation out in the same way, also of what is installed later. */
const withoutDocumentation = `path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/groff/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/lintian/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
`;

/**
 * The root of configured packages as it goes into the image, sorted: without what only this run of apt needed, nothing of
 * the machine in it, and with the sources that apt inside it will use.
 * @param sources deb822 stanzas.
 */
export function composeAptRoot(unpacked: readonly TarEntry[], sources: string): readonly TarEntry[] {
  const kept = unpacked
    .filter(({ path }) => path !== "." && !isLeftOut(path) && !leftOver.some((pattern) => pattern.test(path)))
    .map((entry) =>
      entry.kind === "file" && isEmptied(entry.path) ? { ...entry, content: Buffer.alloc(0) } : entry,
    );
  const own = [
    directory("dev"),
    file("etc/apt/sources.list.d/debian.sources", sources),
    file("etc/dpkg/dpkg.cfg.d/without-documentation", withoutDocumentation),
  ];
  return relinked(
    [...kept, ...own].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    unpacked,
  );
}

/** Logs; and the machine's id, which each container gets for itself. */
function isEmptied(path: string): boolean {
  return path === "etc/machine-id" || path.startsWith("var/log/");
}
