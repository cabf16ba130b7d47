import { dirname } from "node:path";
import type { Session } from "./command/main.ts";
import type { Platform } from "./platform.ts";
import { createSourceOpener, type SourceDoor, type SourceOpener } from "./resolve/open-source.ts";
import { run } from "./run.ts";
import type { Settings } from "./settings.ts";
import { ensureTools } from "./setup/needs.ts";

/** Looks at sources on this machine; the tools that a kind of source takes are installed when one is looked at. */
export function openSources(
  { workDir, stateDir, imagesFile, debianMirror }: Settings,
  session: Session,
  { refOf = () => undefined, lister }: Partial<Pick<SourceDoor, "refOf" | "lister">> = {},
): SourceOpener {
  const { env, log, signal } = session;
  const tools = { run, log, env, signal };
  return createSourceOpener({
    ensureGit: () => ensureTools(["git"], tools),
    run,
    workDir,
    stateDir,
    variables: env,
    signal,
    refOf,
    ...(lister === undefined ? {} : { lister }),
    openDebian: async (enrolment) => {
      const { openDebianSource } = await import("./resolve/open-debian.ts");
      const handle = await openDebianSource(enrolment, {
        run,
        workDir,
        log,
        signal,
        mirror: debianMirror,
        ensureEmulation: ensureEmulationFor(workDir, session),
        imagesFolder: dirname(imagesFile),
      });
      return {
        ...handle,
        // Packages are resolved by apt alone; only unpacking them takes more.
        checkout: async (platform) => {
          await ensureTools(["mmdebstrap"], tools);
          return handle.checkout(platform);
        },
      };
    },
  });
}

/** What makes sure that this machine runs programs of a platform; it is loaded when it is asked for. */
export function ensureEmulationFor(workDir: string, { env, log, signal }: Session) {
  return async (platform: Platform): Promise<void> => {
    const { ensureEmulation } = await import("./setup/emulation.ts");
    return ensureEmulation(platform, { run, log, env, workDir, signal });
  };
}
