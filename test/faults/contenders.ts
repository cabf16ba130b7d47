import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startRegistry } from "../registry/real-registry.ts";
import { platforms, registryBoundary } from "./boundary.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { makeFaultWorld } from "./fault-world.ts";
import { leftBehind, mountsIn } from "./leftovers.ts";
import { pushBase } from "./push-base.ts";
import { anyonesKind } from "./requests.ts";

export const contenderNames = ["factory", "buildah", "buildah --digestfile", "skopeo"] as const;
export type ContenderName = (typeof contenderNames)[number];

/** Somebody who builds and publishes one image over and over through a fault proxy. */
export interface Contender {
  readonly name: ContenderName;
  readonly proxy: FaultProxy;
  /** Of the real registry, which no fault reaches. */
  readonly registry: string;
  readonly repository: string;
  /** Makes what is published stale; returns what the next image has to contain. */
  readonly change: () => Promise<string>;
  /** The exit status; undefined for one that had to be ended after the time. */
  readonly publish: (deadlineMs: number) => Promise<number | null | undefined>;
  readonly leftBehind: () => Promise<readonly string[]>;
  readonly end: () => Promise<void>;
}

export function makeContender(name: ContenderName): Promise<Contender> {
  return name === "factory" ? makeFactory() : makeScript(name, scriptWords[name]);
}

const scriptWords = { buildah: "push", "buildah --digestfile": "digest", skopeo: "skopeo" } as const;

async function makeFactory(): Promise<Contender> {
  const fault = await makeFaultWorld((world, registry) => registryBoundary(world, registry, anyonesKind));
  const { world, proxy, registry, change } = fault;
  return {
    name: "factory",
    proxy,
    registry,
    repository: fault.image(),
    change,
    publish: async (deadlineMs) => {
      const { ended, kill } = world.start("build", `IMAGE=${fault.image()}`);
      return within(
        deadlineMs,
        ended.then(({ status }) => status),
        () => kill("SIGKILL"),
      );
    },
    leftBehind: fault.leftBehind,
    end: fault.end,
  };
}

async function makeScript(name: ContenderName, word: string): Promise<Contender> {
  const registry = await startRegistry();
  const proxy = await startFaultProxy(registry.address, { kindOf: anyonesKind });
  const dir = await mkdtemp(join(tmpdir(), "plain-script-"));
  const source = join(dir, "app");
  const storage = join(dir, ".factory/storage/app/all");
  for (const folder of [source, join(dir, "tmp"), storage]) await mkdir(folder, { recursive: true });
  const write = (file: string, lines: readonly string[]) =>
    writeFile(join(dir, file), `${lines.join("\n")}\n`);
  await write("registries.conf", ["[[registry]]", `location = "${proxy.address}"`, "insecure = true"]);
  const places = [`graphroot = "${storage}/graph"`, `runroot = "${storage}/run"`];
  await write("storage.conf", ["[storage]", 'driver = "overlay"', ...places]);
  await write("app/Dockerfile", [`FROM ${proxy.address}/base:1`, "COPY greeting /"]);
  const env = {
    PATH: process.env["PATH"],
    HOME: dir,
    TMPDIR: join(dir, "tmp"),
    CONTAINERS_REGISTRIES_CONF: join(dir, "registries.conf"),
    CONTAINERS_STORAGE_CONF: join(dir, "storage.conf"),
  };
  let changes = 0;
  return {
    name,
    proxy,
    registry: registry.address,
    repository: "app",
    change: async () => {
      changes += 1;
      const marker = `change-${changes}-by-${word}`;
      await write("app/greeting", [marker]);
      await pushBase(registry.address, "base", "1", platforms, `base of ${marker}\n`);
      return marker;
    },
    publish: async (deadlineMs) => {
      const script = join(import.meta.dirname, "plain.sh");
      const words = [script, word, source, `${proxy.address}/app`];
      const child = spawn("sh", words, { env, stdio: "ignore", detached: true });
      const ended = once(child, "close").then(([status]) => status as number | null);
      return within(deadlineMs, ended, () => process.kill(-(child.pid ?? 0), "SIGKILL"));
    },
    leftBehind: () => leftBehind(dir),
    end: async () => {
      await proxy.stop();
      await registry.stop();
      // Of scripts that had to be ended.
      for (const place of await mountsIn(dir)) execFileSync("umount", ["--lazy", place]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function within<T>(ms: number, ended: Promise<T>, kill: () => void): Promise<T | undefined> {
  const patience = new AbortController();
  const late = sleep(ms, "late" as const, { signal: patience.signal }).catch(() => "late" as const);
  const first = await Promise.race([ended, late]);
  patience.abort();
  if (first !== "late") return ended;
  kill();
  await ended;
  return undefined;
}
