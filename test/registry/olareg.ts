import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, type RealRegistry } from "./real-registry.ts";

/** The olareg of this machine: what OLAREG names, or the one on PATH; undefined where there is none. */
export function findOlareg(): string | undefined {
  const named = process.env["OLAREG"];
  if (named !== undefined && named !== "") return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "olareg")).find(existsSync);
}

/** What the title of a suite says that needs one. */
export const withoutOlareg =
  findOlareg() === undefined
    ? ": skipped because OLAREG names none and none is on PATH; ../shared/tools/build.sh makes one"
    : "";

/** A registry with the referrers API, in memory, on a free port of loopback. */
export async function startOlareg(program: string): Promise<Pick<RealRegistry, "address" | "stop">> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    program,
    ["serve", "--addr=127.0.0.1", `--port=${port}`, "--store-type=mem", "--api-delete"],
    { stdio: "ignore" },
  );
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  for (let tries = 0; tries < 500; tries++, await sleep(20)) {
    if (child.exitCode !== null) throw new Error(`olareg exited with ${child.exitCode}`);
    if (
      await fetch(`http://${address}/v2/`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { address, stop };
  }
  await stop();
  throw new Error(`olareg does not answer at ${address}`);
}
