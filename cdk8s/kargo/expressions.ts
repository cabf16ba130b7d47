import type { Manifest } from "../manifest.ts";

/** An image of the Freight that a Stage has, from the Warehouse that it comes from. */
export interface FreightImage {
  readonly repoURL: string;
  readonly warehouse: string;
}

/** The digest that the Freight has; a Stage that has no such Freight yet fails. */
export function digest(image: FreightImage): string {
  return expression(`quote(${imageFrom(image)}.Digest)`);
}

/** A digest as part of a reference, where no quotes may stand. */
export function bareDigest(image: FreightImage): string {
  return expression(`${imageFrom(image)}.Digest`);
}

/**
 * `<reference>@<digest>` of each base whose Freight is there, with commas between: what `PIN=` takes. A result is made
 * of text alone by quote, for Kargo makes a number or a truth value of whatever looks like one.
 * @see https://docs.kargo.io/user-guide/reference-docs/expressions
 */
export function pins(bases: readonly (FreightImage & { readonly reference: string })[]): string {
  const pairs = bases.map((base) => `[${literal(base.reference)}, ${imageFrom(base)}?.Digest ?? ""]`);
  return expression(`quote(join(map(filter([${pairs.join(", ")}], #[1] != ""), #[0] + "@" + #[1]), ","))`);
}

/** The commit that the Freight has; empty where there is none. */
export function commit(repoURL: string, warehouse: string): string {
  return expression(`quote(commitFrom(${literal(repoURL)}, warehouse(${literal(warehouse)}))?.ID ?? "")`);
}

function imageFrom({ repoURL, warehouse }: FreightImage): string {
  return `imageFrom(${literal(repoURL)}, warehouse(${literal(warehouse)}))`;
}

function expression(text: string): string {
  return `\${{ ${text} }}`;
}

function literal(text: string): string {
  return JSON.stringify(text);
}

/** What every object of Kargo begins with. */
export function kargoObject(
  kind: "ProjectConfig" | "Warehouse" | "Stage",
  metadata: Manifest["metadata"],
  spec: object,
): Manifest {
  return { apiVersion: "kargo.akuity.io/v1alpha1", kind, metadata, spec };
}

/** A duration as Go writes it, which is how the API server gives it back. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
