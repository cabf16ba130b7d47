import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownRoot } from "../../src/setup/needs.ts";
import { type LeaseServer, startLeaseServer } from "../cluster/lease-server.ts";
import { nodeVariables, nodeWords } from "../command-start.ts";

/** A cluster whose namespace `default` may be written to; without it the same is shown on an API server of our own. */
const real = process.env["KUBECONFIG"];
const namespace = real === undefined ? "factory" : "default";

let folder: string;
let server: LeaseServer | undefined;
let kubeconfig: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "factory-lease-"));
  if (real !== undefined) {
    kubeconfig = real;
    return;
  }
  server = await startLeaseServer();
  kubeconfig = join(folder, "kubeconfig");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [{ name: "test", cluster: { server: server.url, "insecure-skip-tls-verify": true } }],
    users: [{ name: "test", user: { token: "x" } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(name: string, file: string, rounds: number, forMs: number): ChildProcess {
  const script = join(ownRoot, "test/state/hold-lease.ts");
  const words = [namespace, name, file, String(rounds), String(forMs)];
  return spawn(process.execPath, [...nodeWords, script, ...words], {
    env: { PATH: process.env["PATH"], KUBECONFIG: kubeconfig, ...nodeVariables },
    stdio: ["ignore", "inherit", "inherit"],
  });
}

async function statusOf(child: ChildProcess): Promise<number | null> {
  const [status] = (await once(child, "exit")) as [number | null];
  return status;
}

const noted = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);

describe(`a lease of ${real === undefined ? "an API server of the tests" : "a real cluster"}`, () => {
  it("lets processes in one at a time", async () => {
    const file = join(folder, "race");
    const name = `race-${process.pid}`;
    const children = [1, 2].map(() => start(name, file, 3, 40));
    expect(await Promise.all(children.map(statusOf))).toEqual([0, 0]);
    const lines = noted(file);
    expect(lines.length).toBe(12);
    for (let at = 0; at < lines.length; at += 2)
      expect(lines[at + 1]).toBe(lines[at]?.replace("holds", "leaves"));
  });

  it("is free for the next when its holder was killed, and not before it ran out", async () => {
    const file = join(folder, "killed");
    const name = `killed-${process.pid}`;
    const holder = start(name, file, 1, 60_000);
    while (noted(file).length === 0 && holder.exitCode === null) await sleep(20);
    const next = start(name, file, 1, 10);
    const ended = statusOf(next);
    await sleep(500);
    expect(noted(file)).toEqual([`holds ${holder.pid}`]);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    rmdirSync(`${file}.inside`);
    expect(await ended).toBe(0);
    expect(noted(file).slice(1)).toEqual([`holds ${next.pid}`, `leaves ${next.pid}`]);
  });
});
