import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const ociIndex = "application/vnd.oci.image.index.v1+json";

/** Pushes an index of one-file images past the product and its client. */
export async function pushBase(
  registry: string,
  repository: string,
  tag: string,
  platforms: readonly string[],
  content: string,
): Promise<void> {
  const putBlob = async (bytes: Buffer) => {
    const begun = await fetch(`http://${registry}/v2/${repository}/blobs/uploads/`, { method: "POST" });
    const place = new URL(begun.headers.get("location") ?? "", `http://${registry}`);
    place.searchParams.set("digest", digestOf(bytes));
    await expectCreated(fetch(place, { method: "PUT", body: new Uint8Array(bytes) }));
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const putManifest = async (name: string, mediaType: string, bytes: Buffer) => {
    const headers = { "content-type": mediaType };
    const url = `http://${registry}/v2/${repository}/manifests/${name}`;
    await expectCreated(fetch(url, { method: "PUT", headers, body: new Uint8Array(bytes) }));
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const manifests: object[] = [];
  for (const platform of platforms) {
    const [os, architecture] = platform.split("/");
    const tar = tarOf("base", `${content}${platform}\n`);
    const layer = {
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      ...(await putBlob(gzipSync(tar))),
    };
    const config = {
      mediaType: "application/vnd.oci.image.config.v1+json",
      ...(await putBlob(
        json({
          os,
          architecture,
          config: {},
          rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
          history: [{ created_by: "base" }],
        }),
      )),
    };
    const bytes = json({ schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] });
    manifests.push({
      ...(await putManifest(digestOf(bytes), ociManifest, bytes)),
      platform: { os, architecture },
    });
  }
  await putManifest(tag, ociIndex, json({ schemaVersion: 2, mediaType: ociIndex, manifests }));
}

async function expectCreated(answer: Promise<Response>): Promise<void> {
  const { status, url } = await answer;
  if (status !== 201) throw new Error(`${url} answered ${status}`);
}

const json = (value: object) => Buffer.from(JSON.stringify(value));
const digestOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${Buffer.byteLength(content).toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512 + 1024);
  body.write(content);
  return Buffer.concat([header, body]);
}
