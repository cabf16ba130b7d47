import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FactoryProps } from "../../cdk8s/factory-props.ts";
import { parseClusterFile } from "../../src/cluster/cluster-file.ts";
import { type ClusterSettings, clusterSettings } from "../../src/cluster/cluster-settings.ts";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { readSettings } from "../../src/settings.ts";
import { ownRoot } from "../../src/setup/needs.ts";

const fixtures = join(ownRoot, "test/fixtures/cluster");

/** Settings for the text of a cluster.yaml, with nothing of the machine that tests run on. */
async function settingsOf(
  clusterFile: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ClusterSettings> {
  return clusterSettings(parseClusterFile(clusterFile), await readSettings("/nowhere", env));
}

export async function propsOf(
  imagesText: string,
  clusterFile = "",
  env: Readonly<Record<string, string>> = {},
): Promise<FactoryProps> {
  const settings = await settingsOf(clusterFile, env);
  return {
    settings,
    enrolled: parseImages(imagesText, "images.yaml", "/images"),
    imagesText,
    imagesFrom: "configMap",
  };
}

/** What `npm run synth` writes for the repository's own images.yaml, with a registry set. */
export function sampleProps(): Promise<FactoryProps> {
  return propsOf(readFileSync(join(ownRoot, "images.yaml"), "utf8"), "registry: ghcr.io/acme\n");
}

/** Every key of cluster.yaml set, over images of every kind. */
export function richProps(): Promise<FactoryProps> {
  return propsOf(
    readFileSync(join(fixtures, "images.yaml"), "utf8"),
    readFileSync(join(fixtures, "cluster.yaml"), "utf8"),
    {
      FACTORY_INSECURE_REGISTRIES: "registry.example.org:5000",
      FACTORY_DEBIAN_MIRROR: "http://mirror.example.org:8080/debian",
      FACTORY_TRIVY_DATABASE: "registry.example.org:5000/mirror/trivy-db:2",
    },
  );
}

/** As many images as wanted, a tenth of them with a schedule. */
export function manyImages(count: number): string {
  return Array.from({ length: count }, (_, index) =>
    [
      `- name: image-${index}`,
      `  source: {git: "https://git.example.org/acme/image-${index}.git"}`,
      ...(index % 10 === 0 ? ['  schedule: {cron: "0 3 * * *"}'] : []),
    ].join("\n"),
  ).join("\n");
}
