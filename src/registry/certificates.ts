import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { FactoryError } from "../errors.ts";
import type { Environment } from "./proxy.ts";

/** What certs.d folders hold for one registry: trusted besides the machine's own, and shown to the registry. */
interface HostCertificates {
  readonly authorities: readonly Buffer[];
  readonly client: { readonly certificate: Buffer; readonly key: Buffer } | undefined;
}

/** Where certificates for `host:port` are looked up, first the user's; the places are buildah's. */
function certificateFolders(host: string, env: Environment): readonly string[] {
  const home = env["HOME"];
  const user = env["XDG_CONFIG_HOME"] ?? (home === undefined ? undefined : join(home, ".config"));
  return [
    ...(user === undefined ? [] : [join(user, "containers/certs.d", host)]),
    join("/etc/containers/certs.d", host),
    join("/etc/docker/certs.d", host),
  ];
}

/**
 * Reads `*.crt` as authorities and the first `*.cert` with its `*.key` as client certificate, from every folder that
 * is there; undefined where none has anything.
 * @throws FactoryError "settings-invalid" for a certificate without key and for a file that cannot be read.
 * @see https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md
 */
async function readHostCertificates(folders: readonly string[]): Promise<HostCertificates | undefined> {
  const authorities: Buffer[] = [];
  let client: HostCertificates["client"];
  for (const folder of folders) {
    const names = (await namesIn(folder)).toSorted();
    for (const name of names.filter((name) => name.endsWith(".crt"))) {
      authorities.push(await read(join(folder, name)));
    }
    const certificate = names.find((name) => name.endsWith(".cert"));
    if (certificate === undefined || client !== undefined) continue;
    const key = certificate.replace(/cert$/, "key");
    client = { certificate: await read(join(folder, certificate)), key: await read(join(folder, key)) };
  }
  return authorities.length === 0 && client === undefined ? undefined : { authorities, client };
}

/** What this machine trusts: Node's authorities, those of NODE_EXTRA_CA_CERTS and the system's. Takes some 40 ms. */
function machineAuthorities(): readonly string[] {
  return [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
}

/** The TLS settings per host; hosts without certificates of their own share one, made when the first is asked for. */
export function createContexts(env: Environment): (host: string) => Promise<SecureContext> {
  let machine: readonly string[] | undefined;
  let shared: SecureContext | undefined;
  return async (host) => {
    const certificates = await readHostCertificates(certificateFolders(host, env));
    machine ??= machineAuthorities();
    if (certificates !== undefined) return hostContext(host, machine, certificates);
    shared ??= createSecureContext({ ca: [...machine] });
    return shared;
  };
}

/**
 * What TLS connections to a host trust and show: the machine's authorities, and what its certs.d folders have.
 * @throws FactoryError "settings-invalid" for files that are no certificates.
 */
function hostContext(
  host: string,
  machine: readonly string[],
  { authorities, client }: HostCertificates,
): SecureContext {
  try {
    return createSecureContext({
      ca: [...machine, ...authorities],
      ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
    });
  } catch (cause) {
    throw new FactoryError("settings-invalid", `${host}: its files in certs.d are no usable certificates`, {
      hint: "*.crt is an authority in PEM, *.cert and *.key are a client certificate and its key.",
      cause,
    });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw unreadable(folder, cause);
  }
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): FactoryError {
  return new FactoryError("settings-invalid", `cannot read ${file}: ${(cause as Error).message}`, { cause });
}
