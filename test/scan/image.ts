import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { crc32, gzipSync } from "node:zlib";
import type { Platform } from "../../src/platform.ts";
import { architectureOf } from "../../src/platform.ts";
import { canonicalJson } from "../../src/registry/canonical-json.ts";
import type { RegistryClient } from "../../src/registry/client.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { ociConfigType, ociLayerGzipType, ociManifestType } from "../../src/registry/media-types.ts";
import type { ScanTarget } from "../../src/scan/scan-report.ts";
import { inTemporaryFolder } from "./fixtures.ts";

/** Path → content, from the root of the image. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Pushes an image of one layer with these files, and returns it as the build hands it to the scan. */
export async function pushImage(
  client: RegistryClient,
  image: string,
  platform: Platform,
  files: Files,
): Promise<ScanTarget> {
  const repository = { registry: "factory.localhost", path: image };
  const tar = await inTemporaryFolder(async (dir) => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), content);
    }
    return execFileSync("tar", ["--sort=name", "--mtime=@0", "-C", dir, "-cf", "-", "."], {
      maxBuffer: 1 << 28,
    });
  });
  const layer = gzipSync(tar);
  const config = canonicalJson({
    os: "linux",
    architecture: architectureOf(platform),
    config: {},
    rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
  });
  for (const blob of [layer, config]) await client.putBlob(repository, blob);
  const manifest = canonicalJson({
    schemaVersion: 2,
    mediaType: ociManifestType,
    config: { mediaType: ociConfigType, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: ociLayerGzipType, digest: digestOf(layer), size: layer.length }],
  });
  const digest = digestOf(manifest);
  await client.putManifest(repository, digest, ociManifestType, manifest);
  const { host, path } = client.addressOf(repository);
  return { image, platform, reference: `${host}/${path}@${digest}`, digest };
}

/** A Debian root as far as scanners look; packages are `name version [source]`. */
export function debianFiles(packages: readonly string[], release = "12", architecture = "amd64"): Files {
  const status = packages.map((text) => {
    const [name, version, source] = text.split(" ");
    return [
      `Package: ${name}`,
      "Status: install ok installed",
      "Maintainer: Debian <debian@example.invalid>",
      `Architecture: ${architecture}`,
      ...(source === undefined ? [] : [`Source: ${source}`]),
      `Version: ${version}`,
      "Description: a package",
      "",
    ].join("\n");
  });
  return {
    "etc/os-release": `ID=debian\nVERSION_ID="${release}"\n`,
    "etc/debian_version": `${release}.5\n`,
    "var/lib/dpkg/status": status.join("\n"),
  };
}

/** Packages that the database of the fixtures has something against, and one that it has cured. */
export const vulnerable = "openssl 3.0.11-1~deb12u1";
export const unfixed = "zlib1g 1:1.2.13.dfsg-1 zlib";
export const cured = "openssl 3.0.99-1~deb12u1";

/**
 * A JAR file, which is a zip, with nothing in it but the coordinates that Maven writes.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function jarWithCoordinates(group: string, artifact: string, version: string): Uint8Array {
  const name = Buffer.from(`META-INF/maven/${group}/${artifact}/pom.properties`);
  const content = Buffer.from(`groupId=${group}\nartifactId=${artifact}\nversion=${version}\n`);
  // From "version needed" to "extra field length", which both headers have in common; stored, not compressed.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(content.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, name, content]);
  const central = Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), common, Buffer.alloc(14), name]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
