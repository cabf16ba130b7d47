import { BlockList, isIP } from "node:net";
import { FactoryError } from "../errors.ts";
import { hostname, isLoopback } from "./host.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that a request goes through, as Go's tools read HTTPS_PROXY, HTTP_PROXY and NO_PROXY, so that the client
 * and buildah take the same way; undefined is the direct one, which loopback always is.
 * @throws FactoryError "settings-invalid" for a proxy that is no http or https address.
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function proxyFor(url: URL, env: Environment): string | undefined {
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const value = env[name] || env[name.toLowerCase()];
  if (!value || isLoopback(url.host) || bypassed(url, env["NO_PROXY"] || env["no_proxy"] || ""))
    return undefined;
  const proxy = value.includes("://") ? value : `http://${value}`;
  if (URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol)) return proxy;
  throw new FactoryError("settings-invalid", `${name}: expected http://[user:password@]host:port`, {
    hint: "Only http and https proxies work here and in buildah alike.",
  });
}

function bypassed(url: URL, noProxy: string): boolean {
  const host = hostname(url.host);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return noProxy
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return inSubnet(host, entry);
  if (isIP(entry) !== 0) return entry === host;
  const name = hostname(entry);
  if (name !== entry && !entry.endsWith(`:${port}`) && /:\d+$/.test(entry)) return false;
  const suffix = name.replace(/^\*?\./, "");
  return host.endsWith(`.${suffix}`) || (suffix === name && host === name);
}

function inSubnet(host: string, subnet: string): boolean {
  const [network = "", bits = ""] = subnet.split("/");
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || !/^\d+$/.test(bits)) return false;
  if (Number(bits) > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, family);
}
