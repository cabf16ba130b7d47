import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LogEvent } from "../../../src/log.ts";
import {
  embeddedRegistryStatus,
  ensureEmbeddedRegistry,
  stopEmbeddedRegistry,
} from "../../../src/registry/embedded/daemon.ts";
import { embeddedRegistryFiles } from "../../../src/registry/embedded/folders.ts";
import { servingProcesses } from "../../../src/registry/embedded/serving-process.ts";
import { storedBytes } from "../../../src/registry/embedded/stored-bytes.ts";

let root: string;
let workDir: string;
let events: LogEvent[];
const servers: Server[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "embedded-registry-"));
  workDir = join(root, "clone", ".factory");
  events = [];
});

afterEach(async () => {
  for (const dir of [workDir, join(root, "other", ".factory")]) {
    for (const { pid } of await servingProcesses(embeddedRegistryFiles(dir).configuration)) {
      process.kill(pid, "SIGKILL");
    }
  }
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const server of servers.splice(0)) server.close();
  await rm(root, { recursive: true, force: true });
});

const door = (dir = workDir) => ({ workDir: dir, log: (event: LogEvent) => void events.push(event) });
const filesOf = (dir = workDir) => embeddedRegistryFiles(dir);
const recordOf = async (dir = workDir) => JSON.parse(await readFile(filesOf(dir).record, "utf8"));
const pidOf = async (dir = workDir): Promise<number> => (await recordOf(dir)).pid;
const portOf = (address: string) => Number(address.split(":")[1]);

async function authOf(address: string, dir = workDir): Promise<string> {
  const file = JSON.parse(await readFile(filesOf(dir).authFile, "utf8"));
  return `Basic ${file.auths[address].auth}`;
}

async function ask(address: string, path: string, init: RequestInit = {}): Promise<Response> {
  const authorization = await authOf(address);
  return fetch(`http://${address}${path}`, { ...init, headers: { ...init.headers, authorization } });
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const blob = Buffer.from("{}");
const blobDigest = `sha256:${createHash("sha256").update(blob).digest("hex")}`;

/** Pushes an image of no layers under `v1`, as any client would, and returns its manifest. */
async function push(address: string): Promise<string> {
  const begun = await ask(address, "/v2/app/blobs/uploads/", { method: "POST" });
  const upload = new URL(begun.headers.get("location") ?? "", `http://${address}`);
  upload.searchParams.set("digest", blobDigest);
  const headers = { "content-type": "application/octet-stream" };
  const sent = await ask(address, `${upload.pathname}${upload.search}`, {
    method: "PUT",
    body: blob,
    headers,
  });
  expect(sent.status).toBe(201);
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: blobDigest, size: 2 };
  const body = JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers: [] });
  const tagged = await ask(address, "/v2/app/manifests/v1", {
    method: "PUT",
    body,
    headers: { "content-type": manifestType },
  });
  expect(tagged.status).toBe(201);
  return body;
}

async function pull(address: string): Promise<string> {
  const response = await ask(address, "/v2/app/manifests/v1", { headers: { accept: manifestType } });
  expect(response.status).toBe(200);
  return response.text();
}

/** Kills the registry and waits until the kernel has taken its port back. */
async function killRegistry(dir = workDir): Promise<void> {
  process.kill(await pidOf(dir), "SIGKILL");
  while ((await servingProcesses(filesOf(dir).configuration)).length > 0) await sleep(10);
  // A program of many threads is a zombie before the last of them has closed its sockets.
  await sleep(300);
}

