import { ApiObject, App, Chart, Yaml } from "cdk8s";
import { buildsLayer } from "./builds-layer.ts";
import type { FactoryProps } from "./factory-props.ts";
import { kargoLayer } from "./kargo/kargo-layer.ts";
import type { Layer } from "./manifest.ts";
import { namespaceLayer } from "./namespace-layer.ts";
import { probeLayer } from "./probe-layer.ts";
import { outputReadme } from "./readmes.ts";

/** A file below the output folder. */
export interface SynthFile {
  readonly path: string;
  readonly text: string;
}

/** Every layer that is applied, in order. */
export function layers(props: FactoryProps): readonly Layer[] {
  return [
    namespaceLayer(props),
    buildsLayer(props),
    ...(props.settings.kargo.enabled ? [kargoLayer(props)] : []),
  ];
}

/** Every file of the output: the same bytes for the same props. */
export function synthesize(props: FactoryProps): readonly SynthFile[] {
  const applied = layers(props);
  const folders = applied.map(({ folder }) => folder);
  return [
    { path: "kustomization.yaml", text: kustomization(folders) },
    { path: "README.md", text: outputReadme(folders) },
    ...[...applied, probeLayer(props)].flatMap(layerFiles),
  ];
}

/** One Chart for each layer: with one for each image, or with dependencies, cdk8s takes quadratic time. */
function layerFiles({ folder, readme, manifests, files = {} }: Layer): readonly SynthFile[] {
  const chart = new Chart(new App(), folder);
  for (const manifest of manifests) {
    const { kind, metadata } = manifest;
    new ApiObject(chart, `${kind} ${metadata.namespace ?? ""} ${metadata.name}`, manifest);
  }
  const text = Yaml.stringify(...(chart.toJson() as readonly unknown[]));
  return [
    { path: `${folder}/kustomization.yaml`, text: kustomization(["manifests.yaml"]) },
    { path: `${folder}/README.md`, text: readme },
    { path: `${folder}/manifests.yaml`, text },
    ...Object.entries(files).map(([path, content]) => ({ path: `${folder}/${path}`, text: content })),
  ];
}

function kustomization(resources: readonly string[]): string {
  return Yaml.stringify({
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources,
  });
}
