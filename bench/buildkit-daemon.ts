import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FactoryError } from "../src/errors.ts";
import { childEnvironment, run } from "../src/run.ts";
import type { BenchWorld } from "./bench-world.ts";

export interface BuildkitDaemon {
  readonly address: string;
  /** Empties its cache. */
  readonly prune: () => Promise<void>;
  readonly end: () => Promise<void>;
}

const readyWithinMs = 30_000;

/** Starts a buildkitd of our own, with its state in the bench's folder, that speaks plain HTTP to the bench's registry. */
export async function startBuildkit(
  world: BenchWorld,
  programs: { readonly buildkitd: string; readonly buildctl: string },
): Promise<BuildkitDaemon> {
  const dir = join(world.dir, "buildkit");
  await mkdir(dir, { recursive: true });
  const address = `unix://${join(dir, "socket")}`;
  const config = join(dir, "buildkitd.toml");
  await writeFile(config, `[registry."${world.address}"]\nhttp = true\n`);
  const log = await open(join(dir, "log"), "w");
  const child = spawn(
    programs.buildkitd,
    [`--config=${config}`, `--addr=${address}`, `--root=${join(dir, "root")}`],
    { stdio: ["ignore", log.fd, log.fd], env: childEnvironment() },
  );
  await log.close();
  const exited = once(child, "exit");
  const control = (...words: readonly string[]) =>
    run({ tool: programs.buildctl, args: [`--addr=${address}`, ...words], alsoOk: [1] });
  for (let waitedMs = 0; (await control("debug", "workers")).exitCode !== 0; waitedMs += 200) {
    if (waitedMs > readyWithinMs || child.exitCode !== null) {
      child.kill("SIGKILL");
      throw new FactoryError("tool-failed", `${programs.buildkitd} does not answer; see ${join(dir, "log")}`);
    }
    await sleep(200);
  }
  return {
    address,
    prune: async () => {
      await control("prune", "--all");
    },
    end: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