async function listen(server: Server, port: number): Promise<number> {
  servers.push(server);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("a registry that is started", () => {
  test("answers those who know the password and refuses all others", async () => {
    const { address, started } = await ensureEmbeddedRegistry(door());
    expect(started).toBe(true);
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect((await ask(address, "/v2/")).status).toBe(200);
    expect((await fetch(`http://${address}/v2/`)).status).toBe(401);
    const push = await fetch(`http://${address}/v2/app/blobs/uploads/`, { method: "POST" });
    expect(push.status).toBe(401);
  });

  test("listens on loopback alone, with no second port", async () => {
    await ensureEmbeddedRegistry(door());
    expect(await listening(await pidOf())).toEqual([{ host: "127.0.0.1", port: (await recordOf()).port }]);
  });

  test("keeps its password in files that only the owner reads, and out of every command line", async () => {
    const { address } = await ensureEmbeddedRegistry(door());
    const { authFile, passwords, configuration } = filesOf();
    for (const file of [authFile, passwords, configuration]) {
      expect((await stat(file)).mode & 0o777, file).toBe(0o600);
    }
    const password =
      Buffer.from((await authOf(address)).slice(6), "base64")
        .toString()
        .split(":")[1] ?? "";
    const pid = await pidOf();
    for (const file of [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`, configuration, passwords]) {
      expect(await readFile(file, "utf8"), file).not.toContain(password);
    }
  });

  test("is said once, and found the second time", async () => {
    const first = await ensureEmbeddedRegistry(door());
    const pid = await pidOf();
    expect(await ensureEmbeddedRegistry(door())).toEqual({ address: first.address, started: false });
    expect(await pidOf()).toBe(pid);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ kind: "note", text: expect.stringContaining(first.address) });
  });

  test("outlives the process that started it and that process's group", async () => {
    const program = `
      import { ensureEmbeddedRegistry } from "${import.meta.dirname}/../../../src/registry/embedded/daemon.ts";
      await ensureEmbeddedRegistry({ workDir: process.argv[1], log: () => {} });
      console.log("started");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, workDir], {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await once(child, "exit");
    expect(await ensureEmbeddedRegistry(door())).toMatchObject({ started: false });
  });

  test("lets go of the process that started it: that one ends by itself", async () => {
    const program = `
      import { ensureEmbeddedRegistry } from "${import.meta.dirname}/../../../src/registry/embedded/daemon.ts";
      await ensureEmbeddedRegistry({ workDir: process.argv[1], log: () => {} });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, workDir], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    const closed = once(child, "close");
    child.stdout?.resume();
    child.stderr?.resume();
    expect(await closed).toEqual([0, null]);
  });

  test("takes no setting from the environment of whoever starts it", async () => {
    process.env["REGISTRY_HTTP_ADDR"] = "0.0.0.0:0";
    try {
      const { address } = await ensureEmbeddedRegistry(door());
      expect((await ask(address, "/v2/")).status).toBe(200);
    } finally {
      delete process.env["REGISTRY_HTTP_ADDR"];
    }
  });

  test("lets tags and manifests be deleted by digest", async () => {
    const { address } = await ensureEmbeddedRegistry(door());
    const digest = `sha256:${createHash("sha256")
      .update(await push(address))
      .digest("hex")}`;
    const deleted = await ask(address, `/v2/app/manifests/${digest}`, { method: "DELETE" });
    expect(deleted.status).toBe(202);
  });
});

describe("several starts at once", () => {
  test("of one clone start one registry", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => ensureEmbeddedRegistry(door())));
    expect(all.filter(({ started }) => started)).toHaveLength(1);
    expect(new Set(all.map(({ address }) => address)).size).toBe(1);
    expect(await servingProcesses(filesOf().configuration)).toHaveLength(1);
  });

  test("of two clones give each a registry, a port and a password of its own", async () => {
    const other = join(root, "other", ".factory");
    const [one, two] = await Promise.all([
      ensureEmbeddedRegistry(door()),
      ensureEmbeddedRegistry(door(other)),
    ]);
    expect(one.address).not.toBe(two.address);
    const strangers = await authOf(two.address, other);
    const answer = await fetch(`http://${one.address}/v2/`, { headers: { authorization: strangers } });
    expect(answer.status).toBe(401);
  });
});

describe("a port that is taken", () => {
  test("by some other server makes the registry move and auth.json follow", async () => {
    const before = await ensureEmbeddedRegistry(door());
    const manifest = await push(before.address);
    await stopEmbeddedRegistry(door());
    await listen(createServer(), portOf(before.address));
    const { address } = await ensureEmbeddedRegistry(door());
    expect(address).not.toBe(before.address);
    expect(await pull(address)).toBe(manifest);
    const { auths } = JSON.parse(await readFile(filesOf().authFile, "utf8"));
    expect(Object.keys(auths)).toEqual([address]);
    await stopEmbeddedRegistry(door());
    expect((await ensureEmbeddedRegistry(door())).address).toBe(address);
  });

  test("by a server that answers 200 to everything does not make it ours, and it is not told the password", async () => {
    const { address } = await ensureEmbeddedRegistry(door());
    await killRegistry();
    const seen: (string | undefined)[] = [];
    const impostor = createHttpServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end("{}");
    });
    await listen(impostor, portOf(address));
    expect((await ensureEmbeddedRegistry(door())).address).not.toBe(address);
    expect(seen).toEqual([]);
  });

  test("by the registry of the clone that this one was copied from is left to that one", async () => {
    const original = await ensureEmbeddedRegistry(door());
    const manifest = await push(original.address);
    const copy = join(root, "other", ".factory");
    await cp(workDir, copy, { recursive: true });
    expect(await embeddedRegistryStatus(copy)).toMatchObject({ running: false });
    expect(await stopEmbeddedRegistry(door(copy))).toBe(false);
    const copied = await ensureEmbeddedRegistry(door(copy));
    expect(copied).toMatchObject({ started: true });
    expect(copied.address).not.toBe(original.address);
    expect(await pull(original.address)).toBe(manifest);
  });
});

describe("a registry that ended", () => {
  test("by kill -9 is started again on its port, with the same password and every tag", async () => {
    const { address } = await ensureEmbeddedRegistry(door());
    const [manifest, auth] = [await push(address), await authOf(address)];
    await killRegistry();
    expect(await ensureEmbeddedRegistry(door())).toEqual({ address, started: true });
    expect(await authOf(address)).toBe(auth);
    expect(await pull(address)).toBe(manifest);
  });

  test("by kill -9 in the middle of an upload keeps what was published, and takes the upload anew", async () => {
    const { address } = await ensureEmbeddedRegistry(door());
    const manifest = await push(address);
    const begun = await ask(address, "/v2/app/blobs/uploads/", { method: "POST" });
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.alloc(3 * 1024 * 1024, 1)),
    });
    const { pathname, search } = new URL(begun.headers.get("location") ?? "");
    const upload = ask(address, `${pathname}${search}`, {
      method: "PATCH",
      body,
      duplex: "half",
      headers: { "content-type": "application/octet-stream" },
    } as RequestInit).catch(() => "cut");
    while ((await storedBytes(filesOf().data)) < 1024 * 1024) await sleep(10);
    await killRegistry();
    expect(await upload).toBe("cut");
    await ensureEmbeddedRegistry(door());
    expect(await pull(address)).toBe(manifest);
    expect(await push(address)).toBe(manifest);
  });

  test("and whose pid another process has is not mistaken for it, nor is that process stopped", async () => {
    await ensureEmbeddedRegistry(door());
    const record = await recordOf();
    await killRegistry();
    const bystander = spawn("sleep", ["60"], { stdio: "ignore" });
    children.push(bystander);
    await writeFile(filesOf().record, JSON.stringify({ ...record, pid: bystander.pid }));
    expect(await embeddedRegistryStatus(workDir)).toMatchObject({ running: false });
    expect(await stopEmbeddedRegistry(door())).toBe(false);
    expect(await ensureEmbeddedRegistry(door())).toMatchObject({ started: true });
    expect(bystander.exitCode).toBeNull();
  });

  test("with a reboot is started again: the record speaks of another boot", async () => {
    const { address } = await ensureEmbeddedRegistry(door());
    const record = await recordOf();
    await killRegistry();
    const start = record.start.replace(/^\S+/, "00000000-0000-4000-8000-000000000000");
    await writeFile(filesOf().record, JSON.stringify({ ...record, start }));
    expect(await ensureEmbeddedRegistry(door())).toEqual({ address, started: true });
  });
});

