import { FactoryError } from "../errors.ts";
import type { Answer, ClusterApi } from "./api.ts";

/** An object of the API server, as far as every kind has the same. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** An object by its path; undefined only where the server says that there is none. */
export async function readObject<T extends KubeObject>(
  api: ClusterApi,
  path: string,
): Promise<T | undefined> {
  const answer = await api.request("GET", path);
  if (answer.status === 404) return undefined;
  return accepted<T>(answer, `GET ${path}`);
}

/** As many at a time as one answer may hold where each is large. */
const pageSize = 200;

/** Every object of a collection that has the labels, page by page; none where the collection is not known. */
export async function listObjects<T extends KubeObject>(
  api: ClusterApi,
  path: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<readonly T[]> {
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const found: T[] = [];
  let next: string | undefined = "";
  while (next !== undefined) {
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...(selector.length === 0 ? {} : { labelSelector: selector.join(",") }),
      ...(next === "" ? {} : { continue: next }),
    });
    const answer = await api.request("GET", `${path}?${query}`);
    if (answer.status === 404) return found;
    const page: Page<T> = accepted<Page<T>>(answer, `GET ${path}`);
    found.push(...page.items);
    next = page.metadata?.continue || undefined;
  }
  return found;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly metadata?: { readonly continue?: string };
}

/** The body of an answer that says yes. @throws FactoryError "settings-invalid" with what the server says is wrong. */
export function accepted<T>({ status, body }: Answer, what: string): T {
  if (status >= 200 && status < 300) return body as T;
  throw new FactoryError("settings-invalid", `${what}: the API server answered ${status}: ${said(body)}`);
}

export function said(body: unknown): string {
  return (body as { readonly message?: string } | undefined)?.message ?? "no reason";
}
