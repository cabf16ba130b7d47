import { appendFileSync, mkdirSync, rmdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createClusterApi, findCluster } from "../../src/cluster/api.ts";
import { createLeases, leaseTiming, pause } from "../../src/state/lease.ts";

/** Takes a lease, notes in a file when it is held and left, and says so when a second one is inside: for tests. */
const [namespace = "", name = "", file = "", rounds = "1", forMs = "50"] = process.argv.slice(2);
const leases = createLeases({
  api: createClusterApi(await findCluster(process.env, "the test")),
  namespace,
  now: () => performance.now(),
  sleep: pause,
  timing: { ...leaseTiming, durationS: 3, countsOnMs: 2_000, renewMs: 300, pollMs: 100 },
});
const note = (text: string) => appendFileSync(file, `${text} ${process.pid}\n`);
for (let round = 0; round < Number(rounds); round++) {
  const held = await leases.hold({ name, of: "a test" }, undefined);
  note("holds");
  mkdirSync(`${file}.inside`);
  await sleep(Number(forMs));
  rmdirSync(`${file}.inside`);
  held.check();
  note("leaves");
  await held.release();
}
