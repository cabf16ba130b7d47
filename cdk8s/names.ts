import { createHash } from "node:crypto";
import { architectureOf, type Platform } from "../src/platform.ts";
import { familiarName } from "../src/registry/reference.ts";

/** CronJobs append 11 characters for the names of their Jobs. */
export const cronJobNameLength = 52;

/** What a label may hold; Kubernetes' own limit for most names is longer. */
const labelLength = 63;

/**
 * `prefix` + `name` + `suffix` as the name of a Kubernetes object: lower-case letters, digits and single hyphens, at most
 * `length` characters. A name that has to be changed or cut for it ends in a hash, so that two never become one.
 */
export function objectName(
  name: string,
  { prefix = "", suffix = "", length = labelLength }: NameParts = {},
): string {
  const plain = name.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  const room = length - prefix.length - suffix.length;
  if (plain === name && name.length <= room) return `${prefix}${name}${suffix}`;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  const kept = plain.slice(0, room - hash.length - 1).replace(/-$/, "");
  return `${prefix}${kept === "" ? "" : `${kept}-`}${hash}${suffix}`;
}

export interface NameParts {
  readonly prefix?: string;
  readonly suffix?: string;
  readonly length?: number;
}

/** Job and template of a build by hand; with a platform that has nodes of its own, that platform's part of it. */
export function buildName(image: string, platform?: Platform): string {
  return objectName(image, { prefix: "build-", suffix: suffixOf(platform), length: cronJobNameLength });
}

/** CronJob of an image's own schedule, or of all images. */
export function rebuildName(image?: string, platform?: Platform): string {
  const suffix = suffixOf(platform);
  if (image === undefined) return `rebuild${suffix}`;
  return objectName(image, { prefix: "rebuild-", suffix, length: cronJobNameLength });
}

/** No image's name has two hyphens in a row, so `x` on arm64 is never mistaken for an image `x-arm64`. */
function suffixOf(platform: Platform | undefined): string {
  return platform === undefined ? "" : `--${architectureOf(platform)}`;
}

/** The label value by which Jobs of an image are found: `-l job-name=build-<image>`. */
export function jobLabel(image: string): string {
  return buildName(image);
}

/** Kargo's objects of one image. */
export const kargoNames = {
  /** Warehouse of what is published of it. */
  output: (image: string) => objectName(image),
  /** Warehouse of its source; no image's name has two hyphens in a row. */
  source: (image: string) => objectName(image, { suffix: "--src" }),
  /** Stage, and the AnalysisTemplate that verifies it. */
  build: (image: string) => objectName(image, { suffix: "-build" }),
  scan: (image: string) => objectName(image, { suffix: "-scan" }),
  stable: (image: string) => objectName(image, { suffix: "-stable" }),
} as const;

/** AnalysisTemplate of every scan. */
export const scanTemplate = "scan";

/** Warehouse of an image of others by its reference, and the Stage in which what it has become stands its time. */
export const baseNames = {
  warehouse: (reference: string) => objectName(familiarName(reference), { prefix: "base--" }),
  seen: (reference: string) => objectName(familiarName(reference), { prefix: "base--", suffix: "--seen" }),
} as const;

export const toolboxName = "image-factory-pod";
export const stateClaim = "image-factory-state";
export const cacheClaim = "image-factory-cache";
export const imagesConfigMap = "image-factory-images";
export const seccompConfigMap = "image-factory-seccomp";
/** Below the kubelet's seccomp folder. */
export const seccompPath = "image-factory/builder.json";
