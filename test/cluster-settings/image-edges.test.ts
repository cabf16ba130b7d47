import { describe, expect, it } from "vitest";
import { findImageEdges, type ImageEdgesDoor } from "../../src/cluster/image-edges.ts";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { FactoryError } from "../../src/errors.ts";
import type { ImageState } from "../../src/state/image-state.ts";

const digest = `sha256:${"0a".repeat(32)}`;

function images(...names: readonly string[]) {
  const text = names.map((name) => `- {name: ${name}, source: {folder: ${name}}}\n`).join("");
  return parseImages(text, "images.yaml", "/images").images;
}

function door(
  dockerfiles: Readonly<Record<string, string | FactoryError>>,
  states: Readonly<Record<string, readonly string[]>> = {},
) {
  const warnings: string[] = [];
  const made: ImageEdgesDoor = {
    open: async ({ name }) => {
      const found = dockerfiles[name];
      if (found instanceof FactoryError) throw found;
      return { commit: undefined, version: undefined, dockerfile: found };
    },
    stateOf: async (name) => {
      const bases = states[name];
      if (bases === undefined) return undefined;
      const inputs = { bases: Object.fromEntries(bases.map((base) => [base, digest])) };
      return { platforms: { "linux/amd64": { inputs } } } as unknown as ImageState;
    },
    warn: (image, text) => warnings.push(`${image}: ${text}`),
  };
  return { door: made, warnings };
}

const unreachable = new FactoryError("source-unavailable", "git.example.org does not answer", {
  hint: "Try again.",
});

describe("what an image is built from", () => {
  it("is every image that a stage needs for any platform, on whatever machine builds it", async () => {
    const text = [
      "FROM --platform=$BUILDPLATFORM tools:$BUILDARCH AS tools",
      "FROM unused AS unused",
      "FROM busybox:$TARGETARCH AS box",
      "FROM debian",
      "COPY --from=tools /bin/x /bin/x",
      "COPY --from=box / /",
      `COPY --from=alpine@${digest} / /`,
    ].join("\n");
    const edges = await findImageEdges(images("a"), door({ a: text }).door);
    expect(edges.get("a")).toEqual({
      external: [
        "docker.io/library/busybox:amd64",
        "docker.io/library/busybox:arm64",
        "docker.io/library/debian:latest",
        "docker.io/library/tools:amd64",
        "docker.io/library/tools:arm64",
      ],
      enrolled: [],
      onTag: false,
    });
  });

  it("is an enrolled image where that publishes the tag, and one of others where it does not", async () => {
    const text = "FROM factory.localhost/b AS one\nFROM factory.localhost/b:old\nCOPY --from=one / /\n";
    const edges = await findImageEdges(images("a", "b"), door({ a: text, b: "FROM scratch\n" }).door);
    expect(edges.get("a")).toMatchObject({
      external: ["factory.localhost/b:old"],
      enrolled: [{ reference: "factory.localhost/b:latest", image: "b" }],
    });
    expect(edges.get("b")).toMatchObject({ external: [], enrolled: [] });
  });

  it("is what it was built from last where its source cannot be read, with a warning", async () => {
    const { door: made, warnings } = door(
      { a: unreachable, b: "FROM scratch\n" },
      { a: ["docker.io/library/node:22 for linux/amd64", "factory.localhost/b:latest for build platform"] },
    );
    const edges = await findImageEdges(images("a", "b"), made);
    expect(edges.get("a")).toMatchObject({
      external: ["docker.io/library/node:22"],
      enrolled: [{ reference: "factory.localhost/b:latest", image: "b" }],
    });
    expect(warnings).toEqual([
      "a: git.example.org does not answer: taken as built from what it was built from last",
    ]);
  });

  it("is refused where nothing is known of it, each such image named, by the first one's code", async () => {
    const one = findImageEdges(images("a", "b"), door({ a: unreachable, b: "FROM scratch\n" }).door);
    await expect(one).rejects.toMatchObject({
      code: "source-unavailable",
      message: "a: git.example.org does not answer",
      hint: "Try again.",
    });
    const both = findImageEdges(images("a", "b"), door({ a: unreachable, b: "FROM $(x)\n" }).door);
    await expect(both).rejects.toMatchObject({
      problems: [/^a: /, /^b: /].map((text) => expect.stringMatching(text)),
    });
  });

  it("is refused where it is itself", async () => {
    const texts = { a: "FROM factory.localhost/b\n", b: "FROM factory.localhost/a\n" };
    await expect(findImageEdges(images("a", "b"), door(texts).door)).rejects.toMatchObject({
      code: "dependency-cycle",
    });
  });
});
