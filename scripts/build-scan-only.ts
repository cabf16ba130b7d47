// npm run build:scan-only IMAGE=<name> TAG=<tag>: scans an existing tag of an enrolled image; builds and moves nothing.
// needs:
import { main } from "../src/command/main.ts";
import { checkedWord } from "../src/command/options.ts";
import { scanAndReport, scanFlags } from "../src/command/scan-results.ts";
import { imageWord } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { isTag } from "../src/enrolment/tags.ts";
import { openFactory } from "../src/open-factory.ts";

const spec = {
  command: "build:scan-only",
  summary:
    "Scans what a tag of the named images holds now, by their policy. Builds, publishes and moves nothing.",
  elsewhere: true,
  words: {
    IMAGE: imageWord,
    TAG: checkedWord("<tag>", "The tag to scan; by default latest.", isTag, "a tag"),
  },
  flags: scanFlags,
  examples: ["npm run build:scan-only IMAGE=hello TAG=latest"],
} as const;

await main(spec, async ({ words, flags }, session) => {
  const factory = await openFactory(session, "look");
  const images = selectImages(factory.enrolments, words.IMAGE);
  const tagOrDigest = words.TAG ?? "latest";
  return scanAndReport(
    images.map((enrolment) => ({ enrolment, tagOrDigest })),
    factory,
    flags,
    session,
    factory.scanner(),
  );
});
