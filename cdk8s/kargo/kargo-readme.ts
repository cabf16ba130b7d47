import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { factsOf } from "../../src/enrolment/tags.ts";
import type { FactoryProps } from "../factory-props.ts";
import { kargoNames } from "../names.ts";
import { apply, written } from "../readmes.ts";
import type { Flow, ImageFlow } from "./flow.ts";

/** What of the images Kargo sees otherwise than a reader expects, named so many times at most. */
const mostNamed = 20;

export function kargoReadme(props: FactoryProps, flow: Flow): string {
  const { namespace } = props.settings;
  const name =
    (flow.images.find(({ requests }) => requests.length > 0) ?? flow.images[0])?.image.name ?? "hello";
  return `# Kargo

${written}
    ${apply} 30-kargo

Kargo 1.11 and Argo Rollouts 1.9 have to be in the cluster. For each image of images.yaml:

    base, source ─> ${kargoNames.build(name)} ─ its verification is the build Job ─> a unique tag in the registry
    unique tag   ─> ${kargoNames.scan(name)} ─ its verification scans that digest again
                 ─> ${kargoNames.stable(name)} ─ puts the digest under the tags that people pull
    ${kargoNames.stable(name)} ─> the -build Stages of images that are built from it

A build is given the digests and the commit of its Freight. What it publishes gets \`<UTC time>-<digest>\` for its tag, by
which Kargo orders it, and no other; nothing but a -stable Stage moves a tag of images.yaml. So no build sets itself off.
What is in images.yaml and in Dockerfiles is read by \`npm run synth\`: write the manifests anew when a FROM names
another base.

## Secrets

Jobs have their own (10-namespace). These are Kargo's, which looks at repositories and moves tags:

${credentials(props, flow)}
${webhooks(props)}## Working with it

    kargo promote --project=${namespace} --stage=${kargoNames.stable(name)} --freight=<name>
    kargo get freight --project=${namespace}

- **Go back**: promote older Freight to ${kargoNames.stable(name)}. Kargo 1.11 then holds it there, until somebody promotes newer.
  \`npm run rollback\` leaves it to Kargo, and \`npm run gc\` keeps digests as long as Kargo keeps Freight.
- **Hold**: \`kubectl -n ${namespace} label stage ${kargoNames.stable(name)} image-factory/promotion-\`, until the manifests are applied again. Of
  an image that \`npm run hold\` holds nothing is published, so nothing reaches Kargo.
- **A build failed**: its Freight goes no further. \`kubectl -n ${namespace} get analysisruns -l image-factory/image=${name}\` names the Job,
  whose log says why. Verify the Freight of the Stage again (in Kargo's page of the Stage), or wait for the next.
- **By hand, on a schedule**: 20-builds. What those publish takes the same way from the -scan Stage on.

## What is otherwise
${otherwise(flow)}
## Objects of the older tool

[older-objects.txt](older-objects.txt) names what it made for these images and nothing here replaces:

    xargs -r -n 100 -a 30-kargo/older-objects.txt kubectl -n ${namespace} delete --ignore-not-found

Its Warehouses of the names of images become ours: the first time, add \`--force-conflicts\` to the line that applies this folder.
`;
}

