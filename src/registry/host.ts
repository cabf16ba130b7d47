import { isIP } from "node:net";

/** The name or address in `host`, `host:port`, `[::1]` or `[::1]:port`. */
export function hostname(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(host);
  return (bracketed?.[1] ?? host.replace(/:\d+$/, "")).toLowerCase();
}

/** Whether the name is this machine's own in every resolver: 127.0.0.0/8, ::1 or localhost. */
export function isLoopback(host: string): boolean {
  const name = hostname(host);
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/**
 * Whether an address is one of this machine, or of what answers to its own link alone, such as a cloud's service for
 * machine credentials: no registry that is elsewhere has a reason to send anyone there.
 */
export function isInward(host: string): boolean {
  const name = hostname(host).replace(/\.$/, "");
  if (isLoopback(host) || isLoopback(name) || name.endsWith(".localhost")) return true;
  return isIP(name) !== 0 && /^(?:0\.|169\.254\.|::$|::ffff:|fe[89ab])/.test(name);
}
