import { baseName } from "../../src/bases/base-name.ts";
import type { FactoryProps } from "../factory-props.ts";
import { kargoNames } from "../names.ts";

const objectName = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

/**
 * What the older tool made for these images and nothing replaces, as kubectl names it, sorted. Its Warehouse of an image
 * has the name of ours, which takes it over.
 */
export function olderObjects({ enrolled: { images, watched }, edges }: FactoryProps): readonly string[] {
  const own = new Set([...images, ...watched].map(({ name }) => kargoNames.output(name)));
  const found = new Set<string>();
  const add = (kind: string, name: string) => {
    if (objectName.test(name)) found.add(`${kind}/${name}`);
  };
  for (const { name } of images) {
    add("stages.kargo.akuity.io", `analyze-dockerfile-${name}`);
    const { external = [], enrolled = [] } = edges.get(name) ?? {};
    for (const reference of [...external, ...enrolled.map((edge) => edge.reference)]) {
      const base = baseName(reference);
      add("stages.kargo.akuity.io", `rebuild-trigger-${name}-from-${base}`);
      if (!own.has(base)) add("warehouses.kargo.akuity.io", base);
    }
  }
  if (images.length > 0) add("analysistemplates.argoproj.io", "analyze-dockerfile");
  return [...found].toSorted();
}
