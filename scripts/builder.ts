// npm run builder: builds the builder image of each platform, tests it in each pod profile that runs here, and publishes it.
// needs: git buildah runc trivy
import {
  assertStillBuilt,
  buildBase,
  buildBuilder,
  builderPlatforms,
  builtReference,
  openBuilder,
} from "../src/builder/build-builder.ts";
import { builderWords } from "../src/builder/builder-words.ts";
import { type CheckResult, resultLine, testBuilder } from "../src/builder/test-builder.ts";
import { main } from "../src/command/main.ts";
import { textWord } from "../src/command/options.ts";
import type { Platform } from "../src/platform.ts";

const spec = {
  command: "builder",
  summary:
    "Builds the builder image for each platform, tests it as builder:test does, and publishes it if all passes.",
  words: { ...builderWords, RUNC: textWord("<path>", "As of builder:test.") },
  flags: {},
  examples: ["npm run builder", "npm run builder BASE=own RUNC=/opt/runc"],
} as const;

await main(spec, async ({ words }, session) => {
  const factory = await openBuilder(words, session);
  const ofBase = await buildBase(factory, session);
  if (ofBase !== 0) return ofBase;
  const tested = new Map<Platform, string>();
  for (const platform of builderPlatforms(factory)) {
    const built = await buildBuilder(factory, platform, session);
    if (built !== 0) return built;
    const image = await builtReference(factory, platform);
    const onResult = (result: CheckResult) =>
      session.log({ kind: "note", text: `${platform}  ${resultLine(result)}` });
    const test = { image, platform, runc: words.RUNC, only: undefined, onResult };
    const results = await testBuilder(test, factory, session);
    if (results.some(({ verdict }) => verdict === "failed")) return 70;
    tested.set(platform, image);
  }
  await assertStillBuilt(factory, tested);
  return buildBuilder(factory, undefined, session);
});
