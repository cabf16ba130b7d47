import { readFile } from "node:fs/promises";
import { FactoryError } from "../errors.ts";

/**
 * What podman, skopeo and buildah take in the builder image: everything, but of these repositories only what was signed by
 * their key. The keys stand in it.
 * @param keys Public keys in PEM, by repository.
 * @see https://github.com/containers/image/blob/main/docs/containers-policy.json.5.md
 */
export function signaturePolicy(keys: Readonly<Record<string, string>>): object {
  const docker = Object.fromEntries(
    Object.entries(keys)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([repository, key]) => [
        repository,
        [
          {
            type: "sigstoreSigned",
            keyData: Buffer.from(key).toString("base64"),
            signedIdentity: { type: "matchRepository" },
          },
        ],
      ]),
  );
  return { default: [{ type: "insecureAcceptAnything" }], transports: { docker } };
}

/**
 * Reads the keys that settings name.
 * @throws FactoryError "settings-invalid" for a file that is no public key.
 */
export async function readKeys(
  signedBy: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const entries = Object.entries(signedBy).map(async ([repository, file]) => {
    const key = await readFile(file, "utf8").catch((cause: Error) => {
      throw invalid(repository, `${file} cannot be read: ${cause.message}`, cause);
    });
    if (!key.startsWith("-----BEGIN PUBLIC KEY-----"))
      throw invalid(repository, `${file} is no public key in PEM`);
    return [repository, key] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function invalid(repository: string, why: string, cause?: Error): FactoryError {
  return new FactoryError("settings-invalid", `signedBy: ${repository}: ${why}`, {
    hint: "cosign generate-key-pair writes one as cosign.pub.",
    cause,
  });
}
