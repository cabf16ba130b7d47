import { join } from "node:path";

/** Where everything of the embedded registry lies, for one work folder. */
export interface EmbeddedRegistryFiles {
  readonly dir: string;
  /** Blobs and manifests: what the registry serves. */
  readonly data: string;
  readonly configuration: string;
  readonly passwords: string;
  /** Which process serves which port; a hint that is always checked against the process itself. */
  readonly record: string;
  readonly log: string;
  readonly lock: string;
  /** Credentials as docker and podman write them, for buildah, Trivy, curl and people. */
  readonly authFile: string;
}

export function embeddedRegistryFiles(workDir: string): EmbeddedRegistryFiles {
  const dir = join(workDir, "registry");
  return {
    dir,
    data: join(dir, "data"),
    configuration: join(dir, "config.json"),
    passwords: join(dir, "htpasswd"),
    record: join(dir, "daemon.json"),
    log: join(workDir, "logs", "registry.log"),
    lock: join(workDir, "locks", "embedded-registry"),
    authFile: join(workDir, "auth.json"),
  };
}
