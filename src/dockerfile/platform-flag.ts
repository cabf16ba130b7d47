import type { Platform } from "../platform.ts";
import type { Flag } from "./dockerfile.ts";
import { expand } from "./expand.ts";
import { shown } from "./parse.ts";
import type { Fail } from "./problem.ts";
import type { BuildSettings, GlobalScope } from "./variables.ts";

/**
 * The platform that `FROM --platform=` names, in any spelling that containerd accepts.
 * @throws what `fail` throws, for a platform that the factory does not build.
 */
export function platformOf(flag: Flag, scope: GlobalScope, settings: BuildSettings, fail: Fail): Platform {
  const written = flag.value?.text ?? "";
  const { value, missing } = expand(written, scope, fail);
  if (value === "") {
    const undefinedOnes = missing.map((name) => `$${name}`).join(" and ");
    return fail(
      `--platform=${shown(written)} is empty${missing.length === 0 ? "" : `: ${undefinedOnes} has no value`}`,
      "Declare it before the first FROM with ARG, or use $BUILDPLATFORM or $TARGETPLATFORM.",
    );
  }
  const platform = normalised(value, settings);
  if (platform !== undefined) return platform;
  return fail(
    `--platform=${shown(value)} is not a platform of this factory`,
    "It builds linux/amd64 and linux/arm64.",
  );
}

const architectures: Readonly<Record<string, Platform>> = {
  amd64: "linux/amd64",
  x86_64: "linux/amd64",
  "x86-64": "linux/amd64",
  arm64: "linux/arm64",
  aarch64: "linux/arm64",
};

function normalised(text: string, settings: BuildSettings): Platform | undefined {
  const parts = text.toLowerCase().split("/");
  if (parts.length === 1) return parts[0] === "linux" ? settings.buildPlatform : architecture(parts[0]);
  const [os, name, variant] = parts;
  if (os !== "linux" || parts.length > 3) return undefined;
  const platform = architecture(name);
  const usual = platform === "linux/amd64" ? ["v1"] : ["v8", "8"];
  return variant === undefined || usual.includes(variant) ? platform : undefined;
}

function architecture(name: string | undefined): Platform | undefined {
  return name !== undefined && Object.hasOwn(architectures, name) ? architectures[name] : undefined;
}
