import { statSync } from "node:fs";
import { join } from "node:path";
import { readBounded } from "../bounded-file.ts";
import { FactoryError } from "../errors.ts";
import { once } from "../once.ts";
import { keepLogin, keepSecret } from "../redact.ts";
import type { Run } from "../run.ts";
import { entriesIn, type Field, member, optional, parseObject, stringIn } from "./json.ts";
import type { Environment } from "./proxy.ts";

export type Credential =
  | { readonly username: string; readonly password: string }
  /** What some registries hand out at login in place of the password: traded for tokens, never sent as a password. */
  | { readonly identityToken: string };

export interface CredentialStore {
  /**
   * What to authenticate with at a registry (`host[:port]`; `docker.io` for Docker Hub), undefined where nothing is
   * known. An entry for the repository or a folder above it goes before one for the host. `refused` says that the
   * registry has just refused what the last look-up gave: nothing that is remembered counts then.
   * @throws FactoryError "credentials-invalid" for a file that cannot be read and for a helper that fails.
   */
  readonly lookup: (
    registry: string,
    repositoryPath?: string,
    refused?: boolean,
  ) => Promise<Credential | undefined>;
}

export interface CredentialOptions {
  /** Asked before the machine's own files; one that does not exist says nothing. */
  readonly authFiles: readonly string[];
  readonly env: Environment;
  readonly run: Run;
  /** User id; decides where podman keeps its file when XDG_RUNTIME_DIR is not set. */
  readonly uid?: number | undefined;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

const helperTimeoutMs = 30_000;

/** How long the answer of a helper is given again: it is a process, and often a request to a cloud. */
const helperAnswerMs = 60_000;

/**
 * Looks credentials up in the files that podman, buildah and docker write, and in docker's credential helpers.
 * Files are looked at each time: a login, or the embedded registry's start, counts at once. A helper is asked once a
 * minute for a registry, and again where its answer is refused.
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
export function createCredentialStore(options: CredentialOptions): CredentialStore {
  const files = credentialFiles(options);
  const readConfig = createConfigReader(options.now);
  const ask = createHelperMemory(options);
  return {
    lookup: async (registry, repositoryPath, refused = false) => {
      for (const file of files) {
        const config = await readConfig(file);
        const asks = (helper: string, host: string) => ask(helper, host, file, refused);
        const found = config && (await lookupIn(config, registry, repositoryPath, asks));
        if (found === undefined) continue;
        if ("identityToken" in found) keepSecret(found.identityToken);
        else keepLogin(found.username, found.password);
        return found;
      }
      return undefined;
    },
  };
}

/** The files in the order in which they are asked. */
export function credentialFiles({ authFiles, env, uid }: Omit<CredentialOptions, "run">): readonly string[] {
  const home = env["HOME"];
  const runtime = env["XDG_RUNTIME_DIR"] ?? (uid === undefined ? undefined : `/run/containers/${uid}`);
  const userConfig = env["XDG_CONFIG_HOME"] ?? (home === undefined ? undefined : join(home, ".config"));
  const docker = env["DOCKER_CONFIG"] ?? (home === undefined ? undefined : join(home, ".docker"));
  const files = [
    ...authFiles,
    env["REGISTRY_AUTH_FILE"],
    runtime && join(runtime, env["XDG_RUNTIME_DIR"] === undefined ? "auth.json" : "containers/auth.json"),
    userConfig && join(userConfig, "containers/auth.json"),
    docker && join(docker, "config.json"),
  ];
  return files.filter((file): file is string => file !== undefined && file !== "");
}

/** What one such file says, its keys normalised. */
interface CredentialConfig {
  readonly auths: ReadonlyMap<string, Credential>;
  readonly helpers: ReadonlyMap<string, string>;
  readonly defaultHelper: string | undefined;
}

async function lookupIn(
  config: CredentialConfig,
  registry: string,
  repositoryPath: string | undefined,
  ask: (helper: string, host: string) => Promise<Credential | undefined>,
): Promise<Credential | undefined> {
  const keys = keysFor(registry, repositoryPath);
  const host = keys.at(-1) ?? registry;
  const helper = config.helpers.get(host) ?? config.defaultHelper;
  const fromHelper = helper === undefined ? undefined : await ask(helper, host);
  if (fromHelper !== undefined) return fromHelper;
  return keys.map((key) => config.auths.get(key)).find((entry) => entry !== undefined);
}

/** `host/a/b`, `host/a`, `host`: from the most particular to the registry itself. */
function keysFor(registry: string, repositoryPath = ""): readonly string[] {
  const parts = [normaliseKey(registry), ...repositoryPath.split("/").filter((part) => part !== "")];
  return parts.map((_, at) => parts.slice(0, parts.length - at).join("/"));
}

/** Docker writes addresses (`https://index.docker.io/v1/`), podman names with paths (`quay.io/team`). */
function normaliseKey(key: string): string {
  const name = /^https?:\/\//.test(key) ? (key.split("/")[2] ?? "") : key.replace(/\/+$/, "");
  return /^(index\.|registry-1\.)?docker\.io(\/v[12])?$/.test(name) ? "docker.io" : name;
}

/** Far more than all registries of a company. */
const mostBytes = 4 * 1024 * 1024;

/** Two changes of a file within this may leave it with one and the same time. */
const timeResolutionMs = 1_000;

/** Makes a `readConfig` that reads a file again only where it is another one, or has been changed. */
function createConfigReader(now = Date.now): typeof readConfig {
  const known = new Map<string, ReturnType<typeof readConfig>>();
  return (file) => {
    const stamp = stampOf(file, now());
    return stamp === undefined ? readConfig(file) : once(known, `${file} ${stamp}`, () => readConfig(file));
  };
}

/** What every change of a file changes; undefined where that cannot be told, or the next change might not. */
function stampOf(file: string, now: number): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(file, { bigint: true });
    const isSettled = now - Number(ctimeMs) > timeResolutionMs;
    return isSettled ? [dev, ino, size, mtimeNs, ctimeNs].join(" ") : undefined;
  } catch {
    // Reading it tells whether that matters.
    return undefined;
  }
}

