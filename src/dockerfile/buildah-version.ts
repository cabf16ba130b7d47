import { semver } from "../semver.ts";

/** Whether a buildah, as `buildah --version` has it, came before another; one that says no version did. */
export function isOlder(buildahVersion: string, than: string): boolean {
  return semver().lt(semver().coerce(buildahVersion) ?? "0.0.0", than);
}

/** `needs buildah 1.41, this is 1.28.2`, for messages. */
export function needsBuildah(since: string, buildahVersion: string): string {
  return `needs buildah ${since.replace(/\.0$/, "")}, this is ${buildahVersion}`;
}