function credentials({ settings: { namespace } }: FactoryProps, { images, bases }: Flow): string {
  const folders = new Set(images.map(({ output: { repoURL } }) => repoURL.replace(/\/[^/]*$/, "")));
  const gits = new Set(
    images.flatMap(({ source }) =>
      source.kind === "watched" ? [source.subscription.repoURL.replace(/[^/:]*$/, "")] : [],
    ),
  );
  const hosts = new Set(bases.map(({ repoURL }) => repoURL.replace(/\/.*$/, "")));
  const secret = (kind: "image" | "git", start: string, index: number) => {
    const secretName = `kargo-${kind}-${index + 1}`;
    const pattern = `^${start.replaceAll(/[.+?^$(){}|[\]\\]/g, "\\$&")}`;
    return `    kubectl -n ${namespace} create secret generic ${secretName} --from-literal=repoURL='${pattern}' --from-literal=repoURLIsRegex=true --from-literal=username=… --from-literal=password=…
    kubectl -n ${namespace} label secret ${secretName} kargo.akuity.io/cred-type=${kind}
`;
  };
  const lines = [
    ...[...folders].toSorted().map((folder, index) => secret("image", `${folder}/`, index)),
    ...[...gits].toSorted().map((folder, index) => secret("git", folder, index)),
  ];
  const shown = lines.slice(0, mostNamed);
  const more = lines.length > shown.length ? `\nand so on for ${lines.length - shown.length} more.\n` : "";
  const foreign =
    hosts.size === 0 ? "" : `\nThe same for bases that need a login (${[...hosts].toSorted().join(", ")}).\n`;
  return `${shown.join("")}${more}${foreign}
Kargo speaks plain HTTP to registries on loopback and private addresses alone, whatever insecureRegistries says.
`;
}

/** The key that Kargo wants in the Secret of each kind of sender. */
const webhookKeys: Readonly<Record<string, string>> = {
  artifactory: "secret-token",
  gitlab: "secret-token",
  harbor: "auth-header",
};

function webhooks({ settings: { namespace, kargo } }: FactoryProps): string {
  const senders = Object.entries(kargo.webhooks);
  const lines = [...new Set(senders.map(([, secret]) => secret))].toSorted().map((secret) => {
    const kinds = senders.flatMap(([kind, name]) => (name === secret ? [webhookKeys[kind] ?? "secret"] : []));
    const keys = [...new Set(kinds)].toSorted().map((key) => ` --from-literal=${key}=…`);
    return `    kubectl -n ${namespace} create secret generic ${secret}${keys.join("")}\n`;
  });
  if (lines.length === 0) return "";
  return `Calls of these senders are checked; their addresses stand in the ProjectConfig's status:

${lines.join("")}
`;
}

function otherwise({ images }: Flow): string {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    [
      "Nothing of them that Kargo could see moves, so schedules and people build them",
      namesOf(images, ({ requests }) => requests.length === 0),
    ],
    [
      "Promoted to -build by people alone (autoRebuild: false)",
      namesOf(images, ({ image }) => !image.autoRebuild),
    ],
    [
      "Pushes to their source are built by a workflow, under its tags, past Kargo",
      namesOf(images, ({ image }) => image.workflow !== undefined),
    ],
    [
      "Tags with {version}, {commit} or {date}, and those of version files, which Kargo does not know and nobody moves",
      namesOf(images, ({ image }) => hasTemplates(image)),
    ],
    ...unwatchedSources({ images }).map(({ image, why }) => [why, [image]] as const),
  ];
  const used = rows.filter(([, names]) => names.length > 0).slice(0, mostNamed);
  if (used.length === 0) return "\nNothing: every image takes the way above.\n";
  return `\n${used.map(([what, names]) => `- ${what}: ${short(names)}.\n`).join("")}`;
}

/** The sources that move and that Kargo cannot look at, each with why. */
export function unwatchedSources({
  images,
}: Pick<Flow, "images">): readonly { readonly image: string; readonly why: string }[] {
  return images.flatMap(({ image, source }) =>
    source.kind === "unwatched" ? [{ image: image.name, why: source.why }] : [],
  );
}

function hasTemplates({ tags, versionFile }: Enrolment): boolean {
  return versionFile !== undefined || tags.some((tag) => factsOf(tag).length > 0);
}

function namesOf(images: readonly ImageFlow[], which: (image: ImageFlow) => boolean): readonly string[] {
  return images.filter(which).map(({ image }) => image.name);
}

function short(names: readonly string[]): string {
  const shown = names.slice(0, mostNamed).join(", ");
  return names.length > mostNamed ? `${shown} and ${names.length - mostNamed} more` : shown;
}
