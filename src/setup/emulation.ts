import { mkdirSync } from "node:fs";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isRootless } from "../build/rootless.ts";
import { FactoryError } from "../errors.ts";
import { architectureOf, hostPlatform, type Platform } from "../platform.ts";
import type { Run } from "../run.ts";
import { whenAbsent } from "../when-absent.ts";
import { ensureTools, type SetupDeps } from "./needs.ts";
import { tinyProgram } from "./tiny-program.ts";

export interface ProbeDeps {
  readonly run: Run;
  /** The factory's work folder: programs are tried on the disk that builds will use. */
  readonly workDir: string;
  /** 0 for root; by default this process's. */
  readonly uid?: number;
}

/** Unlikely as the status of anything but the program that was told to exit with it. */
const expectedStatus = 113;

/**
 * Whether programs of a platform run here as a RUN step would run them, found out by running one in a root file system
 * that holds nothing else. So an emulator that is registered without flag F, which works outside alone, does not count.
 */
export async function canRun(platform: Platform, deps: ProbeDeps): Promise<boolean> {
  const cache = join(deps.workDir, "cache");
  mkdirSync(cache, { recursive: true });
  const dir = await mkdtemp(join(cache, "probe-"));
  try {
    await writeFile(join(dir, "program"), tinyProgram(platform, expectedStatus), { mode: 0o755 });
    const asRoot = !isRootless(deps.uid);
    const finished = await deps.run({
      ...(asRoot
        ? { tool: "chroot", args: [dir, "/program"] }
        : { tool: "unshare", args: ["--map-root-user", `--root=${dir}`, "/program"] }),
      timeoutMs: 20_000,
      alsoOk: [expectedStatus],
    });
    return finished.exitCode === expectedStatus;
  } catch (error) {
    if (error instanceof FactoryError && (error.code === "tool-failed" || error.code === "timed-out"))
      return false;
    throw error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * Makes programs of a foreign platform run here: qemu from the system's packages, registered so that it works inside
 * a build (flag F). Call it only when something of that platform has to run.
 * @throws FactoryError "machine-lacks" where that is not possible.
 */
export async function ensureEmulation(platform: Platform, deps: SetupDeps & ProbeDeps): Promise<void> {
  if (await canRun(platform, deps)) return;
  if (platform === hostPlatform()) {
    throw new FactoryError(
      "machine-lacks",
      `${hostname()} does not run its own programs in a root of their own`,
      {
        hint: "Builds need the right to chroot, or user namespaces: see npm run doctor.",
      },
    );
  }
  let cause: unknown;
  try {
    await ensureTools([platform === "linux/arm64" ? "qemu-arm64" : "qemu-amd64"], deps);
    if (await canRun(platform, deps)) return;
    if (!isRootless(deps.uid)) {
      await register(qemuNameOf(platform), deps.run);
      if (await canRun(platform, deps)) return;
    }
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    if (!["machine-lacks", "tools-missing", "tool-failed"].includes(error.code)) throw error;
    cause = error;
  }
  throw cannotRun(platform, cause);
}

/** The sentence for a platform whose programs do not run here. */
function cannotRun(platform: Platform, cause?: unknown): FactoryError {
  const here = `${hostname()} (${architectureOf(hostPlatform())})`;
  return new FactoryError(
    "machine-lacks",
    `${here} cannot run ${platform}${cause instanceof Error ? `: ${cause.message}` : ""}`,
    {
      hint: `Register ${qemuNameOf(platform)} with flag F, or build natively with PLATFORM=${platform} on such a machine.`,
      cause,
    },
  );
}

function qemuNameOf(platform: Platform): string {
  return platform === "linux/arm64" ? "qemu-aarch64" : "qemu-x86_64";
}

const registrations = "/proc/sys/fs/binfmt_misc";

/**
 * Registers qemu as its package declares it for a booted system, where no such system has done it (a container, a
 * machine without systemd). It lasts until the next boot.
 * Format: https://docs.kernel.org/admin-guide/binfmt-misc.html
 */
async function register(qemu: string, run: Run): Promise<void> {
  const declaration = await readDeclaration(qemu);
  if (declaration === undefined) {
    throw new FactoryError("machine-lacks", `no package declares ${qemu} in /usr/lib/binfmt.d`);
  }
  if (!(await exists(`${registrations}/register`))) {
    await run({ tool: "mount", args: ["-t", "binfmt_misc", "binfmt_misc", registrations] });
  }
  try {
    await writeFile(`${registrations}/register`, ownRegistration(declaration));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another run of the factory was faster.
    if (code === "EEXIST") return;
    throw new FactoryError("machine-lacks", `the kernel did not register ${qemu} (${code})`, {
      cause: error,
    });
  }
}

/**
 * The declaration under a name of the factory's own, so that it does not collide with one that lacks flag F, and with
 * that flag: the kernel then opens the emulator now and not inside a build's root, where it is not.
 */
export function ownRegistration(declaration: string): string {
  const fields = declaration.trim().split(":");
  const [, name, type, offset, magic, mask, interpreter, flags = ""] = fields;
  return [
    "",
    `image-factory-${name}`,
    type,
    offset,
    magic,
    mask,
    interpreter,
    flags.includes("F") ? flags : `${flags}F`,
  ].join(":");
}

async function readDeclaration(qemu: string): Promise<string | undefined> {
  for (const file of [`${qemu}.conf`, `${qemu}-static.conf`]) {
    const text = await readFile(`/usr/lib/binfmt.d/${file}`, "utf8").catch(whenAbsent(""));
    const line = text.split("\n").find((candidate) => candidate.startsWith(":qemu-"));
    if (line !== undefined) return line;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
