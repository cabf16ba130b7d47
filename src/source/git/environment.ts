import { accessSync, constants } from "node:fs";
import type { GitCredentials } from "../../enrolment/enrolment.ts";
import { FactoryError } from "../../errors.ts";
import { readToken, unreadable } from "../token.ts";
import type { GitUrl } from "./url.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables of the machine that git needs to reach a server, and nothing that changes what git runs. */
const passedOn = ["HOME", "XDG_CONFIG_HOME", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"];

/**
 * Settings that override the machine's and the repository's. What could run a program, or change bytes on their way,
 * is off; the machine's credential helpers, proxies, CAs and `url.<base>.insteadOf` keep working.
 */
const fixedConfig: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.attributesFile", "/dev/null"],
  ["core.askPass", ""],
  ["core.autocrlf", "false"],
  ["core.symlinks", "true"],
  ["core.untrackedCache", "false"],
  ["core.sparseCheckout", "false"],
  ["protocol.version", "2"],
  ["protocol.ext.allow", "never"],
  ["safe.directory", "*"],
  ["submodule.recurse", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["fetch.writeCommitGraph", "false"],
  ["maintenance.auto", "false"],
  ["gc.autoDetach", "false"],
  ["http.lowSpeedLimit", "1000"],
  ["http.lowSpeedTime", "60"],
];

/**
 * The environment of one git process that works on local objects alone: it reaches no server and runs no program.
 * `--git-dir` is for the caller to give.
 */
export function localEnvironment(variables: Variables): Record<string, string> {
  return { ...base(variables), ...configured(fixedConfig), GIT_ALLOW_PROTOCOL: "", GIT_NO_LAZY_FETCH: "1" };
}

/**
 * The environment of one git process that speaks to `url`. Secrets stand in it and nowhere else: git asks a helper,
 * bound to the URL's origin, which prints two variables of this environment; so no redirect takes them elsewhere.
 * @throws FactoryError "credentials-invalid", naming the variable or file, never its content.
 */
export function remoteEnvironment(
  url: GitUrl,
  credentials: GitCredentials | undefined,
  variables: Variables,
): Record<string, string> {
  const given = credentials !== undefined && isAnonymous(credentials, variables) ? undefined : credentials;
  const secret = given === undefined ? undefined : readCredentials(url, given, variables);
  return {
    ...base(variables),
    ...configured([...fixedConfig, ...(secret?.config ?? [])]),
    ...secret?.environment,
    GIT_ALLOW_PROTOCOL: url.transport === "http" ? "https:ssh:file:http" : "https:ssh:file",
    GIT_SSH_COMMAND: secret?.ssh ?? "ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15",
    GIT_SSH_VARIANT: "ssh",
    ...(given === undefined && variables["SSH_AUTH_SOCK"] !== undefined
      ? { SSH_AUTH_SOCK: variables["SSH_AUTH_SOCK"] }
      : {}),
  };
}

function base(variables: Variables): Record<string, string> {
  const kept = passedOn.flatMap((name) => (variables[name] === undefined ? [] : [[name, variables[name]]]));
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    LC_ALL: "C",
    LANGUAGE: "",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_LITERAL_PATHSPECS: "1",
  };
}

/** @see https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT */
function configured(config: readonly (readonly [string, string])[]): Record<string, string> {
  const pairs = config.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(config.length) };
}

interface Secret {
  readonly config: readonly (readonly [string, string])[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ssh: string | undefined;
}

const field = "source.git.credentials";

/** Answers git's credential protocol from two variables; git runs it with the word `get`, `store` or `erase` after it. */
const helper = `!answer() { test "$1" != get || printf 'username=%s\\npassword=%s\\n' "$FACTORY_GIT_USER" "$FACTORY_GIT_PASSWORD"; }; answer`;

function isAnonymous(credentials: GitCredentials, variables: Variables): boolean {
  return (
    credentials.kind === "variable" &&
    credentials.unset === "anonymous" &&
    (variables[credentials.name] ?? "") === ""
  );
}

function readCredentials(url: GitUrl, credentials: GitCredentials, variables: Variables): Secret {
  if (credentials.kind === "ssh") {
    if (url.transport !== "ssh") throw misfit(url, "an ssh key", "ssh");
    return { config: [], environment: {}, ssh: sshCommand(credentials) };
  }
  if (url.origin === undefined) throw misfit(url, "a token", "https");
  const use = { address: url.text, field, user: credentials.user };
  const password = readToken(credentials, use, variables);
  return {
    config: [
      ["credential.helper", ""],
      [`credential.${url.origin}.helper`, helper],
      [`credential.${url.origin}.username`, credentials.user],
    ],
    environment: { FACTORY_GIT_USER: credentials.user, FACTORY_GIT_PASSWORD: password },
    ssh: undefined,
  };
}

function misfit(url: GitUrl, credentials: string, transport: string): FactoryError {
  return new FactoryError("credentials-invalid", `${credentials} does not fit the address ${url.text}`, {
    hint: `Give the repository's ${transport} address, or other credentials.`,
  });
}

/** That key and those known hosts alone: no agent, no other identity, no question, no configuration of the machine. */
function sshCommand({ key, knownHosts }: Extract<GitCredentials, { kind: "ssh" }>): string {
  for (const [what, path] of [["ssh key", key] as const, ["known_hosts file", knownHosts] as const]) {
    if (!/^[\w@./+:, =-]+$/.test(path)) {
      throw new FactoryError(
        "credentials-invalid",
        `${what} ${JSON.stringify(path)} has a character that ssh would read as its own`,
      );
    }
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      throw unreadable(what, path, field, error);
    }
  }
  const options = [
    `IdentityFile="${key}"`,
    `UserKnownHostsFile="${knownHosts}"`,
    "GlobalKnownHostsFile=/dev/null",
    "StrictHostKeyChecking=yes",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "PreferredAuthentications=publickey",
    "BatchMode=yes",
    "ConnectTimeout=20",
    "ServerAliveInterval=15",
  ];
  return ["ssh", "-F", "/dev/null", ...options.map((option) => `-o '${option}'`)].join(" ");
}
