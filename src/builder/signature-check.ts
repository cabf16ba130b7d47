import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
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

/** Two images in a repository that wants signatures, one of them signed, and one in a repository that does not. */
const sign = `${withRegistry}
mkdir -p context tmp; echo one >context/file
printf 'FROM scratch\\nCOPY file /\\n' >Dockerfile
id=$(buildah build --quiet --layers=false --file Dockerfile context)
buildah push --quiet $id oci:${folder}/image:latest
for name in guarded:signed guarded:unsigned open:unsigned; do
  $copy oci:${folder}/image:latest docker://127.0.0.1:$PORT/$name
  echo $name >context/file
  id=$(buildah build --quiet --layers=false --file Dockerfile context)
  rm -rf image; buildah push --quiet $id oci:${folder}/image:latest
done
export COSIGN_PASSWORD=
cosign generate-key-pair
digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://127.0.0.1:$PORT/guarded:signed)
cosign sign --yes --key cosign.key --tlog-upload=false --allow-http-registry 127.0.0.1:$PORT/guarded@$digest
`;

/** Prints what a policy lets pass. */
const pull = `${withRegistry}
for name in guarded:signed guarded:unsigned open:unsigned; do
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
  await inPod(sign);
  const work = volumeOf(door.scratch, name, "work");
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
