import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DebianSource } from "../../enrolment/enrolment.ts";
import { FactoryError } from "../../errors.ts";
import { keepJson, recallJson } from "../../kept.ts";
import { architectureOf, type Platform } from "../../platform.ts";
import { digestOf, shortDigest } from "../../registry/digest.ts";
import { withLock } from "../../state/lock.ts";
import { type AptFolder, emptyLists, hashAll, openAptFolder, printUris, updateLists } from "./apt-folder.ts";
import { type Archive, archivesOf, debianKeyring, isSnapshot, sourcesInside } from "./apt-sources.ts";
import { type DebianDoor, stoppable } from "./door.ts";
import { fetchFiles, lastWords, stderrOf } from "./fetch-files.ts";
import { readMachineSources } from "./machine-sources.ts";
import { type DebianPackage, type DebianPackages, debianPackages, parsePrintedUris } from "./packages.ts";

/**
 * Finds the packages that a root needs, as the archive has them now: those asked for and all that they depend on.
 * Builds nothing, and leaves this machine's own package lists alone. While the archive's signed index stays the same,
 * the answer comes from the work folder.
 * @throws FactoryError "source-unavailable" when the archive cannot be reached; "source-invalid" for a suite or package
 *   that it does not have, packages that exclude each other, or an archive that Debian did not sign; "machine-lacks".
 */
export async function resolveDebian(
  source: DebianSource,
  platform: Platform,
  door: DebianDoor,
): Promise<DebianPackages> {
  await requireKeyring();
  const archives = archivesOf(source.suite, source.mirror ?? door.mirror, await readMachineSources());
  const architecture = architectureOf(platform);
  const name = shortDigest(digestOf(JSON.stringify([archives, source.components])));
  const path = join(door.workDir, "cache", "apt", `${source.suite}-${architecture}-${name}`);
  const { packages, suites } = await withLock(`${path}.lock`, stoppable(door), async () => {
    const folder = await openAptFolder(path, architecture);
    return resolveIn(folder, archives, source, door);
  });
  const sources =
    source.variant === "minbase"
      ? sourcesInside(source.suite, source.mirror ?? door.mirror, source.components, suites)
      : undefined;
  return debianPackages(source.suite, platform, packages, sources);
}

/** What is known as long as the archives' signed indexes have these hashes. */
interface Known {
  readonly signed: readonly string[];
  /** When the first of the indexes stops being valid, RFC 3339; undefined for those that do not. */
  readonly validUntil: string | undefined;
  /** The closure of a list of packages, by that list. */
  readonly closures: Readonly<Record<string, readonly DebianPackage[]>>;
}

async function resolveIn(
  folder: AptFolder,
  archives: readonly [Archive, ...Archive[]],
  source: DebianSource,
  door: DebianDoor,
): Promise<{ readonly packages: readonly DebianPackage[]; readonly suites: readonly string[] }> {
  const asked = source.packages.toSorted();
  const list = [...patternsOf(source), ...asked].join(" ");
  const now = await lookAtIndexes(folder, archives, door);
  const before = readKnown(folder);
  const known = stillHolds(before, now) ? before : await renew(folder, now, source, door);
  const suites = now.archives.map(({ suite }) => suite);
  const found = known.closures[list];
  if (found !== undefined) return { packages: found, suites };
  const closure = await computeClosure(folder, asked, source, door);
  await writeKnown(folder, { ...known, closures: { ...known.closures, [list]: closure } });
  return { packages: closure, suites };
}

/**
 * What apt installs without being asked for it by name.
 * @see https://manpages.debian.org/trixie/apt/apt-patterns.7.en.html
 */
function patternsOf({ variant }: DebianSource): readonly string[] {
  return variant === "minbase" ? ["?essential", "?priority(required)", "apt"] : [];
}

/** The archives that are there today, and what their indexes say before a signature is checked. */
interface Indexes {
  readonly archives: readonly Archive[];
  readonly signed: readonly string[];
  readonly validUntil: string | undefined;
}

