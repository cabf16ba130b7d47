import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/registry/digest.ts";
import { childFor, formatPlatform, platformsOf, runsOn } from "../../src/registry/image-platforms.ts";
import {
  type Descriptor,
  type IndexChild,
  imageManifestBytes,
  indexBytes,
  parseImageManifest,
  parseIndex,
} from "../../src/registry/manifest.ts";
import {
  dockerListType,
  dockerManifestType,
  ociConfigType,
  ociIndexType,
  ociLayerGzipType,
  ociLayerType,
  ociManifestType,
} from "../../src/registry/media-types.ts";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const descriptor = (text: string, mediaType = ociManifestType): Descriptor => ({
  mediaType,
  digest: digestOf(text),
  size: text.length,
});
const child = (text: string, platform: string, extra: object = {}) => {
  const [os, architecture, variant] = platform.split("/");
  return { ...descriptor(text), platform: { os, architecture, ...(variant && { variant }) }, ...extra };
};
const index = (manifests: readonly object[]) =>
  parseIndex(
    { mediaType: ociIndexType, bytes: json({ schemaVersion: 2, manifests }) },
    "docker.io/library/x:1",
  );

describe("an index", () => {
  test("is the same bytes whatever the order of its children and annotations", () => {
    const amd64: IndexChild = { ...descriptor("amd"), platform: "linux/amd64" };
    const arm64: IndexChild = { ...descriptor("arm"), platform: "linux/arm64" };
    expect(indexBytes([arm64, amd64], { b: "2", a: "1" })).toEqual(
      indexBytes([amd64, arm64], { a: "1", b: "2" }),
    );
    expect(Buffer.from(indexBytes([amd64])).toString()).toBe(
      `{"schemaVersion":2,"mediaType":"${ociIndexType}","manifests":[{"mediaType":"${ociManifestType}",` +
        `"digest":"${digestOf("amd")}","size":3,"platform":{"architecture":"amd64","os":"linux"}}]}`,
    );
  });

  test("names its platforms once each, without attestations", () => {
    const read = index([
      child("a", "linux/amd64"),
      child("b", "linux/arm64/v8"),
      child("c", "unknown/unknown"),
      child("d", "linux/s390x", { annotations: { "vnd.docker.reference.type": "attestation-manifest" } }),
      child("e", "linux/amd64"),
      descriptor("f"),
    ]);
    expect(platformsOf(read)).toEqual(["linux/amd64", "linux/arm64/v8"]);
  });

  test("gives the child of a platform: the first whose variant every such machine has", () => {
    const read = index([
      child("a", "linux/amd64/v3"),
      child("b", "linux/arm64/v9"),
      child("c", "linux/arm64/v8"),
      child("d", "linux/arm64"),
      child("e", "windows/amd64"),
      child("f", "linux/amd64"),
      child("g", "linux/amd64/v1"),
    ]);
    expect(childFor(read, "linux/amd64")?.digest).toBe(digestOf("f"));
    expect(childFor(read, "linux/arm64")?.digest).toBe(digestOf("c"));
    expect(childFor(index([child("a", "linux/arm/v7"), descriptor("x")]), "linux/arm64")).toBeUndefined();
  });

  test("is read from a Docker manifest list too", () => {
    const bytes = json({
      schemaVersion: 2,
      mediaType: dockerListType,
      manifests: [child("a", "linux/amd64")],
    });
    expect(parseIndex({ mediaType: dockerListType, bytes }, "x").manifests).toHaveLength(1);
  });
});

test("a single image runs on the platform that its config says", () => {
  expect(runsOn({ os: "linux", architecture: "arm64", variant: "v8" }, "linux/arm64")).toBe(true);
  expect(runsOn({ os: "linux", architecture: "arm64" }, "linux/amd64")).toBe(false);
  expect(runsOn({ os: "windows", architecture: "amd64" }, "linux/amd64")).toBe(false);
  expect(formatPlatform({ os: "linux", architecture: "amd64", variant: "" })).toBe("linux/amd64");
});

describe("an image manifest", () => {
  const config = descriptor("config", ociConfigType);
  const layers = [descriptor("layer", ociLayerGzipType)];

  test("is read back as it was written, with subject and artifact type", () => {
    const text = fc.string({ maxLength: 8 });
    const annotations = fc.dictionary(text, text, { minKeys: 1 });
    fc.assert(
      fc.property(annotations, fc.option(annotations, { nil: undefined }), (own, nested) => {
        const manifest = {
          artifactType: "application/vnd.example",
          config,
          layers: layers.map((layer) => (nested === undefined ? layer : { ...layer, annotations: nested })),
          subject: descriptor("subject"),
          annotations: own,
        };
        const bytes = imageManifestBytes(manifest);
        const read = parseImageManifest({ mediaType: ociManifestType, bytes }, "x");
        expect(read).toEqual({ mediaType: ociManifestType, ...manifest });
        expect(imageManifestBytes(read)).toEqual(bytes);
      }),
    );
  });

  test.each([
    ["schema 1", "application/vnd.docker.distribution.manifest.v1+prettyjws", {}, "Docker schema 1 image"],
    ["an index", ociIndexType, {}, "expected an image manifest"],
    ["no JSON", ociManifestType, undefined, "expected JSON"],
    ["no object", ociManifestType, [1], "expected an object"],
    ["another version", ociManifestType, { schemaVersion: 1 }, "schemaVersion: expected 2, got 1"],
    [
      "another type inside",
      ociManifestType,
      { schemaVersion: 2, mediaType: dockerManifestType },
      "mediaType: expected application/vnd.oci",
    ],
    [
      "no config",
      ociManifestType,
      { schemaVersion: 2, layers: [] },
      "config: expected an object, got nothing",
    ],
    [
      "a bad digest",
      ociManifestType,
      { schemaVersion: 2, config: { ...config, digest: "sha512:00" }, layers },
      'config.digest: expected sha256:<64 hex digits>, got "sha512:00"',
    ],
    [
      "a negative size",
      ociManifestType,
      { schemaVersion: 2, config, layers: [{ ...layers[0], size: -1 }] },
      "layers[0].size: expected a whole number, got -1",
    ],
    [
      "a foreign layer",
      dockerManifestType,
      {
        schemaVersion: 2,
        config,
        layers: [{ ...layers[0], mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" }],
      },
      "layers[0] is a foreign layer",
    ],
  ])("with %s is refused by name", (_what, mediaType, value, message) => {
    const bytes = value === undefined ? Buffer.from("<html>") : json(value);
    const read = () => parseImageManifest({ mediaType, bytes }, "ghcr.io/a/b:1");
    expect(read).toThrow(expect.objectContaining({ code: "base-unusable" }));
    expect(read).toThrow("ghcr.io/a/b:1");
    expect(read).toThrow(message);
  });
});

test("layers of either naming have one OCI name; others are refused", () => {
  expect(ociLayerType("application/vnd.docker.image.rootfs.diff.tar.gzip", "x")).toBe(ociLayerGzipType);
  expect(ociLayerType(ociLayerGzipType, "x")).toBe(ociLayerGzipType);
  expect(() => ociLayerType("application/vnd.oci.image.layer.nondistributable.v1.tar", "x")).toThrow(
    "foreign layer",
  );
  expect(() => ociLayerType("text/plain", "x")).toThrow('x has a layer of type "text/plain"');
});
