// npm run synth [OUT=dist]: writes the Kubernetes manifests of what images.yaml enrols.
// needs:
import { relative, resolve } from "node:path";
import { imagesOfLocalFiles } from "../cdk8s/images-place.ts";
import { readProps } from "../cdk8s/read-props.ts";
import { placeholderRegistry } from "../src/cluster/cluster-settings.ts";
import { writeFiles } from "../src/cluster/write-files.ts";
import { main } from "../src/command/main.ts";
import { textWord } from "../src/command/options.ts";
import { ownRoot } from "../src/setup/needs.ts";

const spec = {
  command: "synth",
  summary:
    "Writes what runs this factory in a Kubernetes cluster, as kustomize layers: namespace and policies, Jobs and schedules, and what Kargo builds by. Made of images.yaml and cluster.yaml, which cluster.schema.json describes.",
  words: { OUT: textWord("<folder>", "Where the manifests go; by default CDK8S_OUTDIR, else dist.") },
  flags: {},
  examples: ["npm run synth", "npm run synth OUT=/tmp/manifests"],
} as const;

await main(spec, async ({ words }, session) => {
  const props = await readProps(session);
  const { settings, enrolled, imagesFrom } = props;
  // cdk8s takes half a second to load, which nobody waits for who is told of a mistake in a file.
  const [{ synthesize }, { flowOf }, { unwatchedSources }] = await Promise.all([
    import("../cdk8s/main.ts"),
    import("../cdk8s/kargo/flow.ts"),
    import("../cdk8s/kargo/kargo-readme.ts"),
  ]);
  const files = synthesize(props);
  const out = resolve(ownRoot, words.OUT ?? session.env["CDK8S_OUTDIR"] ?? "dist");
  await writeFiles(out, files);
  const note = (text: string) => session.log({ kind: "note", text });
  if (settings.registry === placeholderRegistry)
    note(
      `no registry is set (registry of cluster.yaml or factory.yaml): the manifests say ${placeholderRegistry}, and npm run deploy refuses them`,
    );
  const unwatched = settings.kargo.enabled ? unwatchedSources(flowOf(props)) : [];
  if (unwatched.length > 0) {
    const names = shortList(unwatched.map(({ image }) => image));
    note(`Kargo cannot see what is pushed to their sources, as README.md of 30-kargo explains: ${names}`);
  }
  const local = imagesFrom === "configMap" ? imagesOfLocalFiles(enrolled.images) : [];
  if (local.length > 0)
    note(
      `made of files beside images.yaml, which pods have only where the builder image does: ${shortList(local)}`,
    );
  session.print(
    `${relative(ownRoot, out).startsWith("..") ? out : relative(ownRoot, out)}: manifests for ${enrolled.images.length} images`,
  );
  return 0;
});

function shortList(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
}
