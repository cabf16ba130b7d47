import { setTimeout as sleep } from "node:timers/promises";
import { FactoryError } from "../../errors.ts";
import { type Finished, isStall } from "../../run.ts";
import { type DebianDoor, runApt } from "./door.ts";

export interface WantedFile {
  readonly uri: string;
  readonly file: string;
  /** 64 hex digits; a file with another hash is refused. */
  readonly sha256?: string;
}

/** Why a file did not come, in the words of apt. */
export interface MissedFile {
  readonly uri: string;
  readonly why: string;
  /** The archive answered that it has no such file, or has another one under that name. */
  readonly absent: boolean;
}

/** apt's own downloader: it goes through the proxies, certificates and logins that this machine's apt is configured with. */
const aptHelper = "/usr/lib/apt/apt-helper";

const timeoutMs = 30 * 60_000;

/** A false answer of one moment is not believed: what did not come is asked for once more. */
const pauseMs = 1_000;

/**
 * Downloads files side by side, each to a path of its own, and says which did not come.
 * @throws FactoryError "machine-lacks" where there is no apt.
 */
export async function fetchFiles(
  wanted: readonly WantedFile[],
  door: DebianDoor,
): Promise<readonly MissedFile[]> {
  const missed = await fetchOnce(wanted, door);
  const again = wanted.filter(({ uri }) => missed.some((miss) => miss.uri === uri));
  if (again.length === 0) return missed;
  await sleep(pauseMs);
  return fetchOnce(again, door);
}

async function fetchOnce(wanted: readonly WantedFile[], door: DebianDoor): Promise<readonly MissedFile[]> {
  if (wanted.length === 0) return [];
  const words = wanted.flatMap(({ uri, file, sha256 }) => [
    copied(uri),
    file,
    ...(sha256 === undefined ? [] : [`SHA256:${sha256}`]),
  ]);
  const args = ["-q", "-o", "APT::Sandbox::User=root", "download-file", ...words];
  const download = runApt({ tool: aptHelper, args, alsoOk: [100], timeoutMs }, door);
  const { exitCode, stderr } = await download.catch((error: unknown) => {
    throw isStall(error) ? standsStill(wanted, error) : error;
  });
  const missed = parseMisses(stderr);
  if (exitCode !== 0 && missed.length === 0) {
    throw new FactoryError("source-unavailable", `cannot download ${wanted[0]?.uri}: ${lastWords(stderr)}`);
  }
  return missed;
}

function standsStill([first]: readonly WantedFile[], cause: unknown): FactoryError {
  return new FactoryError("source-unavailable", `cannot download ${first?.uri}: the archive stands still`, {
    hint: "Look at the network, or name another mirror: source.debian.mirror, or debianMirror in factory.yaml.",
    cause,
  });
}

/** apt would only link to a file of this machine. */
function copied(uri: string): string {
  return uri.replace(/^file:/, "copy:");
}

/** Reads apt's `E: Failed to fetch <uri>  <why>` lines. */
export function parseMisses(stderr: string): readonly MissedFile[] {
  return [...stderr.matchAll(/^E: Failed to fetch (\S+)\s+(.*)$/gm)].map(([, uri = "", why = ""]) => ({
    uri: uri.replace(/^copy:/, "file:"),
    why: why.replace(/ \[IP: [^\]]*\]/, "").trim(),
    absent: /^404\b|^410\b|File not found|No such file|Hash Sum mismatch|unexpected size/i.test(why),
  }));
}

/** What a failed apt said last, without its marks. */
export function lastWords(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => /^[EW]: (?!The following information)/.test(line));
  return (
    lines
      .slice(-3)
      .map((line) => line.slice(3))
      .join(" | ") || "apt did not say why"
  );
}

/** stderr of a tool that failed. */
export function stderrOf(error: FactoryError): string {
  return (error.cause as Partial<Finished> | undefined)?.stderr ?? "";
}