describe("what was lost", () => {
  test.each([
    ["auth.json", () => filesOf().authFile],
    ["the record of the process", () => filesOf().record],
  ])("%s: the registry that runs is replaced, its data kept", async (_title, file) => {
    const manifest = await push((await ensureEmbeddedRegistry(door())).address);
    const pid = await pidOf();
    await rm(file());
    const { address, started } = await ensureEmbeddedRegistry(door());
    expect(started).toBe(true);
    expect((await servingProcesses(filesOf().configuration)).map((found) => found.pid)).toEqual([
      await pidOf(),
    ]);
    expect(await pidOf()).not.toBe(pid);
    expect(await pull(address)).toBe(manifest);
  });

  test("the htpasswd file, while it was stopped: the password of auth.json stays good", async () => {
    const { address } = await ensureEmbeddedRegistry(door());
    const auth = await authOf(address);
    await stopEmbeddedRegistry(door());
    await rm(filesOf().passwords);
    await ensureEmbeddedRegistry(door());
    expect(await authOf(address)).toBe(auth);
    expect((await ask(address, "/v2/")).status).toBe(200);
  });

  test("the whole work folder under a running registry: a new one takes its place, the old one ends", async () => {
    await ensureEmbeddedRegistry(door());
    const pid = await pidOf();
    await rm(workDir, { recursive: true });
    const { address } = await ensureEmbeddedRegistry(door());
    expect((await servingProcesses(filesOf().configuration)).map((found) => found.pid)).toEqual([
      await pidOf(),
    ]);
    expect(await pidOf()).not.toBe(pid);
    expect(await pull(address).catch((error) => String(error))).toContain("404");
  });
});

