// npm run synth [OUT=dist]: writes the Kubernetes manifests of what images.yaml enrols.
// needs:
import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { readClusterFile } from "../src/cluster/cluster-file.ts";
import { clusterSettings, placeholderRegistry } from "../src/cluster/cluster-settings.ts";
import { main } from "../src/command/main.ts";
import { textWord } from "../src/command/options.ts";
import { readImages } from "../src/enrolment/read-images.ts";
import { readSettings } from "../src/settings.ts";
import { ownRoot } from "../src/setup/needs.ts";

const spec = {
  command: "synth",
  summary:
    "Writes what runs this factory in a Kubernetes cluster, as kustomize layers: namespace and policies, Jobs and schedules. Made of images.yaml and cluster.yaml, which cluster.schema.json describes.",
  words: { OUT: textWord("<folder>", "Where the manifests go; by default CDK8S_OUTDIR, else dist.") },
  flags: {},
  examples: ["npm run synth", "npm run synth OUT=/tmp/manifests"],
} as const;

await main(spec, async ({ words }, session) => {
  const factory = await readSettings(ownRoot, session.env);
  const settings = clusterSettings(await readClusterFile(ownRoot), factory);
  const enrolled = await readImages(factory.imagesFile, factory.stateDir);
  const imagesText = await readFile(factory.imagesFile, "utf8");
  const { imagesPlace } = await import("../cdk8s/images-place.ts");
  const { synthesize } = await import("../cdk8s/main.ts");
  const { writeFiles } = await import("../src/cluster/write-files.ts");
  const props = { settings, enrolled, imagesText, imagesFrom: imagesPlace(imagesText, settings) };
  const out = resolve(ownRoot, words.OUT ?? session.env["CDK8S_OUTDIR"] ?? "dist");
  const files = synthesize(props);
  await writeFiles(out, files);
  if (settings.registry === placeholderRegistry) {
    session.log({
      kind: "note",
      text: `no registry is set (registry in cluster.yaml or factory.yaml): the manifests say ${placeholderRegistry}, and npm run deploy refuses them`,
    });
  }
  session.print(
    `${relative(process.cwd(), out) || "."}: ${files.length} files for ${enrolled.images.length} images`,
  );
  return 0;
});
