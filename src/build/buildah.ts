import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lateCollection } from "../go-collector.ts";
import { imageTimeSeconds } from "../image-time.ts";
import type { Platform } from "../platform.ts";
import type { Command, Run } from "../run.ts";
import { enclosure } from "./enclosure.ts";
import type { GraphRoot } from "./graph-root.ts";
import type { BuildHost } from "./host.ts";

/** One platform's build from a Dockerfile whose references are all pinned. */
export interface BuildahBuild {
  readonly platform: Platform;
  readonly contextDir: string;
  readonly dockerfile: string;
  /** An empty file: the context has already been reduced to what is sent. */
  readonly ignoreFile: string;
  readonly imageIdFile: string;
  readonly authFile: string;
  readonly args: Readonly<Record<string, string>>;
  readonly network: "default" | "none";
  readonly secrets: readonly SecretMount[];
  /** Images that a base's ONBUILD names, by the word that stands there. */
  readonly buildContexts: Readonly<Record<string, string>>;
  /** A name for the image in the storage. */
  readonly tag?: string;
  /** `host/path` of the repository that layers are taken from and handed to; its buildah has to know how. */
  readonly cache?: string | undefined;
}

/** A build secret as buildah is given it. */
export interface SecretMount {
  readonly id: string;
  readonly file: string;
}

/** The arguments of `buildah build`; no value of a secret is among them. */
export function buildArgs(build: BuildahBuild, root: GraphRoot, host: BuildHost): string[] {
  return [
    ...storageArgs(root, host),
    "build",
    "--layers",
    "--force-rm",
    // Docker's format keeps HEALTHCHECK, SHELL and ONBUILD; config and manifest are written anew in OCI's.
    "--format=docker",
    "--identity-label=false",
    `--timestamp=${imageTimeSeconds}`,
    `--platform=${build.platform}`,
    // A pinned reference that is here is the right one: there is nothing newer to ask for.
    "--pull=missing",
    // The text has only stages that are needed; buildah would leave out one that only a base's trigger names.
    "--skip-unused-stages=false",
    ...isolationArgs(root, host),
    `--network=${build.network === "none" ? "none" : host.network}`,
    // The machine's proxies are for pulling: a step is given what it may use by args, and has it in its key.
    "--http-proxy=false",
    `--ignorefile=${build.ignoreFile}`,
    `--iidfile=${build.imageIdFile}`,
    `--authfile=${build.authFile}`,
    ...Object.entries(build.args).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...build.secrets.map(secretArg),
    ...Object.entries(build.buildContexts).map(
      ([word, image]) => `--build-context=${word}=docker://${image}`,
    ),
    ...(build.tag === undefined ? [] : [`--tag=${build.tag}`]),
    ...(build.cache === undefined ? [] : [`--cache-from=${build.cache}`, `--cache-to=${build.cache}`]),
    `--file=${build.dockerfile}`,
    "--",
    build.contextDir,
  ];
}

/** One push of an image by its id; `to` is `host/path:tag`. */
export interface BuildahPush {
  readonly imageId: string;
  readonly to: string;
  readonly format: "v2s2" | "oci";
  readonly authFile: string;
}

/** The lines after which buildah waits for a registry, while it builds. */
export const pullingLine =
  /^(?:Trying to pull|Getting image source|Copying (?:blob|config)|Writing manifest)/;

/** The arguments of `buildah push`. */
export function pushArgs(
  { imageId, to, format, authFile }: BuildahPush,
  root: GraphRoot,
  host: BuildHost,
): string[] {
  return [
    ...storageArgs(root, host),
    "push",
    `--format=${format}`,
    "--quiet",
    `--authfile=${authFile}`,
    "--",
    imageId,
    `docker://${to}`,
  ];
}

/** A buildah process that ends with the factory, however that ends. */
export function buildahCommand(
  args: readonly string[],
  root: GraphRoot,
  host: BuildHost,
): Pick<Command, "name" | "tool" | "args" | "env"> {
  return {
    name: "buildah",
    tool: "setpriv",
    args: [
      "--pdeathsig",
      "KILL",
      "--",
      ...enclosure(host),
      "buildah",
      `--registries-conf=${join(root.tmp, "registries.conf")}`,
      ...args,
    ],
    env: {
      ...lateCollection(),
      TMPDIR: root.tmp,
      CONTAINERS_REGISTRIES_CONF: join(root.tmp, "registries.conf"),
      CONTAINERS_STORAGE_CONF: join(root.tmp, "storage.conf"),
      CONTAINERS_CONF: join(root.tmp, "containers.conf"),
    },
  };
}

/** Removes every working container of a graph root; its lock has to be held. */
export async function removeContainers(root: GraphRoot, host: BuildHost, run: Run): Promise<void> {
  await run({
    ...buildahCommand([...storageArgs(root, host), "rm", "--all"], root, host),
    timeoutMs: 60_000,
  });
}

/**
 * Writes the configuration of one graph root. The machine's own of registries, storage and containers has no say in
 * a build: what is pulled is pinned and comes from the staging repository.
 * @param insecureHosts host:port of registries that speak plain HTTP.
 */
export async function writeConfigs(
  root: GraphRoot,
  host: BuildHost,
  insecureHosts: readonly string[],
): Promise<void> {
  const insecure = insecureHosts.flatMap((name) => [
    "[[registry]]",
    `location = ${JSON.stringify(name)}`,
    "insecure = true",
  ]);
  const files = {
    "registries.conf": ["unqualified-search-registries = []", ...insecure],
    "storage.conf": [
      "[storage]",
      `driver = ${JSON.stringify(host.storageDriver)}`,
      `graphroot = ${JSON.stringify(root.graph)}`,
      `runroot = ${JSON.stringify(root.run)}`,
    ],
    "containers.conf": [
      "[containers]",
      "default_sysctls = []",
      `default_ulimits = ${JSON.stringify(host.limits)}`,
    ],
  };
  await Promise.all(
    Object.entries(files).map(([name, lines]) => writeFile(join(root.tmp, name), `${lines.join("\n")}\n`)),
  );
}

/** The flags that make buildah use this graph root. */
export function storageArgs(root: GraphRoot, host: BuildHost): string[] {
  return [
    `--root=${root.graph}`,
    `--runroot=${root.run}`,
    `--storage-driver=${host.storageDriver}`,
    ...(host.mountProgram === undefined ? [] : [`--storage-opt=overlay.mount_program=${host.mountProgram}`]),
  ];
}

function isolationArgs(root: GraphRoot, { isolation }: BuildHost): string[] {
  return isolation.kind === "oci"
    ? [
        "--isolation=oci",
        `--runtime=${isolation.runtime}`,
        `--runtime-flag=root=${join(root.run, "runtime")}`,
      ]
    : // Without pivot_root buildah falls back to a plain chroot without a word; a step must not be able to leave it.
      ["--isolation=chroot", "--cap-drop=CAP_SYS_CHROOT"];
}

function secretArg({ id, file }: SecretMount): string {
  return `--secret=id=${id},src=${file}`;
}
