import { embeddedRegistry } from "../registry/address.ts";
import { parseRepository, type Repository } from "../registry/reference.ts";

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** What is wrong with `registry:` of images.yaml, or undefined. */
export function explainRegistry(text: string): string | undefined {
  const [host = "", ...prefix] = text.split("/");
  if (text.includes("://")) return "expected a registry's host without https://";
  if (text.length > 255 || !prefix.every((part) => component.test(part))) {
    return "expected a registry's host, and after a / lower-case path components such as acme";
  }
  if (isHost(host)) return undefined;
  const namespace = component.test(host) ? ` (a namespace of Docker Hub is docker.io/${host})` : "";
  return `expected a registry's host in lower case such as ghcr.io or registry.example.com:5000${namespace}`;
}

/** What is wrong with `repository:` of images.yaml, or undefined. */
export function explainRepository(text: string): string | undefined {
  if (text.includes("://")) return "expected a repository without https://";
  if (text.includes("@")) return "expected a repository without digest";
  if (text.length > 255) return "expected a repository of at most 255 characters";
  const [first = "", ...rest] = text.split("/");
  const path = rest.length > 0 && isHost(first) ? rest : [first, ...rest];
  if (path.every((part) => component.test(part))) return undefined;
  if (/:[\w.-]+$/.test(text)) return "expected a repository without tag (tags go to tags)";
  return "expected a repository such as acme/api: lower-case letters, digits and . _ - between them";
}

/** Whether the first component of `repository` names a registry, by docker's rule. */
export function namesHost(repository: string): boolean {
  const slash = repository.indexOf("/");
  return slash > 0 && isHost(repository.slice(0, slash));
}

/**
 * Where an image publishes: without registry and repository in the factory's registry under its name, with a
 * repository alone where docker would look for that name.
 * @throws FactoryError "reference-invalid" for texts that the explain functions refuse.
 */
export function destination(name: string, registry?: string, repository?: string): Repository {
  if (registry === undefined && repository === undefined) return { registry: embeddedRegistry, path: name };
  return parseRepository(registry === undefined ? (repository ?? name) : `${registry}/${repository ?? name}`);
}

/** A host as docker tells it from a namespace: it has a dot or a port, or is localhost. */
function isHost(text: string): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(text);
  if (match === null) return false;
  const [, name = "", port] = match;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  if (name.startsWith("[")) return true;
  if (!name.split(".").every((part) => part.length <= 63 && label.test(part))) return false;
  return port !== undefined || name === "localhost" || name.includes(".");
}
