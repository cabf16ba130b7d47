import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import {
  booleanIn,
  type Field,
  listIn,
  member,
  objectField,
  optional,
  stringIn,
  unexpected,
} from "./json.ts";
import type { Environment } from "./proxy.ts";
import { formatReference, formatRepository, type Reference, type Repository } from "./reference.ts";

/** One `[[registry]]` table of registries.conf. */
export interface RegistryTable {
  /** `host`, `host/path`, a whole reference, or `*.domain`. */
  readonly prefix: string;
  /** What stands in place of the prefix; undefined leaves the reference as it is (wildcards only). */
  readonly location: string | undefined;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly Mirror[];
}

interface Mirror {
  readonly location: string;
  readonly insecure: boolean;
  readonly pulls: "all" | "digest-only" | "tag-only";
}

/** A place that a pull goes to. */
interface PullLocation extends Repository {
  readonly insecure: boolean;
}

/** Where pulls of a reference go: the mirrors in their order, then the place that has the last word. */
export interface PullLocations {
  readonly mirrors: readonly PullLocation[];
  readonly primary: PullLocation;
  readonly blocked: boolean;
}

/**
 * Applies the table with the longest matching prefix, as buildah does.
 * @see https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 */
export function pullLocations(reference: Reference, tables: readonly RegistryTable[]): PullLocations {
  const name = formatReference(reference);
  const table = tables
    .filter(({ prefix }) => matchedLength(name, prefix) > 0)
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
  const asNamed = { registry: reference.registry, path: reference.path };
  if (table === undefined) return { mirrors: [], primary: { ...asNamed, insecure: false }, blocked: false };
  const excluded = reference.digest === undefined ? "digest-only" : "tag-only";
  const rest = formatRepository(reference).slice(matchedLength(name, table.prefix));
  const at = (location: string, insecure: boolean) => ({ ...splitLocation(location + rest), insecure });
  return {
    mirrors: table.mirrors
      .filter(({ pulls }) => pulls !== excluded)
      .map(({ location, insecure }) => at(location, insecure)),
    primary:
      table.location === undefined
        ? { ...asNamed, insecure: table.insecure }
        : at(table.location, table.insecure),
    blocked: table.blocked,
  };
}

/**
 * Reads the tables of registries.conf and its drop-ins, the later of one prefix in place of the earlier.
 * @throws FactoryError "settings-invalid", naming the file.
 * @see https://github.com/containers/image/blob/main/docs/containers-registries.conf.d.5.md
 */
export async function readRegistriesConf(
  env: Environment,
  systemFolder = "/etc/containers",
): Promise<RegistryTable[]> {
  const home = env["HOME"];
  const userFolder = home === undefined ? undefined : join(home, ".config/containers");
  const userFile = userFolder === undefined ? undefined : join(userFolder, "registries.conf");
  const named = env["CONTAINERS_REGISTRIES_CONF"];
  const userText = named === undefined && userFile !== undefined ? textOf(userFile) : undefined;
  const mainFile = named ?? (userText === undefined ? join(systemFolder, "registries.conf") : userFile);
  const folders = userText === undefined ? [systemFolder, userFolder] : [userFolder];
  const dropIns = folders.flatMap((folder) => (folder === undefined ? [] : dropInsOf(folder)));
  const byPrefix = new Map<string, RegistryTable>();
  for (const file of [mainFile, ...dropIns]) {
    if (file === undefined) continue;
    const text = file === userFile && named === undefined ? userText : textOf(file);
    if (text === undefined && file === named) {
      throw new FactoryError("settings-invalid", `CONTAINERS_REGISTRIES_CONF: there is no file ${file}`);
    }
    for (const table of await tablesOf(file, text)) byPrefix.set(table.prefix, table);
  }
  return [...byPrefix.values()];
}

/** @throws FactoryError "settings-invalid", naming the file and the field. */
export function registryTables(document: unknown, file: string): readonly RegistryTable[] {
  const root = objectField(document, file, "settings-invalid");
  return optional(root, "registry", (field) => listIn(field, tableIn)).registry ?? [];
}

/**
 * Most machines' files have search registries and short names alone; then there is nothing to load a TOML parser for. A
 * short name may be called `registry`: below `[aliases]` that is no key of the file.
 */
