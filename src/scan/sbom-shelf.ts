import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { RegistryClient } from "../registry/client.ts";
import { parseImageManifest } from "../registry/manifest.ts";
import { pullReference } from "../registry/pull-reference.ts";
import { formatRepository, type Repository } from "../registry/reference.ts";
import { writerAnnotation } from "../registry/referrers.ts";
import type { SbomShelf } from "./rescan.ts";
import { cycloneDxType } from "./sbom.ts";
import type { ScanTarget } from "./scan-report.ts";

export interface SbomShelfDoor {
  readonly client: RegistryClient;
  readonly stateDir: string;
  readonly log: Log;
}

/** Raised when SBOMs are written in another way, so that those of before are made anew. */
const form = "1";
const formAnnotation = "localhost.factory.sbom";

/** An SBOM of a large image is a few megabytes. */
const maxSbomBytes = 64 * 1024 * 1024;

/**
 * The SBOM of a platform as a referrer of its manifest. One that cannot be stored is only warned of: the verdict does
 * not rest on it.
 */
export function sbomShelf(
  repository: Repository,
  { image, platform, digest }: ScanTarget,
  { client, stateDir, log }: SbomShelfDoor,
): SbomShelf {
  const read = async () => {
    const referrers = await client.listReferrers(repository, digest, cycloneDxType);
    const own = referrers.findLast(
      ({ annotations }) =>
        annotations?.[writerAnnotation] !== undefined && annotations[formAnnotation] === form,
    );
    const document = own === undefined ? undefined : await client.getManifest(repository, own.digest);
    if (document === undefined) return undefined;
    const { layers } = parseImageManifest(document, pullReference(client, repository, document.digest));
    const blob = layers[0]?.digest;
    return blob === undefined ? undefined : client.getBlob(repository, blob, { maxBytes: maxSbomBytes });
  };
  const write = async (bytes: Uint8Array) => {
    const subject = await client.headManifest(repository, digest);
    if (subject === undefined) return;
    await client.putReferrer(
      repository,
      subject,
      {
        artifactType: cycloneDxType,
        annotations: { [formAnnotation]: form },
        blobs: [{ mediaType: cycloneDxType, bytes }],
      },
      { stateDir, replace: true },
    );
  };
  return {
    subject: { repository: formatRepository(repository), digest, platform },
    read,
    write: (bytes) =>
      write(bytes).catch((error: unknown) => {
        if (!(error instanceof FactoryError) || error.exitStatus >= 124) throw error;
        log({ kind: "warning", image, platform, text: `its SBOM is not kept: ${error.message}` });
      }),
  };
}
