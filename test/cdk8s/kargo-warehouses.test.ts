import { describe, expect, it } from "vitest";
import { imagesOfLocalFiles } from "../../cdk8s/images-place.ts";
import { flowOf } from "../../cdk8s/kargo/flow.ts";
import { kargoLayer } from "../../cdk8s/kargo/kargo-layer.ts";
import { unwatchedSources } from "../../cdk8s/kargo/kargo-readme.ts";
import { uniqueTags } from "../../cdk8s/kargo/repositories.ts";
import { uniqueTagOf } from "../../src/publish/record.ts";
import { find, manifests, props, requests, subscription } from "./kargo-objects.ts";
import { objectsOf } from "./objects.ts";
import { propsOf } from "./samples.ts";

describe("a Warehouse", () => {
  it("watches each base once, by the digest of its tag, however many images are built from it", () => {
    const debian = manifests.filter(
      ({ kind, metadata }) => kind === "Warehouse" && /debian/.test(metadata.name),
    );
    expect(debian).toHaveLength(1);
    expect(subscription(debian[0]?.metadata.name ?? "")).toEqual({
      repoURL: "docker.io/library/debian",
      imageSelectionStrategy: "Digest",
      constraint: "13-slim",
    });
  });

  it("is the one of images.yaml where that watches the same tag", () => {
    expect(requests("web-build")).toEqual({ "node-22": "" });
    expect(requests("api-build")).toMatchObject({ "node-22": "" });
  });

  it("follows no base that a digest or images.yaml pins", () => {
    expect(flowOf(props).bases.map(({ reference }) => reference)).not.toContain(
      "docker.io/library/golang:1.26",
    );
    expect(JSON.stringify(manifests)).not.toContain("busybox");
  });

  it("says the rules of images.yaml in Kargo's words", () => {
    expect(subscription("postgres")).toEqual({
      repoURL: "docker.io/library/postgres",
      imageSelectionStrategy: "SemVer",
      constraint: ">=17 <19",
      ignoreTagsRegexes: ["^18\\.0\\.0$", "^18\\.0\\.1-beta$"],
    });
    expect(subscription("alpine")).toMatchObject({ allowTagsRegexes: ["^3\\.\\d+$"] });
  });

  it("sees what is published by the unique tag alone, so no tag that a Stage moves", () => {
    const { allowTagsRegexes, imageSelectionStrategy } = subscription("base");
    expect(imageSelectionStrategy).toBe("Lexical");
    expect(allowTagsRegexes).toEqual([uniqueTags]);
    const tag = uniqueTagOf(`sha256:${"0a".repeat(32)}`, "2026-11-21T17:00:00.000Z");
    expect(tag).toMatch(new RegExp(uniqueTags));
    for (const other of ["latest", "13", `x${tag}`, `${tag}-arm64`])
      expect(other).not.toMatch(new RegExp(uniqueTags));
  });

  it("leaves unique tags alone where images.yaml watches a repository that is published to", async () => {
    const images = `- {name: a, registry: ghcr.io/acme, source: {folder: a}}\n- {name: old, registry: ghcr.io/acme, repository: a, imageSelectionStrategy: Lexical}\n`;
    const { manifests: own } = kargoLayer(await propsOf(images));
    expect(subscription("old", own)).toMatchObject({ ignoreTagsRegexes: [uniqueTags] });
  });

  it("watches of a source what is sent, and of the state repository nothing that the factory commits", () => {
    expect(subscription("runtime--src")).toEqual({
      repoURL: "https://git.example.org/acme/factory.git",
      branch: "main",
      includePaths: ["runtime/files", "runtime/docker/Dockerfile"],
      excludePaths: ["images", "base-images", "receipts", "gc"],
    });
    expect(subscription("api--src")).toEqual({ repoURL: "https://git.example.org/acme/api.git" });
  });

  it("watches no source that another CI builds, that a commit names or that Kargo cannot reach", () => {
    for (const image of ["web", "pinned", "local", "base"])
      expect(find("Warehouse", `${image}--src`)).toBeUndefined();
    expect(unwatchedSources(flowOf(props))).toEqual([
      { image: "local", why: "Kargo does not take the address /srv/git/local.git" },
    ]);
  });

  it("names archives that may change at their address, and leaves out those of a digest or of this machine", async () => {
    const digest = `sha256:${"ab".repeat(32)}`;
    const images = `- {name: moves, source: {archive: {url: "https://files.example.org:8443/a.tar"}}}
- {name: stays, source: {archive: {url: "https://files.example.org/b.tar", digest: "${digest}"}}}
- {name: beside, source: {archive: {path: c.tar}}}
`;
    const own = await propsOf(images);
    expect(unwatchedSources(flowOf(own))).toEqual([
      { image: "moves", why: "Kargo watches no archives, at which each scheduled rebuild looks" },
    ]);
    expect(imagesOfLocalFiles(own.enrolled.images)).toEqual(["beside"]);
    const policies = JSON.stringify(objectsOf(own).filter(({ kind }) => kind === "NetworkPolicy"));
    expect(policies).toContain('"port":8443');
  });
});