function mayHaveTables(text: string): boolean {
  const firstTable = text.search(/^\s*\[/m);
  const keys = firstTable < 0 ? text : text.slice(0, firstTable);
  return /^\s*["']?registry/m.test(keys) || /^\s*\[+\s*["']?registry/m.test(text);
}

async function tablesOf(file: string, text: string | undefined): Promise<readonly RegistryTable[]> {
  if (text === undefined || !mayHaveTables(text)) return [];
  const { parse } = await import("smol-toml");
  let document: unknown;
  try {
    document = parse(text);
  } catch (cause) {
    throw new FactoryError("settings-invalid", `${file}: ${(cause as Error).message.trim()}`, {
      hint: "Its syntax is TOML, version 2 of containers-registries.conf(5).",
      cause,
    });
  }
  return registryTables(document, file);
}

function tableIn(field: Field): RegistryTable {
  const { location } = optional(field, "location", locationIn);
  const prefix = optional(field, "prefix", locationIn).prefix ?? location;
  if (prefix === undefined) throw unexpected(member(field, "prefix"), "a prefix or a location");
  if (location === undefined && !prefix.startsWith("*."))
    throw unexpected(member(field, "location"), "a registry");
  const byDigestOnly = flagIn(field, "mirror-by-digest-only");
  return {
    prefix,
    location,
    insecure: flagIn(field, "insecure"),
    blocked: flagIn(field, "blocked"),
    mirrors:
      optional(field, "mirror", (list) => listIn(list, (item) => mirrorIn(item, byDigestOnly))).mirror ?? [],
  };
}

function mirrorIn(field: Field, byDigestOnly: boolean): Mirror {
  const pulls = optional(field, "pull-from-mirror", pullsIn)["pull-from-mirror"] ?? "all";
  return {
    location: locationIn(member(field, "location")),
    insecure: flagIn(field, "insecure"),
    pulls: byDigestOnly ? "digest-only" : pulls,
  };
}

function pullsIn(field: Field): Mirror["pulls"] {
  const text = stringIn(field);
  if (text === "all" || text === "digest-only" || text === "tag-only") return text;
  if (text === "") return "all";
  throw unexpected(field, "all, digest-only or tag-only");
}

function locationIn(field: Field): string {
  const location = stringIn(field).replace(/\/+$/, "");
  if (location === "" || location.includes("://"))
    throw unexpected(field, "host[:port][/path] without scheme");
  return location;
}

function flagIn(field: Field, key: string): boolean {
  return optional(field, key, booleanIn)[key] ?? false;
}

/** How much of the reference the prefix stands for; 0 when it does not match. */
function matchedLength(name: string, prefix: string): number {
  if (prefix.startsWith("*.")) {
    const host = name.slice(0, name.indexOf("/"));
    return host.endsWith(prefix.slice(1)) ? host.length : 0;
  }
  const ends = prefix.includes("/") ? /^([/:@]|$)/ : /^\//;
  return name.startsWith(prefix) && ends.test(name.slice(prefix.length)) ? prefix.length : 0;
}

/** A location that stands for a whole reference may end in a tag or digest; the request brings its own. */
function splitLocation(location: string): Repository {
  const slash = location.indexOf("/");
  if (slash < 0) {
    throw new FactoryError(
      "settings-invalid",
      `registries.conf: the location ${location} names no repository`,
      {
        hint: "A location for a prefix that is a whole repository has to be one too.",
      },
    );
  }
  return { registry: location.slice(0, slash), path: location.slice(slash + 1).replace(/[:@].*$/, "") };
}

function dropInsOf(folder: string): readonly string[] {
  const dropIns = join(folder, "registries.conf.d");
  try {
    return readdirSync(dropIns)
      .filter((name) => name.endsWith(".conf"))
      .toSorted()
      .map((name) => join(dropIns, name));
  } catch (error) {
    if (isAbsence(error)) return [];
    throw unreadable(dropIns, error);
  }
}

/** At once: the first request waits for these small files, and a busy process gets to each turn of the thread pool late. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw unreadable(file, error);
  }
}

function isAbsence(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function unreadable(file: string, cause: unknown): FactoryError {
  return new FactoryError("settings-invalid", `cannot read ${file}: ${(cause as Error).message}`, { cause });
}
