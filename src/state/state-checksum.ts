import { basename } from "node:path";
import { FactoryError } from "../errors.ts";
import { type Digest, digestOf } from "../registry/digest.ts";
import type { StateFields } from "./older-fields.ts";
import type { Field } from "./yaml-field.ts";

/** The field that a state file begins with, so that wherever it is cut it is known that `factory:` has to follow. */
export const witnessName = "factoryChecksum";

/** The same checksum once more, as the last field of `factory:`. */
export const checksumName = "checksum";

/**
 * What is wrong with a file whose `factory:` is not what its two checksums were made of; undefined when all agree, and
 * where there is neither: in a file of the older tool, and in one from which a person took both to edit the block.
 * @param about What the block is about, where the file's other fields say that.
 */
export function integrityDefect(fields: StateFields, about?: string): string | undefined {
  const { [witnessName]: witness, factory } = fields;
  const { [checksumName]: checksum, ...block } = (factory ?? {}) as Readonly<Record<string, unknown>>;
  if (witness === undefined && checksum === undefined) return undefined;
  if (factory === undefined) return `factory is missing, whose checksum ${witnessName} is`;
  if (witness === undefined) return `${witnessName} is missing`;
  if (checksum === undefined) return `factory.${checksumName} is missing`;
  if (witness === checksum && checksum === checksumOf(block, about)) return undefined;
  return "factory is not what its checksum was made of";
}

/** The fields that make a file whole after an edit; those that it has go where there is nothing to be summed up. */
export function checksumFields(
  { [witnessName]: witness, factory }: StateFields,
  about?: string,
): readonly Field[] {
  const { [checksumName]: _, ...block } = (factory ?? {}) as Readonly<Record<string, unknown>>;
  if (Object.keys(block).length === 0) {
    return [
      ...(witness === undefined ? [] : [{ name: witnessName, gone: true as const }]),
      ...(factory === undefined ? [] : [{ name: "factory", gone: true as const }]),
    ];
  }
  const text = checksumOf(block, about);
  return [
    { name: witnessName, text, first: true },
    { name: "factory", fields: [{ name: checksumName, text }] },
  ];
}

/** Whether a text was a state file of ours before it was cut: nothing in it tells the rest from what was never there. */
export function isCut(text: string): boolean {
  const saysNothing = !/^[^#\n]*:/m.test(text);
  return saysNothing || (/^factoryChecksum:/m.test(text) && !/^factory:/m.test(text));
}

/** The error of a state file that does not say what was written. */
export function damagedState(file: string, what: string, hint?: string): FactoryError {
  return new FactoryError("state-invalid", `${file} is damaged: ${what}`, {
    hint:
      hint ??
      `npm run fsck IMAGE=${basename(file, ".yaml")} -- --repair rebuilds it from the receipts in the registry.`,
  });
}

/** Of what a value says, in whatever order a tool has written its fields. */
function checksumOf(block: object, about: string | undefined): Digest {
  return digestOf(JSON.stringify([block, about ?? null], inOrder));
}

function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
