import type { NonEmpty } from "../non-empty.ts";
import type { Digest } from "../registry/digest.ts";

/** One kind of data that Trivy scans with, as an OCI artifact of a single layer. */
export interface Feed {
  readonly name: string;
  /** Type of the layer: a gzipped tar of `files`. */
  readonly mediaType: string;
  /** Name of the folder with `files` in a cache folder of Trivy's. */
  readonly folder: "db" | "java-db";
  readonly data: string;
  /** The `Version` in metadata.json that Trivy reads. */
  readonly version: number;
  /** Where Trivy itself takes it from, in this order. */
  readonly repositories: NonEmpty<string>;
  /** The key of factory.yaml that names a mirror. */
  readonly setting: "trivyDatabase" | "trivyJavaDatabase";
}

/** @see https://trivy.dev/docs/latest/configuration/db/ */
export const advisoryFeed: Feed = {
  name: "advisory database",
  mediaType: "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip",
  folder: "db",
  data: "trivy.db",
  version: 2,
  repositories: ["mirror.gcr.io/aquasec/trivy-db:2", "ghcr.io/aquasecurity/trivy-db:2"],
  setting: "trivyDatabase",
};

export const javaFeed: Feed = {
  name: "index of Java packages",
  mediaType: "application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip",
  folder: "java-db",
  data: "trivy-java.db",
  version: 1,
  repositories: ["mirror.gcr.io/aquasec/trivy-java-db:1", "ghcr.io/aquasecurity/trivy-java-db:1"],
  setting: "trivyJavaDatabase",
};

/** Metadata of the artifacts that carry feeds. */
export const feedArtifactType = "application/vnd.aquasec.trivy.config.v1+json";

/** A place that a feed can be fetched from; what it throws of the 75 class means "not to be had now". */
export interface FeedSource {
  /** `host/path:tag`, for messages and to know again what was fetched. */
  readonly name: string;
  /** The layer that the tag holds now. */
  readonly resolve: (signal: AbortSignal) => Promise<FeedLayer>;
  /** Writes the layer's bytes, checked against its digest. */
  readonly download: (layer: FeedLayer, file: string, signal: AbortSignal) => Promise<void>;
}

export interface FeedLayer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}
