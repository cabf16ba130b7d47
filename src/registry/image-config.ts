import { canonicalJson, sortedMap } from "./canonical-json.ts";
import type { Digest } from "./digest.ts";
import {
  booleanIn,
  countIn,
  digestIn,
  type Field,
  keysIn,
  listIn,
  member,
  optional,
  parseObject,
  stringIn,
  stringMapIn,
} from "./json.ts";
import type { DescribedPlatform } from "./manifest.ts";

/**
 * The configuration of one platform's image, with the fields that Docker adds to the OCI ones.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 * @see https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md
 */
export interface ImageConfig extends DescribedPlatform {
  /** RFC 3339. */
  readonly created?: string;
  readonly author?: string;
  readonly config: RuntimeConfig;
  /** Digests of the uncompressed layers, the base's first. */
  readonly diffIds: readonly Digest[];
  readonly history: readonly HistoryEntry[];
}

/** What a container of the image starts with. */
export interface RuntimeConfig {
  readonly User?: string;
  /** `8080/tcp`, … */
  readonly ExposedPorts?: readonly string[];
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly ArgsEscaped?: boolean;
  readonly Healthcheck?: Healthcheck;
  readonly Shell?: readonly string[];
  readonly OnBuild?: readonly string[];
}

/** Times are nanoseconds, as Docker writes them. */
interface Healthcheck {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/**
 * Reads the config of an image, OCI's or Docker's; fields that neither specification has are left out.
 * `image` is its name in messages.
 * @throws FactoryError "base-unusable".
 */
export function parseImageConfig(bytes: Uint8Array, image: string): ImageConfig {
  const root = parseObject(bytes, image, "base-unusable");
  const diffIds = listIn(member(member(root, "rootfs"), "diff_ids"), digestIn);
  return {
    architecture: stringIn(member(root, "architecture")),
    os: stringIn(member(root, "os")),
    ...optional(root, "variant", stringIn),
    ...optional(root, "created", stringIn),
    ...optional(root, "author", stringIn),
    config: optional(root, "config", runtimeIn).config ?? {},
    diffIds,
    history: optional(root, "history", (field) => listIn(field, historyIn)).history ?? [],
  };
}

/** The bytes of an OCI image config: keys in one order, maps sorted, so that equal values have equal digests. */
export function imageConfigBytes(image: ImageConfig): Uint8Array {
  const { created, author, architecture, os, variant, config, diffIds, history } = image;
  return canonicalJson({
    created,
    author,
    architecture,
    os,
    variant,
    config: {
      User: config.User,
      ExposedPorts: keySet(config.ExposedPorts),
      Env: config.Env,
      Entrypoint: config.Entrypoint,
      Cmd: config.Cmd,
      Volumes: keySet(config.Volumes),
      WorkingDir: config.WorkingDir,
      Labels: sortedMap(config.Labels),
      StopSignal: config.StopSignal,
      ArgsEscaped: config.ArgsEscaped,
      Healthcheck: config.Healthcheck === undefined ? undefined : healthcheckJson(config.Healthcheck),
      Shell: config.Shell,
      OnBuild: config.OnBuild,
    },
    rootfs: { type: "layers", diff_ids: diffIds },
    history: history.map(({ created, created_by, author, comment, empty_layer }) => ({
      created,
      created_by,
      author,
      comment,
      empty_layer,
    })),
  });
}

function runtimeIn(field: Field): RuntimeConfig {
  return {
    ...optional(field, "User", stringIn),
    ...optional(field, "ExposedPorts", keysIn),
    ...optional(field, "Env", stringsIn),
    ...optional(field, "Entrypoint", stringsIn),
    ...optional(field, "Cmd", stringsIn),
    ...optional(field, "Volumes", keysIn),
    ...optional(field, "WorkingDir", stringIn),
    ...optional(field, "Labels", stringMapIn),
    ...optional(field, "StopSignal", stringIn),
    ...optional(field, "ArgsEscaped", booleanIn),
    ...optional(field, "Healthcheck", healthcheckIn),
    ...optional(field, "Shell", stringsIn),
    ...optional(field, "OnBuild", stringsIn),
  };
}

function healthcheckIn(field: Field): Healthcheck {
  return {
    ...optional(field, "Test", stringsIn),
    ...optional(field, "Interval", countIn),
    ...optional(field, "Timeout", countIn),
    ...optional(field, "StartPeriod", countIn),
    ...optional(field, "StartInterval", countIn),
    ...optional(field, "Retries", countIn),
  };
}

function healthcheckJson({
  Test,
  Interval,
  Timeout,
  StartPeriod,
  StartInterval,
  Retries,
}: Healthcheck): object {
  return { Test, Interval, Timeout, StartPeriod, StartInterval, Retries };
}

function historyIn(field: Field): HistoryEntry {
  return {
    ...optional(field, "created", stringIn),
    ...optional(field, "created_by", stringIn),
    ...optional(field, "author", stringIn),
    ...optional(field, "comment", stringIn),
    ...optional(field, "empty_layer", booleanIn),
  };
}

function stringsIn(field: Field): readonly string[] {
  return listIn(field, stringIn);
}

function keySet(keys: readonly string[] | undefined): Readonly<Record<string, object>> | undefined {
  return keys === undefined ? undefined : sortedMap(Object.fromEntries(keys.map((key) => [key, {}])));
}
