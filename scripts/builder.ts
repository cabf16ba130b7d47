// npm run builder: builds the builder image, tests it in each pod profile that runs here, and publishes it.
// needs: git buildah runc trivy
import { buildBuilder, builtReference, openBuilder } from "../src/builder/build-builder.ts";
import { builderWords } from "../src/builder/builder-words.ts";
import { resultLine, testBuilder } from "../src/builder/test-builder.ts";
import { main } from "../src/command/main.ts";
import { textWord } from "../src/command/options.ts";
import { hostPlatform } from "../src/platform.ts";

const spec = {
  command: "builder",
  summary:
    "Builds the builder image for this machine's platform, tests it as builder:test does, and publishes it for every platform if it passes.",
  words: { ...builderWords, RUNC: textWord("<path>", "As of builder:test.") },
  flags: {},
  examples: ["npm run builder", "npm run builder BASE=own RUNC=/opt/runc"],
} as const;

await main(spec, async ({ words }, session) => {
  const factory = await openBuilder(words, session);
  const built = await buildBuilder(factory, hostPlatform(), session);
  if (built !== 0) return built;
  const onResult = (result: Parameters<typeof resultLine>[0]) =>
    session.log({ kind: "note", text: resultLine(result) });
  const image = await builtReference(factory);
  const results = await testBuilder({ image, runc: words.RUNC, only: undefined, onResult }, factory, session);
  if (results.some(({ verdict }) => verdict === "failed")) return 70;
  return buildBuilder(factory, undefined, session);
});