async function lookAtIndexes(
  folder: AptFolder,
  archives: readonly Archive[],
  door: DebianDoor,
): Promise<Indexes> {
  const dir = await mkdtemp(join(folder.path, "look-"));
  try {
    const wanted = archives.map((archive, index) => ({
      archive,
      uri: `${archive.uri}/dists/${archive.suite}/InRelease`,
      file: join(dir, String(index)),
    }));
    const missed = await fetchFiles(wanted, door);
    const present = wanted.filter(({ uri, archive }) => {
      const miss = missed.find((one) => one.uri === uri);
      if (miss === undefined) return true;
      if (!miss.absent) throw unreachable(uri, miss.why);
      if (!archive.optional) throw unknownSuite(archive, miss.why);
      return false;
    });
    const files = present.map(({ file }) => file);
    const dated = present.filter(({ archive }) => !isSnapshot(archive));
    const texts = await Promise.all(dated.map(({ file }) => readFile(file, "utf8")));
    return {
      archives: present.map(({ archive }) => archive),
      signed: await hashAll(files),
      validUntil: earliest(texts.map(validUntilOf)),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The `Valid-Until` of a Release file. @see https://wiki.debian.org/DebianRepository/Format */
function validUntilOf(release: string): number | undefined {
  const [, text] = /^Valid-Until: (.*)$/m.exec(release) ?? [];
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function earliest(times: readonly (number | undefined)[]): string | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : new Date(Math.min(...known)).toISOString();
}

/** An index that is past its time is left to apt, which knows whether this machine lets that pass. */
function stillHolds(known: Known | undefined, now: Indexes): known is Known {
  if (known === undefined || known.signed.join() !== now.signed.join()) return false;
  return known.validUntil === undefined || Date.parse(known.validUntil) > Date.now();
}

/** What apt verified counts, even where the archive moved on since it was looked at. */
async function renew(
  folder: AptFolder,
  { archives, validUntil }: Indexes,
  source: DebianSource,
  door: DebianDoor,
): Promise<Known> {
  await emptyKnown(folder);
  await emptyLists(folder);
  const signed = await updateLists(folder, archives, source.components, door);
  const known: Known = { signed, validUntil, closures: {} };
  await writeKnown(folder, known);
  return known;
}

async function computeClosure(
  folder: AptFolder,
  asked: readonly string[],
  source: DebianSource,
  door: DebianDoor,
): Promise<readonly DebianPackage[]> {
  const { suite } = source;
  const printed = await printUris(folder, [...patternsOf(source), ...asked], door).catch((error: unknown) => {
    throw explainClosure(error, suite);
  });
  const packages = parsePrintedUris(printed.stdout);
  const names = new Set(packages.map(({ name }) => name));
  const missing = asked.filter((name) => !names.has(name));
  if (missing.length === 0) return packages;
  throw new FactoryError("source-invalid", `${suite} has no package ${missing.join(", ")}`, {
    hint: "Name packages that exist, not ones that others provide: https://packages.debian.org/",
  });
}

function explainClosure(error: unknown, suite: string): unknown {
  if (!(error instanceof FactoryError) || error.code !== "tool-failed") return error;
  const said = stderrOf(error);
  const unknown = [...said.matchAll(/(?:Unable to locate package|Package '?)\s*([a-z0-9][a-z0-9+.-]*)/g)];
  if (/Unable to locate package|has no installation candidate/.test(said)) {
    const names = [...new Set(unknown.map(([, name]) => name))].join(", ");
    return new FactoryError("source-invalid", `${suite} has no package ${names}`, {
      hint: "Correct source.debian.packages or the suite: https://packages.debian.org/ has every suite's list.",
      cause: error,
    });
  }
  const unmet = (error.cause as { stdout?: string }).stdout?.match(/^ \S+ : .*$/gm) ?? [];
  return new FactoryError(
    "source-invalid",
    `the packages do not go together in ${suite}: ${lastWords(said)}`,
    {
      problems: unmet.map((line) => line.trim()),
      hint: "Take one of the packages that exclude each other out of source.debian.packages.",
      cause: error,
    },
  );
}

function unreachable(uri: string, why: string): FactoryError {
  return new FactoryError("source-unavailable", `cannot get ${uri}: ${why}`, {
    hint: "Look at the network, or name another mirror: source.debian.mirror, or debianMirror in factory.yaml.",
  });
}

function unknownSuite({ uri, suite }: Archive, why: string): FactoryError {
  return new FactoryError("source-invalid", `the archive at ${uri} has no suite ${suite}: ${why}`, {
    hint: "Correct source.debian.suite or the mirror: trixie and bookworm are suites of Debian.",
  });
}

async function requireKeyring(): Promise<void> {
  await access(debianKeyring).catch((cause: unknown) => {
    throw new FactoryError("machine-lacks", `${debianKeyring} is not there to check Debian's signatures`, {
      hint: "Install the package debian-archive-keyring.",
      cause,
    });
  });
}

function knownFile({ path }: AptFolder): string {
  return join(path, "known.json");
}

function readKnown(folder: AptFolder): Known | undefined {
  return recallJson(knownFile(folder)) as Known | undefined;
}

async function writeKnown(folder: AptFolder, known: Known): Promise<void> {
  await keepJson(knownFile(folder), known);
}

function emptyKnown(folder: AptFolder): Promise<void> {
  return rm(knownFile(folder), { force: true });
}
