import { FactoryError } from "../errors.ts";
import { hostname, isLoopback } from "./host.ts";
import { formatReference, formatRepository, type Reference, type Repository } from "./reference.ts";
import { pullLocations, type RegistryTable } from "./registries-conf.ts";

/** The registry name of images that are enrolled without one; what stands behind it is known at run time alone. */
export const embeddedRegistry = "factory.localhost";

/** A repository where it is spoken to. */
export interface Address {
  /** What tools are given and credentials are looked up by: `docker.io`, `127.0.0.1:5000`. */
  readonly host: string;
  /** Path of the repository there, with the prefix that the embedded registry's address may have. */
  readonly path: string;
  /** Whether it may be spoken to without TLS. */
  readonly plainHttp: boolean;
}

/** An address whose protocol is known: `https://registry-1.docker.io`. */
export interface Endpoint extends Address {
  readonly origin: string;
}

export interface AddressOptions {
  /** `host:port[/prefix]` behind the name factory.localhost. */
  readonly embedded: string | undefined;
  /** Hosts (`host` or `host:port`) that are spoken to by plain HTTP; loopback is without being listed. */
  readonly insecureRegistries: readonly string[];
}

/**
 * Where a repository is written to, and read from when no registries.conf says otherwise.
 * @throws FactoryError "settings-invalid" for factory.localhost when no address stands behind it.
 */
export function addressOf(repository: Repository, options: AddressOptions): Address {
  const { registry, path } =
    repository.registry === embeddedRegistry ? behind(repository, options.embedded) : repository;
  return { host: registry, path, plainHttp: speaksPlainHttp(registry, options.insecureRegistries) };
}

/**
 * Where a reference is pulled from: mirrors first, the primary last. The embedded registry has no mirrors.
 * @throws FactoryError "policy-refused" when registries.conf blocks it, "settings-invalid" as `addressOf`.
 */
export function pullAddresses(
  reference: Reference,
  options: AddressOptions,
  tables: readonly RegistryTable[],
): { readonly mirrors: readonly Address[]; readonly primary: Address } {
  if (reference.registry === embeddedRegistry) return { mirrors: [], primary: addressOf(reference, options) };
  const { mirrors, primary, blocked } = pullLocations(reference, tables);
  if (blocked) {
    throw new FactoryError("policy-refused", `${formatReference(reference)} is blocked in registries.conf`, {
      hint: "Choose another image, or ask whoever wrote that file.",
    });
  }
  const at = ({ registry, path, insecure }: Repository & { readonly insecure: boolean }): Address => ({
    host: registry,
    path,
    plainHttp: insecure || speaksPlainHttp(registry, options.insecureRegistries),
  });
  return { mirrors: mirrors.map(at), primary: at(primary) };
}

/** The base of every request to the host by this protocol. */
export function originOf(host: string, protocol: "http" | "https"): string {
  return `${protocol}://${host === "docker.io" ? "registry-1.docker.io" : host}`;
}

/** Whether passwords and images may go to this host unencrypted: only within the machine, or where settings say so. */
export function speaksPlainHttp(host: string, insecureRegistries: readonly string[]): boolean {
  return isLoopback(host) || insecureRegistries.some((entry) => entry === host || entry === hostname(host));
}

function behind(repository: Repository, embedded: string | undefined): Repository {
  if (embedded === undefined) {
    throw new FactoryError("settings-invalid", `no registry stands behind ${formatRepository(repository)}`, {
      hint: "Start the embedded one by `npm run registry -- start`, or set `registry` in factory.yaml.",
    });
  }
  const [registry = "", ...prefix] = embedded.replace(/\/+$/, "").split("/");
  return { registry, path: [...prefix, repository.path].join("/") };
}
