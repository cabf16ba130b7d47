import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hash } from "bcryptjs";

/** Debian's docker-registry on a free port of loopback, for one test file. */
export interface RealRegistry {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  /** Where it keeps what it was sent. */
  readonly dir: string;
  /** Ends the process and deletes the folder. */
  readonly stop: () => Promise<void>;
}

export interface RealRegistryOptions {
  readonly auth?: { readonly user: string; readonly password: string };
}

export async function startRegistry(options: RealRegistryOptions = {}): Promise<RealRegistry> {
  const dir = await mkdtemp(join(tmpdir(), "real-registry-"));
  const address = `127.0.0.1:${await freePort()}`;
  const passwords = join(dir, "htpasswd");
  if (options.auth !== undefined) {
    await writeFile(passwords, `${options.auth.user}:${await hash(options.auth.password, 4)}\n`);
  }
  const config = join(dir, "config.json");
  await writeFile(
    config,
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(dir, "data") }, delete: { enabled: true } },
      http: { addr: address },
      ...(options.auth === undefined ? {} : { auth: { htpasswd: { realm: "test", path: passwords } } }),
    }),
  );
  const child = spawn("docker-registry", ["serve", config], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 500; tries++) {
    if (child.exitCode !== null) throw new Error(`docker-registry exited: ${said}`);
    if (await answers(address)) return { address, dir, stop };
    await sleep(20);
  }
  await stop();
  throw new Error(`docker-registry does not answer at ${address}: ${said}`);
}

async function answers(address: string): Promise<boolean> {
  try {
    const { status } = await fetch(`http://${address}/v2/`);
    return status === 200 || status === 401;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
