import { FactoryError } from "../errors.ts";
import type { RegistryClient } from "../registry/client.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";

type Addresses = Pick<RegistryClient, "addressOf">;

/** Where a repository is, whatever it is called: `host/path`. The embedded registry has no place while it does not run. */
export function placeOf(repository: Repository, client: Addresses): string {
  try {
    const { host, path } = client.addressOf(repository);
    return `${host}/${path}`;
  } catch (error) {
    if (!(error instanceof FactoryError) || error.code !== "settings-invalid") throw error;
    return formatRepository(repository);
  }
}

/** The name by which a repository is enrolled, so that one place is one repository; else its place. */
export function knownName(
  repository: Repository,
  enrolled: readonly Repository[],
  client: Addresses,
): Repository {
  const place = placeOf(repository, client);
  const same = enrolled.find((other) => placeOf(other, client) === place);
  if (same !== undefined) return same;
  const { host: registry, path } = client.addressOf(repository);
  return { registry, path };
}
