import { BlockList, isIP } from "node:net";
import type { Dockerfile } from "./dockerfile.ts";
import type { StageGraph } from "./graph.ts";
import { shown } from "./parse.ts";
import { failAt } from "./problem.ts";
import { sourcesOf, visitSteps } from "./stage-variables.ts";
import type { BuildSettings } from "./variables.ts";

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
  return visitSteps(dockerfile, graph, settings, ({ instruction, line }, environment) => {
    if (instruction.keyword !== "ADD") return [];
    const addresses = sourcesOf(instruction, environment).filter(isRemote);
    for (const address of addresses) refusePrivate(address, dockerfile.path, line);
    return addresses.map((address) => ({ address, line }));
  });
}

/** Whether ADD fetches this source, by any rule of Docker's: http, git over https or ssh, `git@host:path`. */
export function isRemote(source: string): boolean {
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
