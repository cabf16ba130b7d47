import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Scratch, scratchPaths } from "./trivy-command.ts";

/** What Trivy logs in to one registry with. */
export interface ScanCredentials {
  /** As Trivy is told the registry: host with port. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Makes the folder for one run of Trivy afresh: what a run left there that was killed is gone first. Credentials are
 * in a file that its owner alone can read, for the one registry that they belong to.
 */
export async function makeScratch(dir: string, credentials?: ScanCredentials): Promise<Scratch> {
  const scratch: Scratch = { dir };
  const paths = scratchPaths(scratch);
  await rm(dir, { recursive: true, force: true });
  for (const path of [dir, paths.workingDirectory, paths.home, paths.temporary, paths.dockerConfig]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
  await writeFile(paths.noExceptions, "");
  await writeFile(paths.noSettings, "{}\n");
  await writeFile(join(paths.dockerConfig, "config.json"), dockerConfig(credentials), { mode: 0o600 });
  return scratch;
}

export async function removeScratch({ dir }: Scratch): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

function dockerConfig(credentials: ScanCredentials | undefined): string {
  if (credentials === undefined) return JSON.stringify({ auths: {} });
  const { registry, username, password } = credentials;
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [registry]: { auth } } });
}
