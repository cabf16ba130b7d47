// npm run builder:build: builds the builder image for this machine's platform and stages it; publishes nothing.
// needs: git buildah runc trivy
import { buildBuilder, openBuilder } from "../src/builder/build-builder.ts";
import { builderWords } from "../src/builder/builder-words.ts";
import { main } from "../src/command/main.ts";
import { hostPlatform } from "../src/platform.ts";

const spec = {
  command: "builder:build",
  summary:
    "Builds the builder image of builder/ for this machine's platform and stages it, for builder:test. Publishes nothing.",
  words: builderWords,
  flags: {},
  examples: ["npm run builder:build", "npm run builder:build BASE=own"],
} as const;

await main(spec, async ({ words }, session) =>
  buildBuilder(await openBuilder(words, session), hostPlatform(), session),
);
