import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import type { GitSource } from "../../enrolment/enrolment.ts";
import type { NonEmpty } from "../../non-empty.ts";
import { remoteEnvironment } from "./environment.ts";
import { explainFailure } from "./failure.ts";
import { persistently } from "./persistence.ts";
import { parseRefs, type Refs } from "./refs.ts";
import type { GitDeps } from "./resolve.ts";
import { type GitUrl, parseGitUrl } from "./url.ts";

/** A server that answers nothing at all is given up on after this. */
const timeoutMs = 120_000;
/** Two million refs. */
const mostBytes = 128 * 1024 * 1024;

/** What every process that lists has in common. */
const listing = {
  // Not in a repository, whose own configuration git would read.
  cwd: "/",
  timeoutMs,
  output: { mostBytes, code: "source-unavailable" },
} as const;

/** What the repository lists at this moment. @throws FactoryError "source-unavailable", "source-invalid", "credentials-invalid". */
export async function listRefs(
  url: GitUrl,
  source: GitSource,
  { run, variables, signal }: GitDeps,
): Promise<Refs> {
  const env = listingEnvironment(url, source, variables);
  try {
    const ask = () =>
      run({
        ...listing,
        tool: "git",
        args: ["ls-remote", "--quiet", "--", url.text],
        env,
        ...(signal === undefined ? {} : { signal }),
      });
    const { stdout } = await persistently(ask, { signal, onUnknown: true });
    return parseRefs(stdout);
  } catch (error) {
    throw explainFailure(error, url.text);
  }
}

function listingEnvironment(url: GitUrl, source: GitSource, variables: GitDeps["variables"]) {
  return { ...remoteEnvironment(url, source.credentials, variables), GIT_CEILING_DIRECTORIES: "/" };
}

/** How many processes ask at the same time, and how many repositories one of them asks, one after another. */
interface Lanes {
  readonly most: number;
  readonly mostInTurn: number;
}

/** What is on other machines is waited for; what is on this one takes processors, and this process needs one too. */
const remoteLanes: Lanes = { most: 16, mostInTurn: 8 };
const localLanes: Lanes = { most: Math.min(16, 2 * availableParallelism()), mostInTurn: 32 };

interface Asked {
  readonly url: GitUrl;
  readonly source: GitSource;
  readonly env: Readonly<Record<string, string>>;
  /** Equal where `env` is. */
  readonly kind: string;
  readonly resolve: (refs: Refs | Promise<Refs>) => void;
}

/** Lists repositories for one command. */
export interface Lister {
  /** As `listRefs`; what was begun ahead answers the first who asks. @throws FactoryError "source-invalid" for its address too. */
  readonly list: (source: GitSource) => Promise<Refs>;
  /** Begins to list what will be asked for; who asks is told what went wrong. */
  readonly ahead: (source: GitSource) => void;
  /** Stops what nobody waits for any more. */
  readonly close: () => Promise<void>;
}

/**
 * Lists many repositories. To start a process costs a process as large as this one milliseconds in which it does nothing
 * else, so where more are asked for at a moment than may be asked at the same time, shells ask some each.
 */
export function createLister({ signal, ...others }: GitDeps): Lister {
  const closed = new AbortController();
  const deps = {
    ...others,
    signal: AbortSignal.any([closed.signal, ...(signal === undefined ? [] : [signal])]),
  };
  const [local, remote] = [createQueue(localLanes, deps), createQueue(remoteLanes, deps)];
  const pending = new Set<Promise<Refs>>();
  const list = async (source: GitSource) => {
    const url = parseGitUrl(source.url);
    const env = listingEnvironment(url, source, deps.variables);
    const enter = url.transport === "file" ? local : remote;
    const listing = new Promise<Refs>((resolve) =>
      enter({ url, source, env, kind: JSON.stringify(env), resolve }),
    );
    pending.add(listing);
    const answered = () => void pending.delete(listing);
    listing.then(answered, answered);
    return listing;
  };
  const begun = new Map<string, Promise<Refs>>();
  return {
    list: (source) => {
      const name = repositoryName(source);
      const listing = begun.get(name) ?? list(source);
      begun.delete(name);
      return listing;
    },
    ahead: (source) => {
      const name = repositoryName(source);
      if (begun.has(name)) return;
      const listing = list(source);
      listing.catch(() => undefined);
      begun.set(name, listing);
    },
    close: async () => {
      closed.abort();
      await Promise.allSettled(pending);
    },
  };
}

/** Equal for sources that are listed as one. */
export function repositoryName({ url, credentials }: GitSource): string {
  return JSON.stringify([url, credentials ?? null]);
}

function createQueue({ most, mostInTurn }: Lanes, deps: GitDeps): (asked: Asked) => void {
  let waiting: Asked[] = [];
  let busy = 0;
  /** A fair share of those that wait, all of one environment. */
  const take = (): NonEmpty<Asked> | undefined => {
    const [first, ...rest] = waiting;
    if (first === undefined) return undefined;
    const share = Math.min(mostInTurn, Math.ceil(waiting.length / (most - busy)));
    const alike = rest.filter(({ kind }) => kind === first.kind).slice(0, share - 1);
    waiting = rest.filter((asked) => !alike.includes(asked));
    return [first, ...alike];
  };
  const begin = () => {
    while (busy < most) {
      const group = take();
      if (group === undefined) return;
      busy += 1;
      void listGroup(group, deps).finally(() => {
        busy -= 1;
        begin();
      });
    }
  };
  return (asked) => {
    // Whoever else asks at this moment has done so when it begins.
    if (waiting.length === 0) setImmediate(begin);
    waiting.push(asked);
  };
}

/** Answers all of a group. What cannot be had from its shell is asked for alone, which tells why. */
async function listGroup(group: NonEmpty<Asked>, deps: GitDeps): Promise<void> {
  for (const { url, source, resolve } of group.length > 1 ? await askInTurn(group, deps) : group) {
    const refs = listRefs(url, source, deps);
    resolve(refs);
    await Promise.allSettled([refs]);
  }
}

/** After each listing comes a line with the mark, which no server can know, and git's exit status. */
const script = `
read -r mark
for url; do
  git ls-remote --quiet -- "$url" </dev/null 2>/dev/null
  printf '\\n%s %s\\n' "$mark" "$?"
done`;

/** Has a group listed by one shell, and answers each as it comes; returns those that have no answer. */
async function askInTurn(group: NonEmpty<Asked>, { run, signal }: GitDeps): Promise<readonly Asked[]> {
  const mark = randomUUID();
  const waiting: Asked[] = [...group];
  const failed: Asked[] = [];
  let lines: string[] = [];
  const onLine = (line: string) => {
    if (!line.startsWith(mark)) {
      lines.push(line);
      return;
    }
    const asked = waiting.shift();
    if (line === `${mark} 0`) asked?.resolve(parseRefs(lines.join("\n")));
    else if (asked !== undefined) failed.push(asked);
    lines = [];
  };
  const asked = run({
    ...listing,
    tool: "sh",
    args: ["-c", script, "sh", ...group.map(({ url }) => url.text)],
    name: "git ls-remote",
    input: `${mark}\n`,
    env: group[0].env,
    onLine,
    ...(signal === undefined ? {} : { signal }),
  });
  await Promise.allSettled([asked]);
  return [...failed, ...waiting];
}
