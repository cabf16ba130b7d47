import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "../../errors.ts";
import { digestOf } from "../../registry/digest.ts";
import { type Finished, isStall } from "../../run.ts";
import { type Archive, debianKeyring, formatSources } from "./apt-sources.ts";
import { type DebianDoor, runApt } from "./door.ts";
import { lastWords, stderrOf } from "./fetch-files.ts";

/** A folder in which apt keeps the lists of one suite and architecture, apart from those of the machine. */
export interface AptFolder {
  readonly path: string;
  readonly architecture: string;
}

const updateTimeoutMs = 15 * 60_000;
const resolveTimeoutMs = 5 * 60_000;

/**
 * Fetches the lists of the archives, checked by their signatures, and hashes what was signed.
 * @throws FactoryError "source-unavailable" when one does not come, "source-invalid" when one is not Debian's.
 */
export async function updateLists(
  folder: AptFolder,
  archives: readonly Archive[],
  components: readonly string[],
  door: DebianDoor,
): Promise<readonly string[]> {
  await writeFile(
    join(folder.path, "debian.sources"),
    formatSources(archives, components, debianKeyring).replaceAll(/^URIs: file:/gm, "URIs: copy:"),
  );
  const command = ["-q", "-o", "APT::Update::Error-Mode=any", "update"];
  const update = () => aptGet(folder, command, updateTimeoutMs, door);
  await update()
    .catch(async (error: unknown) => {
      if (!(error instanceof FactoryError) || error.code !== "tool-failed") throw error;
      // apt tries again by itself what breaks off, but not what came with other bytes than were signed, or was refused once.
      await emptyLists(folder);
      return update();
    })
    .catch((error: unknown) => {
      throw explainUpdate(error, archives);
    });
  const lists = join(folder.path, "lists");
  const signed = (await readdir(lists)).filter((name) => name.endsWith("_InRelease"));
  return hashAll(signed.map((name) => join(lists, name)));
}

/** What apt would install into an empty system, as `--print-uris` prints it. */
export async function printUris(
  folder: AptFolder,
  packages: readonly string[],
  door: DebianDoor,
): Promise<Finished> {
  const asked = ["install", "-q", "-y", "--print-uris", "-o", "Acquire::ForceHash=SHA256", "--"];
  return aptGet(folder, [...asked, ...packages], resolveTimeoutMs, door);
}

/** Hashes of files, in an order that does not depend on their names. */
export async function hashAll(files: readonly string[]): Promise<readonly string[]> {
  const hashes = await Promise.all(files.map(async (file) => digestOf(await readFile(file))));
  return hashes.sort();
}

/** Makes the folder, or puts its configuration right. */
export async function openAptFolder(path: string, architecture: string): Promise<AptFolder> {
  const folder = { path, architecture };
  await mkdir(join(path, "lists", "partial"), { recursive: true });
  await mkdir(join(path, "archives", "partial"), { recursive: true });
  await writeFile(join(path, "status"), "");
  await writeFile(join(path, "apt.conf"), configuration(folder));
  return folder;
}

/** Forgets the lists: what apt left half done there would stand in the way of the next try. */
export async function emptyLists({ path }: AptFolder): Promise<void> {
  await rm(join(path, "lists"), { recursive: true, force: true });
  await mkdir(join(path, "lists", "partial"), { recursive: true });
}

function aptGet(
  { path }: AptFolder,
  args: readonly string[],
  timeoutMs: number,
  door: DebianDoor,
): Promise<Finished> {
  return runApt({ tool: "apt-get", args: ["-c", join(path, "apt.conf"), ...args], timeoutMs }, door);
}

/**
 * Read by apt after the machine's own files: of those the ways to an archive stay (`Acquire`: proxies, certificates),
 * while places, hooks, preferences, default releases and architectures of the machine do not count.
 */
function configuration({ path, architecture }: AptFolder): string {
  const settings = {
    "APT::Architecture": architecture,
    "APT::Sandbox::User": "root",
    "APT::Install-Recommends": "false",
    "APT::Install-Suggests": "false",
    "Dir::State": path,
    "Dir::State::lists": join(path, "lists"),
    "Dir::State::status": join(path, "status"),
    "Dir::Cache": path,
    "Dir::Cache::archives": join(path, "archives"),
    "Dir::Etc::sourcelist": join(path, "debian.sources"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "Dir::Etc::trusted": "/dev/null",
    "Dir::Etc::trustedparts": "/dev/null",
    "Acquire::Languages": "none",
    "Acquire::AllowInsecureRepositories": "false",
    "Acquire::AllowWeakRepositories": "false",
    "Acquire::AllowDowngradeToInsecureRepositories": "false",
    // A release that became "oldstable" is still the release that was asked for by its code name.
    "Acquire::AllowReleaseInfoChange::Suite": "true",
    "Acquire::AllowReleaseInfoChange::Version": "true",
    "Acquire::AllowReleaseInfoChange::Label": "true",
    "Acquire::IndexTargets::deb::Packages::MetaKey": "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages",
    "Acquire::IndexTargets::deb::Packages::flatMetaKey": "Packages",
    "Acquire::IndexTargets::deb::Packages::ShortDescription": "Packages",
    "Acquire::IndexTargets::deb::Packages::Description": "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages",
  };
  return [
    "#clear APT;",
    "#clear DPkg;",
    "#clear Acquire::IndexTargets;",
    `APT::Architectures { "${architecture}"; };`,
    ...Object.entries(settings).map(([name, value]) => `${name} "${value}";`),
    "",
  ].join("\n");
}

function explainUpdate(error: unknown, archives: readonly Archive[]): unknown {
  if (!(error instanceof FactoryError) || error.code !== "tool-failed") return error;
  const said = stderrOf(error);
  const where = [...new Set(archives.map(({ uri }) => uri))].join(" and ");
  if (
    /NO_PUBKEY|BADSIG|is not signed|not valid: |signatures were invalid|Splitting up .* failed/.test(said)
  ) {
    return new FactoryError(
      "source-invalid",
      `the archive at ${where} is not signed by Debian: ${lastWords(said)}`,
      {
        hint: `Correct the mirror, or bring ${debianKeyring} up to date: apt-get install debian-archive-keyring`,
        cause: error,
      },
    );
  }
  if (/doesn't have the component/.test(said)) {
    return new FactoryError("source-invalid", `the archive at ${where}: ${lastWords(said)}`, {
      hint: "Correct source.debian.components in images.yaml.",
      cause: error,
    });
  }
  return new FactoryError(
    "source-unavailable",
    `cannot get the package lists of ${where}: ${isStall(error) ? "the archive stands still" : lastWords(said)}`,
    {
      hint: "Look at the network, or name another mirror: source.debian.mirror, or debianMirror in factory.yaml.",
      cause: error,
    },
  );
}
