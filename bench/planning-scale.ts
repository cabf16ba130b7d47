import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../src/log.ts";
import { ownRoot } from "../src/setup/needs.ts";
import { makeLargeWorld } from "./large-world.ts";
import { measure } from "./measure.ts";

/** What a plan of a generated enrolment costs. */
export interface ScaleTimes {
  readonly images: number;
  /** Of the whole command, look-ups included. */
  readonly planMs: readonly number[];
  /** Of deciding alone, once everything is known. */
  readonly decideMs: readonly number[];
  /** Of the process that plans, in bytes. */
  readonly peakBytes: number;
  /** Requests of one plan to the registry. */
  readonly lookUps: number;
}

/** Plans that many images of one repository, whose look-ups a stub registry answers, and finds all of them unchanged. */
export async function timeScale(
  images: number,
  rounds: number,
  { dir, signal, log }: { readonly dir: string; readonly signal: AbortSignal; readonly log: Log },
): Promise<ScaleTimes> {
  const folder = join(dir, "scale");
  await mkdir(folder, { recursive: true });
  log({ kind: "note", text: `recording ${images} images as published to plan them` });
  const world = await makeLargeWorld(folder, images);
  const times = { planMs: [] as number[], peaks: [] as number[] };
  let lookUps = 0;
  try {
    for (let round = 0; round < rounds; round += 1) {
      const planned = await measure({
        tool: "sh",
        args: ["src/setup/start.sh", "plan"],
        cwd: ownRoot,
        env: world.env,
        signal,
      });
      times.planMs.push(planned.elapsedMs);
      times.peaks.push(...planned.peaks.map(({ bytes }) => bytes));
      lookUps = world.registry.takeRequests().length;
    }
  } finally {
    await world.registry.end();
  }
  return {
    images,
    planMs: times.planMs,
    decideMs: world.decideMs,
    peakBytes: Math.max(...times.peaks),
    lookUps,
  };
}
