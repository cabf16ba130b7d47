import type { Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { NonEmpty } from "../non-empty.ts";
import { withFixes } from "../plan/fixes.ts";
import type { Digest } from "../registry/digest.ts";
import { fixableOf } from "../scan/own-layers.ts";
import type { PlatformScan } from "../scan/scan-report.ts";
import type { Fix } from "../state/image-state.ts";
import { withImage } from "../state/repository-lock.ts";
import { readState, writeState } from "../state/state-file.ts";
import type { PublishDoor } from "./publish.ts";

/**
 * Records what a rebuild would fix of a published digest, in the place of what was recorded before, and returns it. A
 * digest that is no longer the published one changes nothing; where it cannot be told what a rebuild fixes, that is said.
 * @throws FactoryError as `writeState`.
 */
export async function recordFixes(
  { name, repository, dockerfile }: Enrolment,
  digest: Digest,
  scans: NonEmpty<PlatformScan>,
  door: PublishDoor & { readonly log: Log },
): Promise<readonly Fix[]> {
  const found = await Promise.all(
    scans.map(async (scan) => {
      const { platform } = scan.platform;
      const fixable = await fixableOf({ repository, dockerfile }, scan, door.client).catch(
        (error: unknown) => {
          if (!(error instanceof FactoryError) || error.code !== "base-missing") throw error;
          door.log({ kind: "warning", image: name, platform, text: `${error.message}. ${error.hint}` });
          return [];
        },
      );
      return fixable.map((finding) => ({ ...finding, platform }));
    }),
  );
  return withImage({ image: name, repository }, door, async () => {
    const state = await readState(door.stateDir, name);
    if (state?.digest !== digest) return [];
    const next = withFixes(state, found.flat(), door.clock());
    if (next !== state) await writeState(door.stateDir, name, next);
    return next.fixes ?? [];
  });
}
