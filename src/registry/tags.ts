import { FactoryError } from "../errors.ts";
import type { Address } from "./address.ts";
import { listIn, optional, parseObject, stringIn } from "./json.ts";
import { pullScope } from "./manifests.ts";
import { isTag } from "./reference.ts";
import { discard, readAll } from "./response.ts";
import type { RegistryRequest, Session } from "./session.ts";

const pageSize = 1000;
const maxPages = 1000;
const maxTags = 1_000_000;
const maxPageBytes = 4 * 1024 * 1024;

/**
 * Every tag of a repository, sorted; none where the registry does not know the repository. What can be no tag is none.
 * @throws FactoryError "registry-answer-invalid" for a list that does not end.
 */
export async function listTags(session: Session, address: Address): Promise<readonly string[]> {
  const tags = new Set<string>();
  const asked = new Set<string>();
  let resource: string | URL | undefined = `tags/list?n=${pageSize}`;
  while (resource !== undefined) {
    if (asked.has(String(resource)) || asked.size >= maxPages || tags.size > maxTags) {
      const seen = `${asked.size} pages and ${tags.size} tags`;
      const text = `${address.host}: the list of the tags of ${address.path} does not end after ${seen}`;
      throw new FactoryError("registry-answer-invalid", text);
    }
    asked.add(String(resource));
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
      const listed = optional(root, "tags", (field) => listIn(field, stringIn)).tags ?? [];
      for (const tag of listed) if (isTag(tag)) tags.add(tag);
      const next = /<([^<>]*)>\s*;[^,]*\brel="?next"?/i.exec(response.headers["link"] ?? "")?.[1];
      return next === undefined ? undefined : pageOf(next, url);
    });
  }
  return [...tags].toSorted();
}

/** The next page is the registry's own, whatever host it takes itself to have. */
function pageOf(link: string, from: URL): URL | undefined {
  if (!URL.canParse(link, from.href)) return undefined;
  const { pathname, search } = new URL(link, from);
  return new URL(`${pathname}${search}`, from.origin);
}
