import type { RequestOptions } from "node:https";
import { keepLogin, keepSecret } from "../redact.ts";

/** The same options, with what they prove to the API server who asks hidden from now on. */
export function keptSecret(options: RequestOptions): RequestOptions {
  const { headers, auth, key, passphrase } = options;
  for (const [name, value] of Object.entries(headers ?? {}))
    if (/^authorization$/i.test(name)) keepSecret(String(value).replace(/^\w+ /, ""));
  const [, user, password] = /^([^:]*):(.*)$/s.exec(auth ?? "") ?? [];
  if (user !== undefined && password !== undefined) keepLogin(user, password);
  if (typeof passphrase === "string") keepSecret(passphrase);
  // The first and the last line of a key are the same of all.
  if (key != null) keepSecret(String(key).replaceAll(/^-.*$/gm, "").trim());
  return options;
}
