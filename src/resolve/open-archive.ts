import type { ArchiveSource, Enrolment } from "../enrolment/enrolment.ts";
import { once } from "../once.ts";
import { systemClock } from "../registry/retry.ts";
import { createTransport } from "../registry/transport.ts";
import { type KeptArchive, obtainArchive } from "../source/archive/kept-archives.ts";
import { archiveTree } from "../source/archive/tree.ts";
import { createTurns } from "../turns.ts";
import type { SourceDoor } from "./open-source.ts";
import { pathsOf, type SourceHandle } from "./source-handle.ts";
import type { TreeLooks } from "./tree-looks.ts";

/** Archives that are fetched side by side. */
const atOnce = 4;

const timeouts = { connectMs: 10_000, idleMs: 60_000, storeMs: 60_000 };

/**
 * Makes the function that looks at archives. Each address is asked once, however many images are built from it, so that all of
 * them see one state; one that failed is asked again by the next.
 */
export function createArchiveOpener(
  door: Pick<SourceDoor, "workDir" | "variables" | "signal"> & Pick<TreeLooks, "look">,
): (enrolment: Enrolment, source: ArchiveSource) => Promise<SourceHandle> {
  const { workDir, variables, signal, look } = door;
  const archiveDoor = {
    workDir,
    variables,
    clock: systemClock,
    signal,
    transport: createTransport({ env: variables, ...timeouts }),
  };
  const known = new Map<string, Promise<KeptArchive>>();
  const inTurn = createTurns(atOnce);
  const obtain = (source: ArchiveSource): Promise<KeptArchive> => {
    const key = JSON.stringify([source.place, source.digest ?? null]);
    return once(known, key, () => inTurn(() => obtainArchive(source, archiveDoor)));
  };
  return async (enrolment, source) => {
    const archive = await obtain(source);
    const paths = pathsOf(enrolment);
    const { digest } = archive;
    const { directory, place } = source;
    const looked = await look(
      {
        inputs: { archive: digest, directory, ...paths },
        credentials: place.kind === "url" ? place.credentials : undefined,
        checkout: () => archiveTree(archive, source, paths, archiveDoor),
      },
      enrolment,
    );
    return { commit: undefined, version: undefined, ...looked };
  };
}
