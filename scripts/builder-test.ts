// npm run builder:test [IMAGE=<reference>]: runs the builder image as pods of each profile run it; needs root and runc.
// needs: buildah
import { builtReference, openBuilder } from "../src/builder/build-builder.ts";
import { builderPlatformWord, builderWords } from "../src/builder/builder-words.ts";
import { resultLine, testBuilder } from "../src/builder/test-builder.ts";
import { main } from "../src/command/main.ts";
import { textWord } from "../src/command/options.ts";
import { hostPlatform } from "../src/platform.ts";

const spec = {
  command: "builder:test",
  summary:
    "Runs the builder image in containers as a kubelet runs pods, one for each pod profile, and builds the sample for both platforms in them; an image of another platform only answers. Needs root and runc.",
  words: {
    IMAGE: textWord(
      "<reference>",
      "What is tested: an image of a registry, or docker-archive:<file>. By default what builder:build built.",
    ),
    RUNC: textWord(
      "<path>",
      "The runtime, 1.2 or later for pods with users of their own. By default runc on PATH.",
    ),
    PLATFORM: builderPlatformWord,
    ONLY: textWord("<check>[,<check>…]", "Only these checks, by the names that a run prints."),
    ...builderWords,
  },
  flags: { json: { description: "Prints the checks as JSON." } },
  examples: [
    "npm run builder:test",
    "npm run builder:test IMAGE=docker-archive:builder.tar RUNC=/opt/runc ONLY=userns",
  ],
} as const;

await main(spec, async ({ words, flags }, session) => {
  const factory = await openBuilder(words, session);
  const platform = words.PLATFORM ?? hostPlatform();
  const results = await testBuilder(
    {
      image: words.IMAGE ?? (await builtReference(factory, platform)),
      platform,
      runc: words.RUNC,
      only: words.ONLY?.split(","),
      onResult: (result) => {
        if (!flags.json) session.print(resultLine(result));
      },
    },
    factory,
    session,
  );
  if (flags.json) session.print(JSON.stringify(results, undefined, 2));
  return results.some(({ verdict }) => verdict === "failed") ? 70 : 0;
});
