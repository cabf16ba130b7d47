import { relative } from "node:path";
import { mergeBaseRecord } from "./bases/merge-records.ts";
import { baseRecordsLock } from "./bases/record-store.ts";
import type { Session } from "./command/main.ts";
import type { GitCredentials } from "./enrolment/enrolment.ts";
import { FactoryError } from "./errors.ts";
import { run } from "./run.ts";
import { readSettings, type Settings } from "./settings.ts";
import { ensureTools, ownRoot } from "./setup/needs.ts";
import { type GitUrl, parseGitUrl } from "./source/git/url.ts";
import type { Leases } from "./state/lease.ts";
import type { RemoteState } from "./state/remote/clone.ts";
import type { ExchangeDoor } from "./state/remote/exchange.ts";
import type { Versions } from "./state/remote/merge-image.ts";
import { imageLock, pushFiles, sharedState, shareState } from "./state/shared-state.ts";
import type { StateRepository } from "./state/state-repository.ts";

/**
 * Reads the settings, and brings the state folder up to what other machines have recorded where it lies in a git
 * repository; what this command records is pushed before it ends, however it ends.
 * @throws FactoryError "settings-invalid", "credentials-invalid", "state-unavailable".
 */
export async function openState(session: Session): Promise<Settings> {
  const settings = await readSettings(ownRoot, session.env);
  const { stateDir, stateRepository } = settings;
  const leases = settings.leaseNamespace === undefined ? {} : { leases: lazyLeases(settings, session) };
  if (stateRepository === undefined) {
    shareState(stateDir, leases);
    return settings;
  }
  const remote = remoteOf(stateRepository, settings);
  const { env, log, signal } = session;
  await ensureTools(["git"], { run, log, env, signal });
  const { createExchange } = await import("./state/remote/exchange.ts");
  const { mergeImage } = await import("./state/remote/merge-image.ts");
  const door: ExchangeDoor = {
    run,
    stateDir,
    variables: env,
    signal,
    baseLock: baseRecordsLock(settings.workDir),
    imageLock: (image) => imageLock(stateDir, image),
    merge: (path, versions) => mergeState(path, versions, mergeImage),
    pauseMs: (tries) => Math.random() * Math.min(100 * 2 ** tries, 3_000),
  };
  const exchange = createExchange(remote, door);
  await exchange({ of: "all", pulls: true, pushes: false });
  shareState(stateDir, { ...leases, exchange });
  session.atEnd(() => {
    // Whoever stops a pod waits for it half a minute.
    const ending = { ...door, signal: signal.aborted ? AbortSignal.timeout(graceMs) : undefined };
    return createExchange(remote, ending)({ of: "all", pulls: false, pushes: true });
  });
  // images.yaml may have come with the state.
  return readSettings(ownRoot, env);
}

const graceMs = 20_000;

function mergeState(
  path: string,
  versions: Versions,
  mergeImage: (image: string, file: string, versions: Versions) => string,
): string | undefined {
  const [, folder, name] =
    /^(images|base-images|receipts|promotions|gc)\/(.+?)\.(?:yaml|json)$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  if (folder === "images") return mergeImage(name, path, versions);
  // What is owed of one publication or promotion, and what gc saw, is what was written down last.
  return folder === "base-images" ? mergeBaseRecord(name, path, versions) : versions.ours;
}

function remoteOf(text: string, { stateBranch, stateTokenVariable }: Settings): RemoteState {
  let url: GitUrl;
  try {
    url = parseGitUrl(text);
  } catch (error) {
    if (!(error instanceof FactoryError)) throw error;
    throw new FactoryError("settings-invalid", `stateRepository: ${error.message}`, {
      hint: "Give an https or ssh address without credentials: stateTokenVariable names where the token is.",
      cause: error,
    });
  }
  return { url, branch: stateBranch, credentials: credentialsFor(url, stateTokenVariable) };
}

const forges: Readonly<Record<string, { readonly name: string; readonly user: string }>> = {
  "https://github.com": { name: "GITHUB_TOKEN", user: "x-access-token" },
  "https://gitlab.com": { name: "GITLAB_TOKEN", user: "oauth2" },
};

/** What else git of this machine knows of the server counts where no variable is named, or the forge's is not set. */
function credentialsFor({ origin }: GitUrl, variable: string | undefined): GitCredentials | undefined {
  const forge = forges[origin ?? ""];
  if (variable !== undefined)
    return { kind: "variable", name: variable, user: forge?.user ?? "x-access-token" };
  return forge === undefined ? undefined : { kind: "variable", ...forge, unset: "anonymous" };
}

/** Speaks to the cluster when the first lock is asked for. */
function lazyLeases({ leaseNamespace: namespace = "" }: Settings, { env }: Session): Leases {
  let opened: Promise<Leases> | undefined;
  const open = async () => {
    const { createClusterApi, findCluster } = await import("./cluster/api.ts");
    const { createLeases, leaseTiming, pause } = await import("./state/lease.ts");
    const api = createClusterApi(await findCluster(env, "leaseNamespace"));
    return createLeases({ api, namespace, now: () => performance.now(), sleep: pause, timing: leaseTiming });
  };
  const leases = () => {
    opened ??= open();
    return opened;
  };
  return {
    hold: async (lock, signal) => (await leases()).hold(lock, signal),
    isDeserted: async (group, signal) => (await leases()).isDeserted(group, signal),
  };
}

/** The commits of files that lie in a state folder with a repository are pushed; others are committed where they lie. */
export function sharedCommits(stateDir: string, otherwise: StateRepository): StateRepository {
  if (sharedState(stateDir).exchange === undefined) return otherwise;
  return {
    commit: async (file, message) => {
      if (relative(stateDir, file).startsWith("..")) return otherwise.commit(file, message);
      await pushFiles(stateDir, [file]);
      return "committed";
    },
  };
}
