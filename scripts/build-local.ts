// npm run build:local IMAGE=<name>: builds for this machine's platform into the local container storage; pushes nothing.
// needs:
import { buildLocal } from "../src/build/build-local.ts";
import { main } from "../src/command/main.ts";
import { buildWords } from "../src/command/words.ts";
import { selectImages } from "../src/enrolment/selection.ts";
import { openFactory } from "../src/open-factory.ts";
import { plainRequest } from "../src/plan/plain-request.ts";
import { enrolledBases, planBuilds } from "../src/plan/plan.ts";
import { hostPlatform } from "../src/platform.ts";

const { IMAGE, REF } = buildWords;
const spec = {
  command: "build:local",
  summary:
    "Builds the named images for this machine's platform into your container storage, as localhost/<name>. Pushes nothing.",
  words: { IMAGE, REF },
  flags: {},
  examples: ["npm run build:local IMAGE=hello", "podman run --rm $(npm run -s build:local IMAGE=hello)"],
} as const;

await main(spec, async ({ words }, session) => {
  const factory = await openFactory(session, "look");
  const images = selectImages(factory.enrolments, words.IMAGE).map(({ name }) => name);
  const pipeline = factory.pipeline({ images, ref: words.REF });
  try {
    const { images: resolved, failures } = await pipeline.resolver.resolve(images);
    for (const [, error] of failures) throw error;
    const facts = [...resolved.values()].map((image) => image.facts);
    const { steps } = planBuilds(facts, {
      ...plainRequest(images, factory.clock().getTime()),
      allowPlatformLoss: true,
      allowHeld: true,
    });
    const host = await pipeline.host();
    for (const name of images) {
      const image = resolved.get(name);
      if (image === undefined) throw new Error(`${name} was not resolved`);
      for (const base of enrolledBases(image.facts)) {
        const action = steps.find((step) => step.image === base)?.action;
        if (action !== "keep" && action !== "tag") {
          session.log({
            kind: "warning",
            image: name,
            text: `its base ${base} is stale: the published one is used`,
          });
        }
      }
      const foreign = image.dockerfiles?.get(hostPlatform())?.bases.needsToRun ?? [];
      for (const platform of foreign)
        if (platform !== hostPlatform()) await pipeline.ensureEmulation(platform);
      session.print(await buildLocal(image, { ...pipeline, host }));
    }
    return 0;
  } finally {
    await pipeline.resolver.close();
  }
});
