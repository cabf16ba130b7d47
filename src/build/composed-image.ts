import type { HistoryStep } from "../dockerfile/history.ts";
import { FactoryError } from "../errors.ts";
import { imageTime } from "../image-time.ts";
import { architectureOf, type Platform } from "../platform.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import {
  type HistoryEntry,
  type ImageConfig,
  imageConfigBytes,
  type RuntimeConfig,
} from "../registry/image-config.ts";
import { type Annotations, type Descriptor, imageManifestBytes } from "../registry/manifest.ts";
import { ociConfigType, ociLayerType } from "../registry/media-types.ts";

/** An image as a registry or a builder has it: its layers and its config, in the same order. */
export interface ImageParts {
  readonly layers: readonly Descriptor[];
  readonly config: ImageConfig;
}

/** What buildah made, and the Dockerfile's steps that it was told to make it from. */
export interface BuiltParts extends ImageParts {
  readonly steps: readonly HistoryStep[];
}

/** The external image that the target is built from, by the name that the Dockerfile gives it. */
export interface BaseParts extends ImageParts {
  readonly reference: string;
  /** Digest of the base's platform manifest. */
  readonly digest: Digest;
}

/** One platform's image as bytes that a registry can be given. */
export interface ComposedImage {
  readonly config: { readonly digest: Digest; readonly bytes: Uint8Array };
  readonly manifest: { readonly digest: Digest; readonly bytes: Uint8Array };
  /** The layers that the base does not have. */
  readonly newLayers: readonly Descriptor[];
}

/**
 * Writes the config and manifest of one platform: the base's own layers untouched, then the built ones, and of the
 * builder's config only what a container starts with. So the digest follows from the inputs, not from the builder.
 * @throws FactoryError "bug" when the built image does not stand on the base, "tool-failed" when it is not what was to be
 *   built.
 */
export function composeImage(
  image: string,
  platform: Platform,
  base: BaseParts | undefined,
  built: BuiltParts,
  labels: Readonly<Record<string, string>>,
): ComposedImage {
  const below = base?.config.diffIds ?? [];
  if (!below.every((diffId, index) => built.config.diffIds[index] === diffId)) {
    throw new FactoryError(
      "bug",
      `${image} ${platform}: the built image does not begin with the layers of its base ${base?.reference}`,
    );
  }
  const wrong = wrongWith(built, below.length);
  if (wrong !== undefined) {
    throw new FactoryError("tool-failed", `${image} ${platform}: the builder ${wrong}`, {
      hint: "Nothing of it is used. Look at buildah on this machine, and try again.",
    });
  }
  const inOciName = (layer: Descriptor) => withOciType(layer, `${image} ${platform}`);
  const newLayers = built.layers.slice(below.length).map(inOciName);
  const config = imageConfigBytes({
    created: imageTime,
    architecture: architectureOf(platform),
    os: "linux",
    config: runtimeOf(built.config.config, base?.config.config, labels),
    diffIds: built.config.diffIds,
    history: [
      ...(base === undefined ? [] : completeHistory(base.config)),
      ...newHistory(built, built.layers.length - below.length),
    ],
  });
  const manifest = imageManifestBytes({
    config: { mediaType: ociConfigType, digest: digestOf(config), size: config.length },
    layers: [...(base?.layers ?? []).map(inOciName), ...newLayers],
    annotations: base === undefined ? {} : baseAnnotations(base),
  });
  return {
    config: { digest: digestOf(config), bytes: config },
    manifest: { digest: digestOf(manifest), bytes: manifest },
    newLayers,
  };
}

/** What shows that a builder that ended well did not do what it was told. */
function wrongWith({ layers, config, steps }: BuiltParts, below: number): string | undefined {
  const { diffIds } = config;
  if (layers.length !== diffIds.length) return `wrote ${layers.length} layers and ${diffIds.length} diff ids`;
  const layered = steps.filter(({ keyword }) => keyword !== "WORKDIR").length;
  return layered > 0 && layers.length === below ? `made no layer of ${layered} steps` : undefined;
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md */
function baseAnnotations(base: BaseParts): Annotations {
  return {
    "org.opencontainers.image.base.name": base.reference,
    "org.opencontainers.image.base.digest": base.digest,
  };
}

/** A layer is the same bytes under Docker's and under OCI's name of its type. */
function withOciType({ mediaType, digest, size }: Descriptor, image: string): Descriptor {
  return { mediaType: ociLayerType(mediaType, image), digest, size };
}

/**
 * Docker's HEALTHCHECK and SHELL are inherited, but a builder that reads an OCI base does not see them: what the
 * built config lacks comes from the base. ONBUILD is not inherited.
 */
function runtimeOf(
  built: RuntimeConfig,
  base: RuntimeConfig | undefined,
  labels: Readonly<Record<string, string>>,
): RuntimeConfig {
  const { "io.buildah.version": _, ...own } = built.Labels ?? {};
  const inherited = {
    ...(base?.Healthcheck === undefined ? {} : { Healthcheck: base.Healthcheck }),
    ...(base?.Shell === undefined ? {} : { Shell: base.Shell }),
  };
  return withoutEmpty({ ...inherited, ...withoutEmpty(built), Labels: { ...own, ...labels } });
}

/** Builders write empty lists and texts for what is not set; an image says nothing about it. */
function withoutEmpty(config: RuntimeConfig): RuntimeConfig {
  const entries = Object.entries(config).filter(([, value]) => {
    if (value === undefined || value === "" || value === false) return false;
    return typeof value !== "object" || Object.keys(value).length > 0;
  });
  return Object.fromEntries(entries);
}

/** The base's history, with one entry for each of its layers even where it has none of its own. */
function completeHistory(base: ImageConfig): readonly HistoryEntry[] {
  const layered = base.history.filter((entry) => entry.empty_layer !== true).length;
  return layered === base.diffIds.length
    ? base.history
    : base.diffIds.map(() => ({ created_by: "base layer" }));
}

/**
 * One entry for each new layer, by the Dockerfile's own words. The builder's have hashes over owner and mode of files on
 * this machine in them, values of build arguments, and the registry that a pinned image came from.
 */
function newHistory({ config, steps }: BuiltParts, layers: number): readonly HistoryEntry[] {
  const layered = config.history.filter((entry) => entry.empty_layer !== true);
  const told = layered.length < layers ? [] : layered.slice(layered.length - layers);
  const words = inOrder(told.map(keywordOf), steps);
  return Array.from({ length: layers }, (_, index) => ({
    created: imageTime,
    created_by: words[index] ?? "build",
  }));
}

/** What the builder says it did: `/bin/sh -c #(nop) COPY …` for all but RUN. */
function keywordOf({ created_by = "" }: HistoryEntry): HistoryStep["keyword"] {
  const word = /#\(nop\)\s+(COPY|ADD|WORKDIR)\b/.exec(created_by)?.[1];
  return (word as HistoryStep["keyword"] | undefined) ?? "RUN";
}

/** For each keyword the next step that has it; none at all when they cannot be told apart. */
function inOrder(
  keywords: readonly HistoryStep["keyword"][],
  steps: readonly HistoryStep[],
): readonly string[] {
  const words: string[] = [];
  let next = 0;
  for (const keyword of keywords) {
    const found = steps.findIndex((step, index) => index >= next && step.keyword === keyword);
    const step = steps[found];
    if (step === undefined) return [];
    words.push(step.createdBy);
    next = found + 1;
  }
  return words;
}
