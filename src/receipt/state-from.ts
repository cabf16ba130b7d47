import type { Platform } from "../platform.ts";
import type { ImageState, PlatformState } from "../state/image-state.ts";
import type { Receipt } from "./receipt.ts";

/** The state as it was when a receipt was written, as far as that one publication goes. */
export function stateFrom(receipt: Receipt): ImageState {
  const { digest, repository, annotations, commit, version, epoch, tags, publication, scan } = receipt;
  const platforms = Object.entries(receipt.platforms).map(([platform, { found: _, ...own }]) => {
    return [platform as Platform, own satisfies PlatformState] as const;
  });
  return {
    digest,
    repository,
    platforms: Object.fromEntries(platforms),
    annotations,
    ...(commit === undefined ? {} : { commit }),
    ...(version === undefined ? {} : { version }),
    ...(epoch === undefined ? {} : { epoch }),
    tags,
    publications: [publication],
    scan,
  };
}
