import { hostname, userInfo } from "node:os";
import manifest from "../../package.json" with { type: "json" };
import type { Asked } from "./receipt.ts";

/** The version of this factory. */
export const factoryVersion: string = manifest.version;

/** Who runs this command, and where. */
export function whoAsks(mode: Asked["mode"]): Asked {
  const user = userName();
  return { mode, ...(user === undefined ? {} : { user }), host: hostname() };
}

/** The name that the machine has for whoever runs this; undefined where it has none. */
export function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
