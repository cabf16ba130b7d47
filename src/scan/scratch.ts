import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAuthFile } from "../registry/auth-file.ts";
import type { Credential } from "../registry/credentials.ts";
import { type Scratch, scratchPaths } from "./trivy-command.ts";

/** How Trivy gets at the registry that has the image. */
export interface RegistryAccess {
  /** Host with port, as it stands in references. */
  readonly host: string;
  readonly plainHttp: boolean;
  /** Undefined for a registry that lets everybody read. */
  readonly credential: Credential | undefined;
}

/** Makes the folder for one run of Trivy afresh: what a run left there that was killed is gone first. */
export async function makeScratch(dir: string, dockerConfig = join(dir, "docker")): Promise<Scratch> {
  const scratch: Scratch = { dir, dockerConfig };
  const paths = scratchPaths(scratch);
  await rm(dir, { recursive: true, force: true });
  for (const path of [dir, paths.workingDirectory, paths.home, paths.temporary, dockerConfig]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
  await writeFile(paths.noExceptions, "");
  await writeFile(paths.noSettings, "{}\n");
  return scratch;
}

/** Writes the credentials of the one registry that a scan reads, in a file that its owner alone can read. */
export async function writeCredentials({ dockerConfig }: Scratch, access?: RegistryAccess): Promise<void> {
  const credential = access?.credential;
  await writeAuthFile(
    join(dockerConfig, "config.json"),
    access === undefined || credential === undefined ? {} : { [access.host]: credential },
  );
}

export async function removeScratch({ dir }: Scratch): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}
