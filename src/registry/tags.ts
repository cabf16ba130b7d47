import type { Address } from "./address.ts";
import { listIn, optional, parseObject, stringIn } from "./json.ts";
import { pullScope } from "./manifests.ts";
import { discard, readAll } from "./response.ts";
import { nextUrl, type RegistryRequest, type Session } from "./session.ts";

const pageSize = 1000;
const maxPages = 1000;
const maxPageBytes = 4 * 1024 * 1024;

/** Every tag of a repository, sorted; none where the registry does not know the repository. */
export async function listTags(
  session: Session,
  address: Address,
  insecureRegistries: readonly string[],
): Promise<readonly string[]> {
  const tags: string[] = [];
  let resource: string | URL | undefined = `tags/list?n=${pageSize}`;
  for (let pages = 0; resource !== undefined && pages < maxPages; pages++) {
    const request: RegistryRequest = {
      address,
      method: "GET",
      resource,
      scopes: [pullScope(address)],
      expected: [200, 404],
    };
    resource = await session.exchange(request, async (response, url) => {
      if (response.status === 404) {
        await discard(response);
        return undefined;
      }
      const what = `${address.host}: the tags of ${address.path}`;
      const root = parseObject(await readAll(response, maxPageBytes, what), what, "registry-answer-invalid");
      tags.push(...(optional(root, "tags", (field) => listIn(field, stringIn)).tags ?? []));
      const next = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(response.headers["link"] ?? "")?.[1];
      return next === undefined ? undefined : nextUrl(request, url, next, insecureRegistries);
    });
  }
  return [...new Set(tags)].toSorted();
}
