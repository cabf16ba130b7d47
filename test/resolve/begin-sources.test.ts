import { expect, test } from "vitest";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { beginSources } from "../../src/resolve/begin-sources.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";

const { images } = parseImages(
  `- {name: app, source: {git: {url: "https://example.com/app.git", ref: main}}}
- {name: api, source: {git: {url: "https://example.com/api.git"}}}
- {name: fixed, source: {git: {url: "https://example.com/fixed.git", ref: ${commit}}}}
- {name: release, source: {git: {url: "https://example.com/release.git", ref: ${commit}}}, tags: ["{version}"]}
- {name: local, source: {folder: app}}
`,
  "images.yaml",
  "/state",
);

test.each([
  ["the images that are named", { images: ["app", "fixed"] }, ["app"]],
  ["a full commit where its version is wanted", { images: ["release"] }, ["release"]],
  ["no source that is no repository", { images: ["local", "api"] }, ["api"]],
  ["nothing for a ref that is a full commit", { images: ["app", "api"], ref: commit }, []],
  ["a fixed commit that another ref takes the place of", { images: ["fixed"], ref: "main" }, ["fixed"]],
  ["nothing where a folder takes their place", { images: ["app"], source: "/src" }, []],
])("begins with %s", (_, words, begun) => {
  const asked: string[] = [];
  const lister = {
    list: () => Promise.reject(new Error("nobody asks yet")),
    ahead: ({ url }: { readonly url: string }) => void asked.push(url),
    close: async () => undefined,
  };
  beginSources(images, words, lister);
  expect(asked).toEqual(begun.map((name) => `https://example.com/${name}.git`));
});
