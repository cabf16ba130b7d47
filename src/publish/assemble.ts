import type { NonEmpty } from "../non-empty.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import { type Annotations, type IndexChild, indexBytes } from "../registry/manifest.ts";
import { ociManifestType } from "../registry/media-types.ts";
import type { PassedScan } from "../scan/scan-report.ts";
import type { StagedPlatform } from "./staging.ts";

/** An index each of whose platforms passed its scan; there is no other way to one. */
export interface PassedIndex {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly scans: NonEmpty<PassedScan<StagedPlatform>>;
}

/**
 * Makes the index of platforms that a scan passed: an unscanned platform is a type error here. The bytes follow from
 * the platforms and the annotations alone.
 */
export function assemble(scans: NonEmpty<PassedScan<StagedPlatform>>, annotations: Annotations): PassedIndex {
  const [first, ...rest] = scans;
  const bytes = indexBytes([childOf(first), ...rest.map(childOf)], annotations);
  return { digest: digestOf(bytes), bytes, scans };
}

function childOf({ platform: { platform, digest, size } }: PassedScan<StagedPlatform>): IndexChild {
  return { platform, mediaType: ociManifestType, digest, size };
}
