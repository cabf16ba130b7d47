import { get } from "../../node-http.ts";
import { host } from "./configuration.ts";
import { authorization, type RegistryCredentials } from "./credentials.ts";

/** What answers on a port: our registry, something else, nothing, or something that takes too long. */
export type Answer = "ours" | "other" | "refused" | "silent";

const patienceMs = 5_000;

/**
 * Asks a port whether it is the registry of these credentials: with them `/v2/` must answer 200, and without them 401.
 * node:http and an agent of its own, because the first `fetch` of a process costs 30 ms and a proxy must not be asked.
 */
export async function probeRegistry(port: number, credentials: RegistryCredentials): Promise<Answer> {
  const [known, unknown] = await Promise.all([
    status(port, { authorization: authorization(credentials) }),
    status(port, {}),
  ]);
  if (known === 200 && unknown === 401) return "ours";
  if (known === "refused" || unknown === "refused") return "refused";
  return known === "silent" || unknown === "silent" ? "silent" : "other";
}

function status(
  port: number,
  headers: Readonly<Record<string, string>>,
): Promise<number | "refused" | "silent"> {
  return new Promise((resolve) => {
    const request = get(
      { host, port, path: "/v2/", headers, agent: false, timeout: patienceMs },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on("timeout", () => {
      resolve("silent");
      request.destroy();
    });
    request.on("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "ECONNREFUSED" ? "refused" : 0),
    );
  });
}
