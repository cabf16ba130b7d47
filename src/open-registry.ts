import { join } from "node:path";
import type { Session } from "./command/main.ts";
import { FactoryError } from "./errors.ts";
import { embeddedRegistry } from "./registry/address.ts";
import type { RegistryClient } from "./registry/client.ts";
import { run } from "./run.ts";
import type { Settings } from "./settings.ts";
import { ensureTools } from "./setup/needs.ts";
import { holdLock } from "./state/lock.ts";

/** Where the embedded registry is, in use until this process ends or leaves it: nobody collects its garbage meanwhile. */
export async function openRegistry(
  settings: Settings,
  registry: "start" | "look",
  { log, signal, env }: Session,
): Promise<{ readonly address: string | undefined; readonly leave: () => void }> {
  const { workDir } = settings;
  const nothing = () => undefined;
  if (settings.registry !== undefined) return { address: settings.registry, leave: nothing };
  const { embeddedRegistryStatus, ensureEmbeddedRegistry } = await import("./registry/embedded/daemon.ts");
  if (registry === "look") {
    const { running, hasData } = await embeddedRegistryStatus(workDir);
    if (!running && !hasData) return { address: undefined, leave: nothing };
  }
  const leave = await holdLock(registryUseLock(workDir), {
    shared: true,
    signal,
    onWait: () => log({ kind: "note", text: "waits for npm run gc, which tidies up the registry" }),
  });
  try {
    const status = await embeddedRegistryStatus(workDir);
    if (status.running) return { address: status.address, leave };
    await ensureTools(["registry"], { run, log, env, signal });
    return { address: (await ensureEmbeddedRegistry({ workDir, log, signal })).address, leave };
  } catch (error) {
    // The command may go on in a builder image, where it may want the registry for itself alone.
    leave();
    throw error;
  }
}

/** Takes the embedded registry, which this command leaves as a user, for itself alone; false where another one uses it. */
export async function takeRegistry(workDir: string, leave: () => void): Promise<boolean> {
  const file = registryUseLock(workDir);
  leave();
  try {
    await holdLock(file, { waitMs: 0 });
    return true;
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== "locked") throw error;
    await holdLock(file, { shared: true });
    return false;
  }
}

/** Held, shared, by every command that uses the embedded registry of this work folder. */
function registryUseLock(workDir: string): string {
  return join(workDir, "locks", "registry-use.lock");
}

/** A client for a factory whose embedded registry was never started: everything there is absent. */
export function withoutEmbedded(client: RegistryClient): RegistryClient {
  return {
    ...client,
    headManifest: async (repository, reference) =>
      repository.registry === embeddedRegistry ? undefined : client.headManifest(repository, reference),
    lookUp: async (repository, reference, before) =>
      repository.registry === embeddedRegistry ? undefined : client.lookUp(repository, reference, before),
    getManifest: async (repository, reference) =>
      repository.registry === embeddedRegistry ? undefined : client.getManifest(repository, reference),
    listTags: async (repository) =>
      repository.registry === embeddedRegistry ? [] : client.listTags(repository),
    listReferrers: async (repository, subject, artifactType) =>
      repository.registry === embeddedRegistry ? [] : client.listReferrers(repository, subject, artifactType),
  };
}
