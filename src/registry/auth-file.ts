import writeFileAtomic from "write-file-atomic";
import type { Credential } from "./credentials.ts";

/**
 * Writes the file by which buildah, skopeo and Trivy are given credentials: readable by this user alone, whole or
 * not at all. Keys are `host[:port]`.
 */
export async function writeAuthFile(
  path: string,
  entries: Readonly<Record<string, Credential>>,
): Promise<void> {
  const auths = Object.fromEntries(
    Object.entries(entries).map(([host, credential]) => [
      host === "docker.io" ? "https://index.docker.io/v1/" : host,
      "identityToken" in credential
        ? { identitytoken: credential.identityToken }
        : { auth: Buffer.from(`${credential.username}:${credential.password}`).toString("base64") },
    ]),
  );
  await writeFileAtomic(path, `${JSON.stringify({ auths }, undefined, 2)}\n`, { mode: 0o600 });
}
