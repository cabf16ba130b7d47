// npm run builder:push: builds the builder image for every platform, scans it and publishes it under its tags.
// needs: git buildah runc trivy
import { buildBase, buildBuilder, openBuilder } from "../src/builder/build-builder.ts";
import { builderWords } from "../src/builder/builder-words.ts";
import { main } from "../src/command/main.ts";

const spec = {
  command: "builder:push",
  summary:
    "Builds what is not staged of the builder image, for every platform, scans it and publishes it under its tags.",
  words: builderWords,
  flags: {},
  examples: ["npm run builder:push", "npm run builder:push BASE=own"],
} as const;

await main(spec, async ({ words }, session) => {
  const factory = await openBuilder(words, session);
  const ofBase = await buildBase(factory, session);
  return ofBase === 0 ? buildBuilder(factory, undefined, session) : ofBase;
});
