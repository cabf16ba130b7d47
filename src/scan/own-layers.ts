import type { Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { stagingRepository } from "../publish/staging.ts";
import type { RegistryClient } from "../registry/client.ts";
import { type Digest, isDigest } from "../registry/digest.ts";
import { parseImageConfig } from "../registry/image-config.ts";
import { type ImageManifest, parseImageManifest } from "../registry/manifest.ts";
import { pullReference } from "../registry/pull-reference.ts";
import { parseReference, type Repository } from "../registry/reference.ts";
import { type FixableFinding, fixableFindings, rebuiltLayers } from "./fixable.ts";
import type { PlatformScan } from "./scan-report.ts";

const maxConfigBytes = 8 * 1024 * 1024;

/**
 * What a rebuild of the image would fix of what its policy refuses on one platform. No layer is pulled.
 * @throws FactoryError "base-missing" when the image, or the base that says which layers are its own, is in no registry.
 */
export async function fixableOf(
  { repository, dockerfile }: Pick<Enrolment, "repository" | "dockerfile">,
  scan: PlatformScan,
  client: RegistryClient,
): Promise<readonly FixableFinding[]> {
  // Packages of a root without Dockerfile are resolved before each build: its key changes with the archive.
  if (scan.verdict === "passed" || dockerfile === undefined) return [];
  const layers = new Set(scan.findings.flatMap(({ layer }) => layer ?? []));
  if (fixableFindings(scan.findings, layers).length === 0) return [];
  const manifest = await manifestAt(client, [repository], scan.platform.digest);
  const bytes = await client.getBlob(repository, manifest.config.digest, { maxBytes: maxConfigBytes });
  if (bytes === undefined) throw lost(client, repository, manifest.config.digest);
  const config = parseImageConfig(bytes, scan.platform.reference);
  return fixableFindings(
    scan.findings,
    rebuiltLayers(config, await baseLayers(manifest, repository, client)),
  );
}

/** How many of an image's layers are its base's, by the manifest that the image names as its base. */
async function baseLayers(
  { annotations = {}, layers }: ImageManifest,
  repository: Repository,
  client: RegistryClient,
): Promise<number> {
  const digest = annotations["org.opencontainers.image.base.digest"];
  const name = annotations["org.opencontainers.image.base.name"];
  if (digest === undefined || name === undefined || !isDigest(digest)) return 0;
  // Each base is copied to where it was built upon, and may be gone from where it came from.
  const base = await manifestAt(client, [stagingRepository(repository), parseReference(name)], digest);
  return base.layers.filter((layer, at) => layer.digest === layers[at]?.digest).length;
}

async function manifestAt(
  client: RegistryClient,
  [first, ...others]: readonly [Repository, ...Repository[]],
  digest: Digest,
): Promise<ImageManifest> {
  for (const { registry, path } of [first, ...others]) {
    const found = await client.getManifest({ registry, path }, digest);
    if (found !== undefined) return parseImageManifest(found, pullReference(client, first, digest));
  }
  throw lost(client, first, digest);
}

function lost(client: RegistryClient, repository: Repository, digest: Digest): FactoryError {
  return new FactoryError("base-missing", `${pullReference(client, repository, digest)} is gone`, {
    hint: "Without it nobody can tell what a rebuild would fix: build the image again with FORCE=1.",
  });
}
