import type { EmbeddedRegistryFiles } from "./folders.ts";

/** Loopback alone: whoever is to reach a registry from elsewhere configures a real one. */
export const host = "127.0.0.1";

/** Seconds that pushes under way get to end when the registry is told to stop. */
export const drainSeconds = 10;

/**
 * The text of the registry's configuration file; JSON, which its YAML reader takes as it is.
 * Its cache of blob descriptors stays off: it would still claim blobs that a garbage collection has removed.
 * @see https://distribution.github.io/distribution/about/configuration/
 */
export function registryConfiguration(
  files: EmbeddedRegistryFiles,
  settings: { readonly port: number; readonly httpSecret: string },
): string {
  const configuration = {
    version: "0.1",
    log: { level: "warn", formatter: "text", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: files.data },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: true, age: "24h", interval: "1h", dryrun: false } },
    },
    http: {
      addr: `${host}:${settings.port}`,
      secret: settings.httpSecret,
      draintimeout: `${drainSeconds}s`,
      headers: { "X-Content-Type-Options": ["nosniff"] },
    },
    auth: { htpasswd: { realm: "image-factory", path: files.passwords } },
  };
  return `${JSON.stringify(configuration, undefined, 2)}\n`;
}
