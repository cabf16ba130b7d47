import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { World } from "./world.ts";

/** Makes the commands of a world see a clock that is this far ahead. */
export async function shiftClock(world: World, ms: number): Promise<void> {
  const file = join(world.dir, "clock.mjs");
  await writeFile(
    file,
    `const now = Date.now.bind(Date);
globalThis.Date = class extends Date {
  constructor(...given) { super(...(given.length === 0 ? [now() + ${ms}] : given)); }
  static now() { return now() + ${ms}; }
};
`,
  );
  world.env["NODE_OPTIONS"] = `--import=${file}`;
}
