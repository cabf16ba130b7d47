// npm run builder:build: builds the builder image for one platform and stages it; publishes nothing.
// needs: git buildah runc trivy
import { buildBase, buildBuilder, builtReference, openBuilder } from "../src/builder/build-builder.ts";
import { builderPlatformWord, builderWords } from "../src/builder/builder-words.ts";
import { main } from "../src/command/main.ts";
import { hostPlatform } from "../src/platform.ts";

const spec = {
  command: "builder:build",
  summary:
    "Builds the builder image of builder/ for one platform and stages it, for builder:test. Publishes nothing.",
  words: { PLATFORM: builderPlatformWord, ...builderWords },
  flags: {},
  examples: ["npm run builder:build", "npm run builder:build BASE=own PLATFORM=linux/arm64"],
} as const;

await main(spec, async ({ words }, session) => {
  const factory = await openBuilder(words, session);
  const ofBase = await buildBase(factory, session);
  if (ofBase !== 0) return ofBase;
  const platform = words.PLATFORM ?? hostPlatform();
  const built = await buildBuilder(factory, platform, session);
  if (built === 0) session.print(await builtReference(factory, platform));
  return built;
});