describe("what cannot start", () => {
  test("says in one error what the registry last wrote, and where the rest is", async () => {
    await mkdir(filesOf().dir, { recursive: true });
    await mkdir(filesOf().data);
    const path = process.env["PATH"];
    const bin = join(root, "bin");
    await mkdir(bin);
    const program = "#!/bin/sh\necho first >&2\necho 'configuration error: no such driver' >&2\nexit 3\n";
    await writeFile(join(bin, "docker-registry"), program, { mode: 0o755 });
    process.env["PATH"] = `${bin}:${path}`;
    try {
      await expect(ensureEmbeddedRegistry(door())).rejects.toMatchObject({
        code: "registry-unavailable",
        message: "the embedded registry exited with 3: configuration error: no such driver",
        hint: expect.stringContaining(filesOf().log),
      });
    } finally {
      process.env["PATH"] = path;
    }
  });

  test("for want of docker-registry is exit 69 with the remedy", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = root;
    try {
      await expect(ensureEmbeddedRegistry(door())).rejects.toMatchObject({
        code: "machine-lacks",
        exitStatus: 69,
        hint: expect.stringContaining("npm run setup"),
      });
    } finally {
      process.env["PATH"] = path;
    }
  });

  test("for want of a folder to write to names the folder", async () => {
    await mkdir(workDir, { recursive: true });
    await writeFile(filesOf().dir, "in the way");
    await expect(ensureEmbeddedRegistry(door())).rejects.toMatchObject({
      code: "machine-lacks",
      message: expect.stringContaining(filesOf().dir),
    });
  });
});

test("a registry that runs and stays silent is reported, and not killed under those who use it", async () => {
  await ensureEmbeddedRegistry(door());
  const pid = await pidOf();
  process.kill(pid, "SIGSTOP");
  await expect(ensureEmbeddedRegistry(door())).rejects.toMatchObject({
    code: "registry-unavailable",
    message: expect.stringContaining(`pid ${pid}`),
  });
  process.kill(pid, "SIGCONT");
  expect(await ensureEmbeddedRegistry(door())).toMatchObject({ started: false });
});

test("stopping lets a push that is under way come to its end", async () => {
  const { address } = await ensureEmbeddedRegistry(door());
  const begun = await ask(address, "/v2/app/blobs/uploads/", { method: "POST" });
  const upload = new URL(begun.headers.get("location") ?? "");
  upload.searchParams.set("digest", blobDigest);
  let end = () => {};
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(blob.subarray(0, 1));
      end = () => {
        controller.enqueue(blob.subarray(1));
        controller.close();
      };
    },
  });
  const headers = { "content-type": "application/octet-stream" };
  const pushing = ask(address, `${upload.pathname}${upload.search}`, {
    method: "PUT",
    body,
    duplex: "half",
    headers,
  } as RequestInit);
  await sleep(200);
  const stopped = stopEmbeddedRegistry(door());
  await sleep(200);
  end();
  expect((await pushing).status).toBe(201);
  expect(await stopped).toBe(true);
});

test("status tells what runs, where and how much it holds; after a stop that nothing does", async () => {
  const { data } = filesOf();
  expect(await embeddedRegistryStatus(workDir)).toEqual({ running: false, data, hasData: false });
  expect(await storedBytes(data)).toBe(0);
  const { address } = await ensureEmbeddedRegistry(door());
  await push(address);
  expect(await embeddedRegistryStatus(workDir)).toMatchObject({ running: true, address, pid: await pidOf() });
  const bytes = await storedBytes(data);
  expect(bytes).toBeGreaterThan(blob.length);
  expect(await stopEmbeddedRegistry(door())).toBe(true);
  expect(await stopEmbeddedRegistry(door())).toBe(false);
  expect(await embeddedRegistryStatus(workDir)).toEqual({ running: false, data, hasData: true });
  expect(await storedBytes(data)).toBe(bytes);
});

/** The TCP sockets that a process listens on, as the kernel lists them. */
async function listening(pid: number): Promise<readonly { readonly host: string; readonly port: number }[]> {
  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`)),
  );
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((table) => readFile(`/proc/${pid}/net/${table}`, "utf8")),
  );
  return tables.flatMap((table) =>
    table.split("\n").flatMap((line) => {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state !== "0A" || !links.includes(`socket:[${inode}]`)) return [];
      const [address = "", port = ""] = local.split(":");
      const bytes = Buffer.from(address, "hex").reverse();
      return [{ host: bytes.join("."), port: Number.parseInt(port, 16) }];
    }),
  );
}
