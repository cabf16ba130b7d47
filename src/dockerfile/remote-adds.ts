import { BlockList, isIP } from "node:net";
import type { Dockerfile, Instruction } from "./dockerfile.ts";
import { type Environment, expand, newBudget } from "./expand.ts";
import { type StageGraph, stepsOf } from "./graph.ts";
import { shown } from "./parse.ts";
import { failAt } from "./problem.ts";
import {
  type ArgumentDeclaration,
  automaticArguments,
  type BuildSettings,
  declaration,
  isAutomatic,
} from "./variables.ts";

/** A file or repository that ADD fetches while it builds: no digest of ours covers it unless `--checksum` does. */
export interface RemoteAdd {
  /** Variables replaced as far as the Dockerfile gives their values. */
  readonly address: string;
  readonly line: number;
}

/**
 * What ADD fetches in the stages that are reached.
 * @throws FactoryError "dockerfile-invalid" for an address of this machine or its network: ADD runs outside the
 *   isolation of RUN and would reach it, even with `network: none`.
 */
export function remoteAdds(
  dockerfile: Dockerfile,
  graph: StageGraph,
  settings: BuildSettings,
): readonly RemoteAdd[] {
  const automatics: Readonly<Record<string, string>> = automaticArguments(dockerfile, settings);
  const budget = newBudget();
  const variables = new Map<number, Variables>();
  return graph.reached.flatMap((resolved) => {
    const base = resolved.origin.kind === "stage" ? variables.get(resolved.origin.index) : undefined;
    const own: Variables = { values: new Map(), base };
    variables.set(resolved.stage.index, own);
    const environment = {
      lookup: (name: string) => currentValue(own, name),
      escape: dockerfile.escape,
      budget,
    };
    const argument = ({ name, fallback }: ArgumentDeclaration) => {
      if (Object.hasOwn(settings.args, name)) return settings.args[name];
      if (isAutomatic(name)) return automatics[name];
      return fallback === undefined ? graph.scope.lookup(name) : expanded(fallback, environment);
    };
    return stepsOf(resolved).flatMap(({ instruction, line }) => {
      if (instruction.keyword === "ADD") return fetched(instruction, line, environment, dockerfile.path);
      if (instruction.keyword === "ARG") {
        for (const declared of instruction.words.map(declaration)) {
          own.values.set(declared.name, argument(declared) ?? currentValue(own, declared.name));
        }
      } else if (instruction.keyword === "ENV") {
        for (const [name, value] of pairsOf(instruction)) own.values.set(name, expanded(value, environment));
      }
      return [];
    });
  });
}

/** What ARG and ENV have set so far in a stage, over what its base stage had set. */
interface Variables {
  readonly values: Map<string, string | undefined>;
  readonly base: Variables | undefined;
}

function currentValue(variables: Variables, name: string): string | undefined {
  for (let at: Variables | undefined = variables; at !== undefined; at = at.base) {
    if (at.values.has(name)) return at.values.get(name);
  }
  return undefined;
}

function fetched(
  { json, words }: Instruction,
  line: number,
  environment: Environment,
  path: string,
): readonly RemoteAdd[] {
  const sources = (json ?? words.map(({ text }) => text)).slice(0, -1);
  const addresses = sources.map((source) => expanded(source, environment) ?? source).filter(isRemote);
  for (const address of addresses) refusePrivate(address, path, line);
  return addresses.map((address) => ({ address, line }));
}

function pairsOf({ words }: Instruction): readonly (readonly [string, string])[] {
  const [first, ...others] = words.map(({ text }) => text);
  if (first === undefined) return [];
  if (!first.includes("=")) return [[first, others.join(" ")]];
  return words.map(({ text }) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]);
}

/** The value, or undefined where the Dockerfile alone does not tell it: the base image may set variables too. */
function expanded(text: string, environment: Environment): string | undefined {
  const unknown = Symbol("unknown");
  try {
    const { value, missing } = expand(text, environment, () => {
      throw unknown;
    });
    return missing.length === 0 ? value : undefined;
  } catch (error) {
    if (error === unknown) return undefined;
    throw error;
  }
}

/** Whether ADD fetches this source, by any rule of Docker's: http, git over https or ssh, `git@host:path`. */
function isRemote(source: string): boolean {
  return /^(?:(?:https?|git|ssh):\/\/|[\w.-]+@[\w.-]+:)/i.test(source);
}

function refusePrivate(address: string, path: string, line: number): void {
  const host = hostOf(address);
  if (host === undefined || !isPrivate(host)) return;
  failAt(path, line)(
    `ADD fetches ${shown(address)}, an address of this machine or of its network`,
    "Put the file into the source and COPY it, or publish it under a public name.",
  );
}

function hostOf(address: string): string | undefined {
  const short = /^[\w.-]+@([\w.-]+):/.exec(address)?.[1];
  // The http rules read 127.1, 0x7f000001 and 2130706433 as one address; so do the tools that fetch.
  const url = short === undefined ? address.replace(/^(?:git|ssh):/i, "http:") : `http://${short}/`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "") : undefined;
}

const privateAddresses = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["224.0.0.0", 3],
] as const) {
  privateAddresses.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const) {
  privateAddresses.addSubnet(network, prefix, "ipv6");
}

function isPrivate(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  const version = isIP(name);
  return version !== 0 && privateAddresses.check(name, version === 4 ? "ipv4" : "ipv6");
}
