import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FactoryProps } from "../../cdk8s/factory-props.ts";
import { parseClusterFile } from "../../src/cluster/cluster-file.ts";
import { type ClusterSettings, clusterSettings } from "../../src/cluster/cluster-settings.ts";
import { findImageEdges } from "../../src/cluster/image-edges.ts";
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

/** @param dockerfiles by image; one that is not named is FROM scratch. */
export async function propsOf(
  imagesText: string,
  clusterFile = "",
  env: Readonly<Record<string, string>> = {},
  dockerfiles: Readonly<Record<string, string>> = {},
): Promise<FactoryProps> {
  const settings = await settingsOf(clusterFile, env);
  const enrolled = parseImages(imagesText, "images.yaml", "/images");
  const edges = await findImageEdges(enrolled.images, {
    open: async ({ name }) => ({
      commit: undefined,
      version: undefined,
      dockerfile: dockerfiles[name] ?? "FROM scratch\n",
    }),
    stateOf: async () => undefined,
    warn: () => undefined,
  });
  return { settings, enrolled, imagesText, imagesFrom: "configMap", edges };
}

/** What `npm run synth` writes for the repository's own images.yaml, with a registry set. */
export function sampleProps(): Promise<FactoryProps> {
  return propsOf(
    readFileSync(join(ownRoot, "images.yaml"), "utf8"),
    "registry: ghcr.io/acme\n",
    {},
    { hello: readFileSync(join(ownRoot, "sample/hello/Dockerfile"), "utf8") },
  );
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

/**
 * What Kargo can be told: a chain of three, one base for several, rules of all four strategies, waiting, a workflow, tags
 * that are made of facts, sources that it does not see, long names, and a platform with nodes of its own.
 */
export function kargoProps(): Promise<FactoryProps> {
  return propsOf(
    readFileSync(join(fixtures, "kargo-images.yaml"), "utf8"),
    readFileSync(join(fixtures, "kargo-cluster.yaml"), "utf8"),
    {},
    {
      base: "FROM debian:13-slim\n",
      runtime: "FROM factory.localhost/base\nCOPY --from=registry.example.org:5000/tools:2 /bin/x /bin/x\n",
      api: "FROM --platform=$BUILDPLATFORM node:22 AS build\nFROM factory.localhost/runtime:latest\nCOPY --from=build /app /app\n",
      web: "FROM node:22\n",
      "a-name-that-is-as-long-as-names-can-be40": "FROM debian:13-slim\n",
      pinned:
        "FROM golang:1.26\nCOPY --from=busybox@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef / /\n",
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
