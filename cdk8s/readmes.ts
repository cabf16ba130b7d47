import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import type { FactoryProps } from "./factory-props.ts";
import { seccompPath, stateClaim, toolboxName } from "./names.ts";
import { nodesNamespace } from "./nodes.ts";
import { podSecurityLevel } from "./profile.ts";

export const written = "Written by `npm run synth`: change images.yaml or cluster.yaml, not this folder.\n";
/** ConfigMaps may be larger than the annotation that a client-side apply would make of them. */
export const apply = "kubectl apply --server-side -k";

export function outputReadme(folders: readonly string[]): string {
  return `# Manifests of the image factory

${written}
Each folder is a kustomize layer, applied in this order, or all at once with \`${apply} .\`:

${folders.map((folder) => `- [${folder}](${folder}/README.md)`).join("\n")}

\`probe/\` is applied by hand, once, to learn which pod profiles a cluster runs.
`;
}

export function namespaceReadme(settings: ClusterSettings): string {
  const { namespace, secrets, certificates, seccomp, placesSeccomp, kubeletFolder, state } = settings;
  const level = podSecurityLevel(settings);
  return `# Namespace and policies

${written}
    ${apply} 10-namespace

The namespace ${namespace} with Pod Security level \`${level}\`, which pods of the profile \`${settings.podProfile}\` with seccomp
\`${seccomp}\` need; accounts that may hold Leases; a network that lets nothing in; bounds and claims.

Secrets are yours to make. Pods start without those that are not there:

    kubectl -n ${namespace} create secret docker-registry ${secrets.registry[0] ?? "ghcr-credentials"} --docker-server=… --docker-username=… --docker-password=…
    kubectl -n ${namespace} create secret generic ${secrets.git} --from-literal=password=…
    kubectl -n ${namespace} create secret generic ${secrets.variables} --from-literal=NPM_TOKEN=…
    kubectl -n ${namespace} create secret generic ${secrets.files} --from-file=npmrc=…

${certificates === undefined ? "" : `They wait for the authorities that they are to trust:\n\n    kubectl -n ${namespace} create configmap ${certificates} --from-file=ca.crt\n\n`}${state.kind === "volume" ? `The state lies on the claim ${stateClaim} (${state.accessMode}). Pods on several nodes need ReadWriteMany, or a state repository.\n` : `The state lies in ${state.url}, branch ${state.branch}.\n`}${seccomp === "Localhost" ? seccompText(settings, placesSeccomp, kubeletFolder) : ""}`;
}

function seccompText(settings: ClusterSettings, placesSeccomp: boolean, kubeletFolder: string): string {
  const target = `${kubeletFolder}/seccomp/${seccompPath}`;
  return placesSeccomp
    ? `
A DaemonSet in ${nodesNamespace(settings)} puts the seccomp profile on each node, as ${target}. Where the builder image is private,
its pull Secret has to be there too. Pods on a node that has no profile yet wait for it.
`
    : `
Put [the seccomp profile](seccomp/${seccompPath}) on each node, as ${target}, before anything is built.
`;
}

export function buildsReadme({ settings: { namespace }, enrolled, imagesFrom }: FactoryProps): string {
  const name = enrolled.images[0]?.name ?? "hello";
  return `# Jobs and schedules

${written}
    ${apply} 20-builds

${imagesFrom === "configMap" ? "images.yaml is in a ConfigMap." : "images.yaml is read from the state repository: it is too large for a ConfigMap."} Of the ${enrolled.images.length} images each has a suspended CronJob as a template:

    kubectl -n ${namespace} create job build-${name} --from=cronjob/build-${name}
    kubectl -n ${namespace} get jobs -l job-name=build-${name}
    kubectl -n ${namespace} exec deploy/${toolboxName} -- npm run build IMAGE=${name}

\`rebuild\` builds what is stale, \`rebuild-<image>\` follows the image's own schedule, \`scan\` asks today's advisories about
what is published, \`gc\` and \`fsck\` tidy and compare.
`;
}

export function probeReadme(settings: ClusterSettings): string {
  const namespace = nodesNamespace(settings);
  return `# Which pod profiles this cluster runs

${written}
    ${apply} probe
    kubectl -n ${namespace} wait --for=condition=Complete --timeout=300s job -l app.kubernetes.io/component=probe
    kubectl -n ${namespace} logs -l app.kubernetes.io/component=probe --prefix --tail=-1
    kubectl -n ${namespace} delete job -l app.kubernetes.io/component=probe

A Job that is Complete has run a step of a build in its kind of pod: set \`podProfile\` and \`seccomp\` of cluster.yaml to the
first of these, in this order: userns with Localhost, userns-sysadmin with RuntimeDefault, rootless with Localhost, userns
with Unconfined, rootless with Unconfined. A failed one says in its log what was lacking; one whose container could not be
created has no such seccomp profile on its node.
`;
}
