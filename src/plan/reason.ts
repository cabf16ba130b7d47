import { formatMinute } from "../minute.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import type { Platform } from "../platform.ts";
import { type Digest, shortDigest } from "../registry/digest.ts";
import type { PackageVersions } from "../state/image-state.ts";
import { type PlatformInputs, referenceOf } from "./platform-key.ts";

/** Why an image has to be built or published again. */
export type Reason =
  | { readonly kind: "never built" }
  | { readonly kind: "forced" }
  /** A slot of the image's schedule, ISO 8601 in UTC. */
  | { readonly kind: "scheduled"; readonly slot: string }
  | { readonly kind: "source"; readonly from: string; readonly to: string }
  | {
      readonly kind: "packages";
      readonly from: Digest;
      readonly to: Digest;
      /** Those that differ, where the versions are known and do. */
      readonly versions?: NonEmpty<PackageChange>;
    }
  | {
      readonly kind: "base";
      readonly base: string;
      /** "unknown" for an image that was not built here, and whose layers tell of no digest that was recorded. */
      readonly from: Digest | "unknown" | undefined;
      readonly to: Digest | undefined;
      /** Ids of the flaws that the base was rebuilt for, where that is known. */
      readonly fixes?: readonly string[];
    }
  | {
      readonly kind: "fixes";
      readonly findings: readonly {
        readonly id: string;
        readonly package: string;
        readonly from: string;
        readonly to: string;
      }[];
    }
  | { readonly kind: "changed"; readonly what: string }
  | { readonly kind: "platforms"; readonly added: readonly Platform[]; readonly removed: readonly Platform[] }
  | { readonly kind: "registry lacks"; readonly digest: Digest };

/** A package that was there before, is there now, or both. */
interface PackageChange {
  readonly package: string;
  readonly from?: string;
  readonly to?: string;
}

/** One reason as a person reads it: `base debian:12 sha256:1a2b…→sha256:3c4d…`. */
export function formatReason(reason: Reason): string {
  switch (reason.kind) {
    case "never built":
    case "forced":
      return reason.kind;
    case "scheduled":
      return `scheduled ${formatMinute(reason.slot)}`;
    case "source":
      return `source ${reason.from}→${reason.to}`;
    case "packages":
      return `packages ${formatVersions(reason) ?? `${shortDigest(reason.from)}→${shortDigest(reason.to)}`}`;
    case "base":
      return `base ${reason.base} ${formatDigest(reason.from)}→${formatDigest(reason.to)}${formatFixed(reason.fixes ?? [])}`;
    case "fixes":
      return `fixes ${formatFindings(reason.findings)}`;
    case "changed":
      return `${reason.what} changed`;
    case "platforms":
      return [
        ...reason.added.map((platform) => `platform ${platform} added`),
        ...reason.removed.map((platform) => `platform ${platform} removed`),
      ].join(", ");
    case "registry lacks":
      return `registry lacks ${formatDigest(reason.digest)}`;
  }
}

/** Findings in a sentence before the rest is only counted. */
const maxFindings = 5;

function formatFindings(findings: Extract<Reason, { kind: "fixes" }>["findings"]): string {
  return firstOf(findings.map(({ id, package: name, from, to }) => `${id} in ${name} ${from}→${to}`));
}

function formatVersions({ versions }: Extract<Reason, { kind: "packages" }>): string | undefined {
  return (
    versions &&
    firstOf(versions.map(({ package: name, from = "none", to = "none" }) => `${name} ${from}→${to}`))
  );
}

function formatFixed(ids: readonly string[]): string {
  return ids.length === 0 ? "" : `, which fixes ${firstOf(ids)}`;
}

function firstOf(words: readonly string[]): string {
  const more = words.length - maxFindings;
  return `${words.slice(0, maxFindings).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** What the recorded build and the wanted one were made of. */
export interface InputChange {
  readonly before: PlatformInputs;
  readonly after: PlatformInputs;
  readonly commits: { readonly before: string | undefined; readonly after: string | undefined };
  /** Of a source that is a list of packages and not files: their versions, where those are known. */
  readonly packages:
    | { readonly before: PackageVersions | undefined; readonly after: PackageVersions | undefined }
    | undefined;
}

/** Every difference between what one platform was built from and what it would be built from now. */
export function changes({ before, after, commits, packages }: InputChange): readonly Reason[] {
  const found: Reason[] = [];
  if (before.recipe !== after.recipe) found.push({ kind: "changed", what: "the factory's recipe" });
  if (before.files !== after.files) {
    found.push(
      packages
        ? { kind: "packages", from: before.files, to: after.files, ...versionChanges(packages) }
        : { kind: "source", ...sourceChange(before.files, after.files, commits) },
    );
  }
  if (before.dockerfile !== after.dockerfile) found.push({ kind: "changed", what: "Dockerfile" });
  for (const name of changedKeys(before.bases, after.bases)) {
    found.push({ kind: "base", base: referenceOf(name), from: before.bases[name], to: after.bases[name] });
  }
  for (const what of ["args", "labels"] as const) {
    const names = changedKeys(before[what], after[what]);
    if (names.length > 0) found.push({ kind: "changed", what: `${what} ${names.join(", ")}` });
  }
  for (const what of ["target", "network", "epoch"] as const) {
    if (before[what] !== after[what]) found.push({ kind: "changed", what });
  }
  if (before.secrets.toSorted().join() !== after.secrets.toSorted().join()) {
    found.push({ kind: "changed", what: "secret names" });
  }
  return found;
}

/**
 * Each reason once, in the order in which they were found: platforms mostly share theirs. A base that moved is one
 * reason, shown by the digests of the first platform, though every platform has its own.
 */
export function distinctReasons(reasons: readonly Reason[]): readonly Reason[] {
  const found = new Map<string, Reason>();
  for (const reason of reasons) {
    const name = reason.kind === "base" ? `base ${reason.base}` : formatReason(reason);
    if (!found.has(name)) found.set(name, reason);
  }
  return [...found.values()];
}

function versionChanges({ before, after }: NonNullable<InputChange["packages"]>) {
  if (before === undefined || after === undefined) return {};
  const versions = changedKeys(before, after).map((name): PackageChange => {
    const [from, to] = [before[name], after[name]];
    return { package: name, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  });
  return isNonEmpty(versions) ? { versions } : {};
}

function sourceChange(before: Digest, after: Digest, commits: InputChange["commits"]) {
  return commits.before !== undefined && commits.after !== undefined && commits.before !== commits.after
    ? { from: commits.before.slice(0, 12), to: commits.after.slice(0, 12) }
    : { from: shortDigest(before), to: shortDigest(after) };
}

function formatDigest(digest: Digest | "unknown" | undefined): string {
  if (digest === "unknown") return digest;
  return digest === undefined ? "none" : `sha256:${shortDigest(digest)}`;
}

function changedKeys<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).toSorted();
}
