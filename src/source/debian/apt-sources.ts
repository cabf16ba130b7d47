/** One line or stanza of apt's sources that names binary packages. */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

/** Where packages come from: an archive and one suite of it. */
export interface Archive {
  readonly uri: string;
  readonly suite: string;
  /** Updates of a suite, which not every mirror has. */
  readonly optional: boolean;
}

/** The keys that every archive of Debian is signed with; nothing else is trusted, whatever this machine trusts. */
export const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** What is used where nothing else is named. */
const defaultMirror = "https://deb.debian.org/debian";

/** The same for apt inside a root, which may have no certificates; what it gets is signed. */
const defaultMirrorInside = "http://deb.debian.org/debian";

/**
 * Reads `*.list`, one source a line.
 * @see https://manpages.debian.org/bookworm/apt/sources.list.5.en.html#ONE-LINE-STYLE_FORMAT
 */
export function parseOneLineSources(text: string): readonly AptSource[] {
  return text.split("\n").flatMap((line) => {
    const words = line.replace(/#.*/, "").match(/^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)((?:\s+\S+)*)\s*$/);
    const [, uri, suite, components = ""] = words ?? [];
    if (uri === undefined || suite === undefined) return [];
    return [{ uris: [uri], suites: [suite], components: wordsOf(components) }];
  });
}

/**
 * Reads `*.sources`, one source a stanza.
 * @see https://manpages.debian.org/bookworm/apt/sources.list.5.en.html#DEB822-STYLE_FORMAT
 */
export function parseDeb822Sources(text: string): readonly AptSource[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  return lines
    .join("\n")
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      const fields = fieldsOf(stanza);
      const field = (name: string) => wordsOf(fields.get(name) ?? "");
      if (!field("types").includes("deb") || field("enabled")[0]?.toLowerCase() === "no") return [];
      return [{ uris: field("uris"), suites: field("suites"), components: field("components") }];
    });
}

/**
 * The archives of one suite, its own first: of the mirror that is named, else of what this machine's apt uses for
 * Debian, else of Debian's own address. A machine's archive serves other suites than the machine's too.
 */
export function archivesOf(
  suite: string,
  mirror: string | undefined,
  machine: readonly AptSource[],
): readonly [Archive, ...Archive[]] {
  const own = mirror === undefined ? machineArchive(machine, isRelease) : undefined;
  const base = withoutSlash(mirror ?? own ?? defaultMirror);
  const machineSecurity = own === undefined ? undefined : machineArchive(machine, isSecurity);
  const security = withoutSlash(machineSecurity ?? securityArchive(base));
  return [
    { uri: base, suite, optional: false },
    { uri: base, suite: `${suite}-updates`, optional: true },
    { uri: security, suite: `${suite}-security`, optional: true },
  ];
}

/** A mirror keeps security updates in a sibling archive: `…/debian` has `…/debian-security`. */
function securityArchive(base: string): string {
  const sibling = base.replace(/\/debian(?=$|\/(?!.*\/debian(?:$|\/)))/, "/debian-security");
  return sibling === base ? `${base}-security` : sibling;
}

/** An archive of a fixed day says for ever what was valid on that day. */
export function isSnapshot({ uri }: Archive): boolean {
  return /\/\d{8}T\d{6}Z(?:\/|$)/.test(uri);
}

/**
 * What apt inside a root reads: the mirror that is named, else Debian's own address, never that of the machine which built
 * the root; of the suites those that the machine found.
 */
export function sourcesInside(
  suite: string,
  mirror: string | undefined,
  components: readonly string[],
  found: readonly string[],
): string {
  const archives = archivesOf(suite, mirror ?? defaultMirrorInside, []);
  const there = archives.filter((archive) => found.includes(archive.suite));
  return formatSources(there, components, debianKeyring);
}

/** Stanzas for `*.sources`, trusted by Debian's keys alone. */
export function formatSources(
  archives: readonly Archive[],
  components: readonly string[],
  keyring: string,
): string {
  return archives
    .map((archive) =>
      [
        "Types: deb",
        `URIs: ${archive.uri}`,
        `Suites: ${archive.suite}`,
        `Components: ${components.join(" ")}`,
        `Signed-By: ${keyring}`,
        ...(isSnapshot(archive) ? ["Check-Valid-Until: no"] : []),
        "",
      ].join("\n"),
    )
    .join("\n");
}

/** Debian's releases; an archive of somebody else may have suites of the same name, but has no component `main` of it. */
const releases =
  /^(?:stable|oldstable|oldoldstable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke)$/;

function isRelease(suite: string): boolean {
  return releases.test(suite);
}

function isSecurity(suite: string): boolean {
  return suite.endsWith("-security") && isRelease(suite.slice(0, -"-security".length));
}

/** The address of an archive with such a suite; one that is called `debian`, as Debian's mirrors are, goes first. */
function machineArchive(
  machine: readonly AptSource[],
  wanted: (suite: string) => boolean,
): string | undefined {
  const found = machine
    .filter(({ suites, components }) => components.includes("main") && suites.some(wanted))
    .flatMap(({ uris }) => uris)
    .filter((uri) => /^(?:https?|file|copy):/.test(uri));
  return found.find((uri) => /\/debian(?:-security)?(?:\/|$)/.test(uri)) ?? found[0];
}

function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let name = "";
  for (const line of stanza.split("\n")) {
    const [, key, value = ""] = /^([^\s:]+):(.*)$/.exec(line) ?? [];
    if (key !== undefined) {
      name = key.toLowerCase();
      fields.set(name, value);
    } else if (name !== "") fields.set(name, `${fields.get(name)} ${line}`);
  }
  return fields;
}

function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function withoutSlash(uri: string): string {
  return uri.replace(/\/+$/, "");
}
