import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import { digestOf } from "../registry/digest.ts";
import { ociConfigType, ociManifestType } from "../registry/media-types.ts";
import { type PodDoor, runInPod, volumeOf } from "./pod-container.ts";
import type { PodProfile } from "./pod-profiles.ts";
import { signaturePolicy } from "./signature-policy.ts";

const folder = "/var/lib/image-factory";

/** A registry inside the container on `$PORT`, with what an earlier container left in it. */
const withRegistry = `
set -eu
cd ${folder}
cat >registry.yaml <<END
version: 0.1
storage: { filesystem: { rootdirectory: ${folder}/registry } }
http: { addr: "127.0.0.1:$PORT" }
END
docker-registry serve registry.yaml >registry.log 2>&1 &
tries=100
until skopeo list-tags --tls-verify=false docker://127.0.0.1:$PORT/none 2>&1 | grep -q 'not known'; do
  tries=$((tries - 1)); [ $tries -gt 0 ]
  sleep 0.2
done
copy="skopeo --insecure-policy copy --quiet --src-tls-verify=false --dest-tls-verify=false"
`;

/** Each name is that of an image of its own in the work folder, and of what it becomes in the registry. */
const names = ["guarded:signed", "guarded:unsigned", "open:unsigned"] as const;

/** Two images in a repository that wants signatures, one of them signed, and one in a repository that does not. */
const sign = `${withRegistry}
mkdir -p tmp
for name in ${names.join(" ")}; do
  $copy oci:${folder}/images/$(echo $name | tr : -) docker://127.0.0.1:$PORT/$name
done
export COSIGN_PASSWORD=
cosign generate-key-pair
digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://127.0.0.1:$PORT/guarded:signed)
cosign sign --yes --key cosign.key --tlog-upload=false --allow-http-registry 127.0.0.1:$PORT/guarded@$digest
`;

/** Prints what a policy lets pass. */
const pull = `${withRegistry}
for name in ${names.join(" ")}; do
  if skopeo --policy policy.json copy --quiet --src-tls-verify=false docker://127.0.0.1:$PORT/$name dir:${folder}/pulled 2>error
  then echo "$name passes"; else echo "$name is refused: $(cat error)"; fi
done
`;

/**
 * Signs an image with the image's own cosign, and pulls it and unsigned ones under the policy that settings would give.
 * @throws FactoryError "tool-failed" when what is unsigned passes, or what is signed does not.
 */
export async function lookAtSignatures(profile: PodProfile, door: PodDoor): Promise<string> {
  const name = "signatures";
  // Another port than the last run's, and than registries of other checks.
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const inPod = (script: string) =>
    runInPod({ profile, name, args: ["sh", "-c", script], env: { PORT: String(port) } }, door);
  const work = volumeOf(door.scratch, name, "work");
  for (const image of names) await writeEmptyImage(join(work, "images", image.replace(":", "-")), image);
  await inPod(sign);
  const key = await readFile(join(work, "cosign.pub"), "utf8");
  const policy = signaturePolicy({ [`127.0.0.1:${port}/guarded`]: key });
  await writeFile(join(work, "policy.json"), JSON.stringify(policy));
  const { stdout } = await inPod(pull);
  const lines = stdout.trim().split("\n");
  const wanted = [
    /^guarded:signed passes$/,
    /^guarded:unsigned is refused: .*sign/i,
    /^open:unsigned passes$/,
  ];
  if (!wanted.every((pattern, index) => pattern.test(lines[index] ?? "")))
    throw new FactoryError("tool-failed", `the policy was not kept: ${stdout}`);
  return "of a repository with a key the unsigned image is refused, the signed one passes";
}

/**
 * Writes an image of no layers, which only its title tells from another.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
 */
async function writeEmptyImage(layout: string, title: string): Promise<void> {
  await mkdir(join(layout, "blobs/sha256"), { recursive: true });
  const put = async (mediaType: string, value: object) => {
    const text = JSON.stringify(value);
    const digest = digestOf(text);
    await writeFile(join(layout, "blobs", digest.replace(":", "/")), text);
    return { mediaType, digest, size: Buffer.byteLength(text) };
  };
  const labels = { config: { Labels: { title } }, rootfs: { type: "layers", diff_ids: [] } };
  const config = await put(ociConfigType, { architecture: "amd64", os: "linux", ...labels });
  const manifest = { schemaVersion: 2, mediaType: ociManifestType, config, layers: [] };
  const manifests = [await put(ociManifestType, manifest)];
  await writeFile(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}
