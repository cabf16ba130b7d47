import { describe, expect, it } from "vitest";
import { type BaseParts, type BuiltParts, composeImage } from "../../src/build/composed-image.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { type ImageConfig, parseImageConfig } from "../../src/registry/image-config.ts";
import { parseImageManifest } from "../../src/registry/manifest.ts";
import { ociLayerGzipType, ociManifestType } from "../../src/registry/media-types.ts";

const dockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip";

function layer(name: string, mediaType = dockerLayer) {
  return { mediaType, digest: digestOf(name), size: name.length };
}

function config(diffIds: readonly string[], changes: Partial<ImageConfig> = {}): ImageConfig {
  return {
    os: "linux",
    architecture: "arm64",
    config: {},
    diffIds: diffIds.map(digestOf),
    history: [],
    ...changes,
  };
}

const base: BaseParts = {
  reference: "docker.io/library/debian:12",
  digest: digestOf("base manifest"),
  layers: [layer("base", ociLayerGzipType)],
  config: config(["base"], {
    config: {
      Env: ["PATH=/bin"],
      Shell: ["/bin/bash", "-c"],
      Healthcheck: { Test: ["CMD", "/ok"] },
      OnBuild: ["RUN x"],
    },
    history: [{ created_by: "debian" }],
  }),
};
const built: BuiltParts = {
  steps: [
    { keyword: "WORKDIR", createdBy: "WORKDIR /there" },
    { keyword: "COPY", createdBy: "COPY f /f" },
    { keyword: "RUN", createdBy: "RUN true" },
  ],
  layers: [layer("base recompressed"), layer("new")],
  config: config(["base", "new"], {
    architecture: "amd64",
    created: "1970-01-01T00:00:00Z",
    config: {
      Env: ["PATH=/bin", "A=1"],
      Cmd: [],
      User: "",
      Labels: { "io.buildah.version": "1", own: "1", both: "dockerfile" },
    },
    history: [
      { created_by: "debian" },
      { created_by: `/bin/sh -c #(nop) COPY file:${"a".repeat(64)} in /f `, comment: "FROM 123" },
      { created_by: "/bin/sh -c #(nop) ENV A=1", empty_layer: true },
    ],
  }),
};

function compose(parts = built, below: BaseParts | null = base, labels = {}) {
  const image = composeImage("app", "linux/arm64", below ?? undefined, parts, labels);
  return {
    ...image,
    parsed: parseImageConfig(image.config.bytes, "app"),
    manifestParsed: parseImageManifest({ mediaType: ociManifestType, bytes: image.manifest.bytes }, "app"),
  };
}

describe("composeImage", () => {
  it("keeps the base's own layers and puts the new ones above, in OCI's names", () => {
    expect(compose().manifestParsed.layers).toEqual([
      layer("base", ociLayerGzipType),
      layer("new", ociLayerGzipType),
    ]);
  });

  it("names the base and its digest on the manifest, and nothing where there is none", () => {
    expect(compose().manifestParsed.annotations).toEqual({
      "org.opencontainers.image.base.name": base.reference,
      "org.opencontainers.image.base.digest": base.digest,
    });
    expect(
      compose({ layers: [layer("new")], config: config(["new"]), steps: [] }, null).manifestParsed
        .annotations,
    ).toBeUndefined();
  });

  it("takes architecture and time from the factory, whatever the builder wrote", () => {
    expect(compose().parsed).toMatchObject({
      architecture: "arm64",
      os: "linux",
      created: "2000-01-01T00:00:00Z",
    });
  });

  it("writes no empty fields, no label of the builder, and images.yaml's labels over the Dockerfile's", () => {
    expect(compose(built, base, { both: "images.yaml" }).parsed.config).toEqual({
      Env: ["PATH=/bin", "A=1"],
      Labels: { own: "1", both: "images.yaml" },
      Shell: ["/bin/bash", "-c"],
      Healthcheck: { Test: ["CMD", "/ok"] },
    });
  });

  it("keeps the base's history and tells of each new layer by the Dockerfile's words, never by the builder's", () => {
    expect(compose().parsed.history).toEqual([
      { created_by: "debian" },
      { created: "2000-01-01T00:00:00Z", created_by: "COPY f /f" },
    ]);
  });

  it("has one history entry for each layer even where the builder's cannot be told apart", () => {
    for (const odd of [
      { ...built, config: { ...built.config, history: [] } },
      { ...built, steps: [{ keyword: "RUN", createdBy: "RUN true" }] } as const,
    ])
      expect(compose(odd).parsed.history.map(({ created_by }) => created_by)).toEqual(["debian", "build"]);
  });

  it("is a bug when the built image does not stand on its base", () => {
    const other = { ...built, config: config(["other", "new"]) };
    expect(() => compose(other)).toThrow(
      /does not begin with the layers of its base docker.io\/library\/debian:12/,
    );
    expect(() => compose({ ...built, layers: [layer("new")] })).toThrow(/1 layers and 2 diff ids/);
  });

  it("has the same digests for the same parts", () => {
    expect(compose().manifest.digest).toBe(compose().manifest.digest);
    expect(compose().config.digest).toBe(digestOf(compose().config.bytes));
  });

  it("refuses what a builder that ended well did not make", () => {
    const compose = (changes: Partial<BuiltParts>) => () =>
      composeImage("app", "linux/arm64", base, { ...built, ...changes }, {});
    const onlyBase = { layers: [layer("base")], config: config(["base"]) };
    expect(compose(onlyBase)).toThrow("the builder made no layer of 2 steps");
    expect(compose({ ...onlyBase, steps: [] })).not.toThrow();
    const oneMore = { layers: [...built.layers, layer("base")] };
    expect(compose(oneMore)).toThrow("the builder wrote 3 layers and 2 diff ids");
  });
});
