import { expect, test } from "vitest";
import { type BuilderChoices, baseName, builderName, readBuilder } from "../../src/builder/enrolled.ts";

const nothing: BuilderChoices = {
  base: undefined,
  trivy: undefined,
  certificates: undefined,
  debianMirror: undefined,
  npmRegistry: undefined,
  goProxy: undefined,
  policy: undefined,
};

async function chosen(choices: Partial<BuilderChoices>) {
  const { images } = await readBuilder({ ...nothing, ...choices });
  return images.find(({ name }) => name === builderName);
}

test("without a word the builder image is what its Dockerfile says, for both platforms", async () => {
  const builder = await chosen({});
  expect(builder?.args).toEqual({});
  expect(builder?.secrets).toEqual([]);
  expect(builder?.platforms).toEqual(["linux/amd64", "linux/arm64"]);
});

test("where a closed network has its packages, npm's and Go's, reaches the Dockerfile as arguments", async () => {
  const builder = await chosen({
    base: "own",
    trivy: "registry.example/trivy@sha256:aa",
    debianMirror: "http://mirror.example/debian",
    npmRegistry: "https://npm.example",
    goProxy: "https://go.example,off",
  });
  expect(builder?.args).toEqual({
    BASE: "factory.localhost/builder-base",
    TRIVY: "registry.example/trivy@sha256:aa",
    DEBIAN_MIRROR: "http://mirror.example/debian",
    NPM_REGISTRY: "https://npm.example",
    GOPROXY: "https://go.example,off",
  });
});

test("certificates are a secret of the build and no argument", async () => {
  const builder = await chosen({ certificates: "/work/builder/certificates.pem" });
  expect(builder?.args).toEqual({});
  expect(builder?.secrets).toEqual([
    { id: "certificates", from: "file", path: "/work/builder/certificates.pem" },
  ]);
});

test("no sample database judges an image that lets other images through", async () => {
  const { images } = await readBuilder(nothing);
  expect(images.map(({ name, scan }) => [name, scan.database])).toEqual([
    [baseName, "official"],
    [builderName, "official"],
  ]);
});
