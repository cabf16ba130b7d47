import { type ErrorCode, FactoryError } from "../../errors.ts";
import type { Finished } from "../../run.ts";

/** What git's stderr (in the C locale) says went wrong with a repository or its server. */
export interface GitFailure {
  readonly code: ErrorCode;
  readonly hint: string;
}

const failures: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [
    /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|Permission denied \(|Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|Load key |returned error: 40[137]|HTTP Basic: Access denied|invalid credentials|No .* host key is known/i,
    "credentials-invalid",
    "Set source.git.credentials, or let git on this machine know them, and see that they may read this repository.",
  ],
  [
    /dubious ownership/,
    "credentials-invalid",
    "The repository belongs to another user: git config --global --add safe.directory <its path>.",
  ],
  [
    /SSL certificate|certificate verif|server certificate|unable to get local issuer|CAfile/i,
    "settings-invalid",
    "Name the server's CA with GIT_SSL_CAINFO or SSL_CERT_FILE.",
  ],
  [
    /transport '.*' not allowed/,
    "source-invalid",
    "The repository, or a redirect, uses a transport that the factory does not allow.",
  ],
  [
    /repository .* not found|Repository not found|does not appear to be a git repository|returned error: 404|no such (?:file|project)|not valid: is this a git repository/i,
    "source-invalid",
    "Correct the address in source.git, or the permissions of its credentials: many servers say this of a private repository.",
  ],
];

/** Undefined where git says nothing that is known; what a network does in passing is "source-unavailable". */
export function explainGit(stderr: string): GitFailure | undefined {
  for (const [pattern, code, hint] of failures) if (pattern.test(stderr)) return { code, hint };
  return /Could not resolve|Failed to connect|Couldn't connect|Connection (?:refused|reset|timed out|closed)|timed? ?out|unable to access|early EOF|RPC failed|hung up|unexpected disconnect|returned error: (?:429|5\d\d)|Network is unreachable|No route to host|Temporary failure/i.test(
    stderr,
  )
    ? {
        code: "source-unavailable",
        hint: "Try again; npm run doctor shows whether this machine reaches the server.",
      }
    : undefined;
}

/** A server that hands out any object by name has none of this one. */
export function lacksCommit(stderr: string): boolean {
  return /not our ref|couldn't find remote ref/.test(stderr);
}

/** The server hands out no single commit, or nothing without its history. */
export function refusesPart(stderr: string): boolean {
  return /unadvertised object|does not support shallow|shallow capabilities/.test(stderr);
}

/** What the failed tool wrote to stderr; "" for any other error. */
export function stderrOf(error: unknown): string {
  if (!(error instanceof FactoryError) || error.code !== "tool-failed") return "";
  return (error.cause as Finished | undefined)?.stderr ?? "";
}

/**
 * The error that a failed git process means for `url`. What is no failure of git (a time-out of ours aside) is passed
 * on as it is.
 */
export function explainFailure(error: unknown, url: string): unknown {
  if (!(error instanceof FactoryError)) return error;
  if (error.code === "timed-out") {
    return new FactoryError("source-unavailable", `${url}: ${error.message}`, { cause: error });
  }
  if (error.code !== "tool-failed") return error;
  const stderr = stderrOf(error);
  const failure = explainGit(stderr) ?? { code: "source-unavailable" as const, hint: "Try again." };
  return new FactoryError(failure.code, `${url}: ${essence(stderr) || error.message}`, {
    hint: failure.hint,
    cause: error,
  });
}

/** The lines that say what is wrong, without progress and advice. */
function essence(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .filter((line) => /^(?:fatal|error|remote|ssh|ERROR)\b|denied|verification/.test(line));
  return (lines.length > 0 ? lines : stderr.trim().split("\n")).slice(0, 3).join(" | ").slice(0, 600);
}
