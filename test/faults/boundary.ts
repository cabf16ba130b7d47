import { rm } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { World } from "../end-to-end/world.ts";
import { packTar } from "../source/archive/tar.ts";
import { startArchiveServer } from "../source/archive-server.ts";
import { startArchiveProxy } from "../source/debian/archive-proxy.ts";
import { startGitServer } from "../source/git-server.ts";
import { makeRepository } from "../source/repository.ts";
import type { Trouble } from "./fault.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { pushBase } from "./push-base.ts";
import { contextKind, debianKind, gitKind, registryKind } from "./requests.ts";
import { startTokenGate } from "./token-gate.ts";

export const platforms = ["linux/amd64", "linux/arm64"];

/** A server that builds rely on, behind a fault proxy. */
export interface Boundary {
  readonly proxy: FaultProxy;
  /** What an error has to say of the request that failed. */
  readonly request: RegExp;
  /** Makes this image the one that is enrolled; `fields` are further lines of its entry. */
  readonly enrol: (image: string, fields: string) => Promise<void>;
  /** Makes what is published stale, so that the server is asked, and the marker part of the next build. */
  readonly change: (marker: string) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** Opens a boundary of a world whose images go to the registry at this address. */
export type OpenBoundary = (world: World, registry: string) => Promise<Boundary>;

const ofRegistries = /\b(?:GET|HEAD|PUT|POST|PATCH)\b|\b(?:push|pull|scan)|reads as|factory\.localhost/;

/** The registry of images and bases. */
export async function registryBoundary(
  world: World,
  registry: string,
  kindOf = registryKind,
): Promise<Boundary> {
  const proxy = await startFaultProxy(registry, { kindOf });
  world.env["FACTORY_REGISTRY"] = proxy.address;
  return overRegistry(world, registry, proxy);
}

/** The same, where it wants tokens that a password buys and that are good for a moment only. */
const tokenBoundary: OpenBoundary = async (world, registry) => {
  const login = { user: "factory", password: "open-sesame" };
  const gate = await startTokenGate(registry, login);
  const proxy = await startFaultProxy(gate.address, { refusesItself: true });
  world.env["FACTORY_REGISTRY"] = proxy.address;
  world.env["FACTORY_AUTH_FILE"] = join(world.dir, "auth.json");
  const auth = Buffer.from(`${login.user}:${login.password}`).toString("base64");
  await world.write("auth.json", JSON.stringify({ auths: { [proxy.address]: { auth } } }), 0o600);
  const boundary = overRegistry(world, registry, proxy);
  return {
    ...boundary,
    end: async () => {
      await boundary.end();
      await gate.stop();
    },
  };
};

function overRegistry(world: World, registry: string, proxy: FaultProxy): Boundary {
  return {
    proxy,
    request: ofRegistries,
    enrol: async (image, fields) => {
      await world.write("app/Dockerfile", dockerfileOn(proxy.address));
      await writeImages(world, image, `source: {folder: app}\n  ${fields}`);
    },
    change: async (marker) => {
      await world.write("app/greeting", `${marker}\n`);
      await pushBase(registry, "base", "1", platforms, `base of ${marker}\n`);
    },
    end: () => proxy.stop(),
  };
}

/** A git server with an image in a folder of its repository. */
const gitBoundary: OpenBoundary = async (world, registry) => {
  const root = join(world.dir, "repositories");
  const repository = makeRepository(join(root, "app.git"));
  const server = await startGitServer({ root });
  const proxy = await startFaultProxy(server.origin.replace("http://", ""), { kindOf: gitKind });
  await pushBase(registry, "base", "1", platforms, "base\n");
  return {
    proxy,
    request: /\/app\.git\b/,
    enrol: (image, fields) => {
      const source = `{url: "http://${proxy.address}/app.git", ref: main, directory: image}`;
      return writeImages(world, image, `source: {git: ${source}}\n  ${fields}`);
    },
    change: async (marker) => {
      repository.commit({ "image/Dockerfile": dockerfileOn(registry), "image/greeting": `${marker}\n` });
    },
    end: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
};

/** Debian's archive, asked for everything by each build. */
const debianBoundary: OpenBoundary = async (world) => {
  const archive = await startArchiveProxy();
  const { host, pathname } = new URL(archive.mirror);
  const proxy = await startFaultProxy(host, { kindOf: debianKind });
  let enrolled = { image: "", fields: "" };
  const write = (label: string) =>
    writeImages(
      world,
      enrolled.image,
      `source: {debian: {suite: trixie, packages: [netbase], mirror: "http://${proxy.address}${pathname}"}}\n  labels: {change: ${label}}\n  ${enrolled.fields}`,
    );
  return {
    proxy,
    request: /InRelease|package lists|\.deb\b/,
    enrol: async (image, fields) => {
      enrolled = { image, fields };
      await write("none");
    },
    change: async (marker) => {
      await write(marker);
      for (const folder of ["apt", "debs"])
        await rm(join(world.workDir, "cache", folder), { recursive: true, force: true });
    },
    end: async () => {
      await proxy.stop();
      await archive.stop();
    },
  };
};

/** A server of context archives that leads on to where they are, and tells by entity tags whether one has changed. */
const archiveBoundary: OpenBoundary = async (world, registry) => {
  const server = await startArchiveServer();
  const proxy = await startFaultProxy(server.address, { kindOf: contextKind });
  await pushBase(registry, "base", "1", platforms, "base\n");
  return {
    proxy,
    request: /\/latest\/app\.tar\.gz\b/,
    enrol: (image, fields) => {
      const source = `{url: "http://${proxy.address}/latest/app.tar.gz"}`;
      return writeImages(world, image, `source: {archive: ${source}}\n  ${fields}`);
    },
    change: async (marker) => {
      const files = { Dockerfile: dockerfileOn(registry), greeting: `${marker}\n` };
      const parts = Object.entries(files).map(([name, content]) => ({ name, content }));
      server.put("app.tar.gz", gzipSync(packTar(parts)));
    },
    end: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
};

/** The registry with the advisory database, asked for it by each build. */
const databaseBoundary: OpenBoundary = async (world, registry) => {
  const [host = "", name] = (world.env["FACTORY_TRIVY_DATABASE"] ?? "").split("/");
  const proxy = await startFaultProxy(host);
  world.env["FACTORY_TRIVY_DATABASE"] = `${proxy.address}/${name}`;
  await pushBase(registry, "base", "1", platforms, "base\n");
  return {
    proxy,
    request: /trivy-db:2/,
    enrol: async (image, fields) => {
      await world.write("app/Dockerfile", dockerfileOn(registry));
      await writeImages(world, image, `source: {folder: app}\n  ${fields}`);
    },
    change: async (marker) => {
      await world.write("app/greeting", `${marker}\n`);
      await rm(join(world.workDir, "cache/trivy"), { recursive: true, force: true });
    },
    end: () => proxy.stop(),
  };
};

/** The boundaries besides the registry itself, by the name of their part. */
export const boundaries = {
  git: gitBoundary,
  debian: debianBoundary,
  archive: archiveBoundary,
  database: databaseBoundary,
  token: tokenBoundary,
} as const;

/** Of a registry that wants tokens the rest is tested without them. */
export function concernsTokens({ kind, fault }: Trouble): boolean {
  return kind.endsWith(" token") || fault === "401";
}

export function dockerfileOn(registry: string): string {
  return `FROM ${registry}/base:1\nCOPY greeting /\n`;
}

export function writeImages(world: World, image: string, fields: string): Promise<void> {
  return world.write("images.yaml", `- name: ${image}\n  ${fields}\n  scan: {os: none}\n`);
}