async function readConfig(file: string): Promise<CredentialConfig | undefined> {
  let bytes: Uint8Array;
  try {
    const read = await readBounded(file, mostBytes);
    if ("why" in read) throw new Error(`it ${read.why}`);
    bytes = read;
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw new FactoryError("credentials-invalid", `cannot read ${file}: ${(cause as Error).message}`, {
      hint: "Give this user the right to read it, or take it out of the way.",
      cause,
    });
  }
  if (bytes.length === 0) return undefined;
  const root = parseObject(bytes, file, "credentials-invalid");
  const auths = new Map<string, Credential>();
  for (const [key, entry] of entriesOf(root, "auths")) {
    const credential = credentialIn(entry);
    if (credential !== undefined) auths.set(normaliseKey(key), credential);
  }
  const helpers = entriesOf(root, "credHelpers").map(
    ([key, entry]) => [normaliseKey(key), stringIn(entry)] as const,
  );
  return {
    auths,
    helpers: new Map(helpers),
    defaultHelper: optional(root, "credsStore", stringIn).credsStore,
  };
}

function entriesOf(root: Field, key: string): readonly (readonly [string, Field])[] {
  return optional(root, key, entriesIn)[key] ?? [];
}

/** An entry may be empty (`{}`): docker leaves such a mark where a helper has the password. */
function credentialIn(entry: Field): Credential | undefined {
  const identityToken = optional(entry, "identitytoken", stringIn).identitytoken;
  if (identityToken) return { identityToken };
  const auth = optional(entry, "auth", stringIn).auth;
  if (!auth) return undefined;
  const [username, ...password] = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "").split(":");
  if (username === undefined || password.length === 0) {
    throw new FactoryError(entry.code, `${entry.name}.auth: expected base64 of user:password`);
  }
  return { username, password: password.join(":") };
}

/** Makes an `askHelper` that gives an answer again for a minute, unless the registry has refused it. */
function createHelperMemory(options: CredentialOptions) {
  const { now = Date.now } = options;
  const known = new Map<string, ReturnType<typeof askHelper>>();
  const until = new Map<string, number>();
  return (helper: string, host: string, file: string, refused: boolean): ReturnType<typeof askHelper> => {
    const key = `${helper} ${host}`;
    if (refused || now() >= (until.get(key) ?? 0)) {
      known.delete(key);
      until.set(key, now() + helperAnswerMs);
    }
    return once(known, key, () => askHelper(helper, host, file, options));
  };
}

/** @see https://github.com/docker/docker-credential-helpers#development */
async function askHelper(
  helper: string,
  host: string,
  file: string,
  { run, env }: CredentialOptions,
): Promise<Credential | undefined> {
  const tool = `docker-credential-${helper}`;
  if (!/^[\w.-]+$/.test(helper)) {
    throw new FactoryError(
      "credentials-invalid",
      `${file}: ${JSON.stringify(helper)} is no name of a credential helper`,
    );
  }
  const answer = await run({
    tool,
    args: ["get"],
    input: host === "docker.io" ? "https://index.docker.io/v1/" : host,
    // Helpers find keyrings and cloud logins by variables of their own, so they get what the user's docker would give.
    env: Object.fromEntries(
      Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    timeoutMs: helperTimeoutMs,
    alsoOk: [1],
  }).catch((cause: unknown) => {
    throw new FactoryError(
      "credentials-invalid",
      `${tool} (named in ${file}) gave no credentials for ${host}`,
      {
        hint: `Run \`echo ${host} | ${tool} get\` to see why, or take the helper out of ${file}.`,
        cause,
      },
    );
  });
  if (answer.exitCode !== 0) {
    const said = `${answer.stdout} ${answer.stderr}`.trim();
    if (/credentials not found|no credentials server URL/i.test(said)) return undefined;
    throw new FactoryError(
      "credentials-invalid",
      `${tool} (named in ${file}) failed for ${host}: ${said.slice(0, 200)}`,
      {
        hint: `Run \`echo ${host} | ${tool} get\` to see why, or log in again.`,
      },
    );
  }
  const root = parseObject(Buffer.from(answer.stdout), `${tool} get`, "credentials-invalid");
  const username = stringIn(member(root, "Username"));
  const password = stringIn(member(root, "Secret"));
  return username === "<token>" ? { identityToken: password } : { username, password };
}
