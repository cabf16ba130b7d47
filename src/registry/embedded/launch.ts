import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type FileHandle, open, rename, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../../errors.ts";
import { childEnvironment } from "../../run.ts";
import { digestOf, shortDigest } from "../digest.ts";
import { host, registryConfiguration } from "./configuration.ts";
import type { RegistryCredentials } from "./credentials.ts";
import type { EmbeddedRegistryFiles } from "./folders.ts";
import { probeRegistry } from "./probe.ts";
import { type ServingProcess, serveArguments, servingProcess } from "./serving-process.ts";

/** Ports below those that the kernel hands out by itself; each folder begins at one of its own, so that clones rarely meet. */
const ports = { first: 21_000, count: 3_000, tries: 10 };

/** Tried in this order after the port of last time; when all are taken the kernel chooses. */
function preferredPorts({ dir }: EmbeddedRegistryFiles): readonly number[] {
  const own = Number.parseInt(shortDigest(digestOf(dir)).slice(0, 6), 16);
  const nth = (index: number) => ports.first + ((own + index) % ports.count);
  return [...Array.from({ length: ports.tries }, (_, index) => nth(index)), 0];
}

const readyWithinMs = 20_000;
const pollMs = 10;

/**
 * Starts the registry on the first free port, in a session of its own so that it outlives us, and waits until it
 * answers as ours. A port that somebody takes between our look and its start is passed over.
 * @throws FactoryError "machine-lacks" without docker-registry, "registry-unavailable" when it ends or stays silent.
 */
export async function launchRegistry(
  files: EmbeddedRegistryFiles,
  credentials: RegistryCredentials,
  formerPort: number | undefined,
): Promise<ServingProcess & { readonly port: number }> {
  for (const wanted of [...(formerPort === undefined ? [] : [formerPort]), ...preferredPorts(files)]) {
    const port = await freePort(wanted);
    if (port === undefined) continue;
    const httpSecret = randomBytes(32).toString("base64url");
    await writeFileAtomic(files.configuration, registryConfiguration(files, { port, httpSecret }), {
      mode: 0o600,
    });
    const started = await serve(files, port, credentials);
    if (started !== "port taken") return { ...started, port };
  }
  throw new FactoryError("registry-unavailable", `no port of ${host} is free for the embedded registry`);
}

/** The port if nothing listens on it, for 0 one that the kernel chooses. */
async function freePort(wanted: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port: wanted, exclusive: true });
    await once(server, "listening");
  } catch {
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? address?.port : undefined;
}

async function serve(
  files: EmbeddedRegistryFiles,
  port: number,
  credentials: RegistryCredentials,
): Promise<ServingProcess | "port taken"> {
  const log = await openLog(files.log);
  const { size: logStart } = await log.stat();
  const child = spawn("docker-registry", serveArguments(files.configuration), {
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
    env: withoutProxies(childEnvironment()),
    cwd: files.dir,
  });
  const end = watchEnd(child);
  await log.close();
  for (let waitedMs = 0; end() === undefined && waitedMs < readyWithinMs; waitedMs += pollMs) {
    const process =
      child.pid === undefined ? undefined : await servingProcess(child.pid, files.configuration);
    if (process !== undefined && (await probeRegistry(port, credentials)) === "ours") {
      child.removeAllListeners();
      child.unref();
      return process;
    }
    await sleep(pollMs);
  }
  child.kill("SIGKILL");
  const how = end() ?? `did not answer within ${readyWithinMs / 1000} s`;
  if (typeof how !== "string") {
    throw new FactoryError("machine-lacks", `cannot start docker-registry: ${how.message}`, {
      hint: "npm run setup installs it; or name another registry: registry in factory.yaml.",
      cause: how,
    });
  }
  const said = await readFrom(files.log, logStart);
  if (said.includes("address already in use")) return "port taken";
  const lastLine = said.trim().split("\n").at(-1)?.slice(0, 300) || "it wrote nothing";
  throw new FactoryError("registry-unavailable", `the embedded registry ${how}: ${lastLine}`, {
    hint: `Its log is ${files.log}`,
  });
}

/** It asks nobody for anything, and outlives us: no password of a proxy is for it. */
function withoutProxies(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/_proxy$/i.test(name)));
}

/** How the child ended, or why it never began; undefined while it runs. */
function watchEnd(child: ChildProcess): () => string | Error | undefined {
  let end: string | Error | undefined;
  child.once("error", (error) => {
    end = error;
  });
  child.once("exit", (code, signal) => {
    end ??= code === null ? `was ended by ${signal}` : `exited with ${code}`;
  });
  return () => end;
}

const longestLogBytes = 10 * 1024 * 1024;

/** The log to append to; a long one is put aside first, in place of the one before it. */
async function openLog(file: string): Promise<FileHandle> {
  const log = await open(file, "a", 0o600);
  if ((await log.stat()).size <= longestLogBytes) return log;
  await log.close();
  await rename(file, `${file}.1`);
  return open(file, "a", 0o600);
}

async function readFrom(file: string, start: number): Promise<string> {
  const { size } = await stat(file);
  const log = await open(file, "r");
  try {
    const { buffer, bytesRead } = await log.read({ position: start, buffer: Buffer.alloc(size - start) });
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await log.close();
  }
}
