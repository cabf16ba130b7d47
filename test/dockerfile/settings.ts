import { createHash } from "node:crypto";
import type { Base } from "../../src/dockerfile/bases.ts";
import type { BuildSettings } from "../../src/dockerfile/variables.ts";

/** An arm64 image, built on amd64. */
export function settingsFor(changes: Partial<BuildSettings> = {}): BuildSettings {
  return { platform: "linux/arm64", buildPlatform: "linux/amd64", target: undefined, args: {}, ...changes };
}

/** A reference as a resolved base has it, other for each name and platform. */
export function pinOf({ asWritten, platform }: Pick<Base, "asWritten" | "platform">): string {
  const digest = createHash("sha256").update(`${asWritten} ${platform}`).digest("hex");
  return `127.0.0.1:5000/staging/bases@sha256:${digest}`;
}
