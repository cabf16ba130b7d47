import { type ErrorCode, FactoryError } from "../errors.ts";
import { type Digest, isDigest } from "./digest.ts";

/**
 * A value from outside together with its name in messages: `docker.io/library/debian:12: layers[0].size`.
 * Every reader checks one value and throws a FactoryError of the field's code that says where it stands.
 */
export interface Field {
  readonly value: unknown;
  readonly name: string;
  readonly code: ErrorCode;
}

/** @throws FactoryError of that code when the bytes are no JSON object; the bytes stay out of the message. */
export function parseObject(bytes: Uint8Array, name: string, code: ErrorCode): Field {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new FactoryError(code, `${name}: expected JSON, got ${bytes.length} other bytes`);
  }
  return objectField(value, name, code);
}

/** @throws FactoryError of that code when the value is no object. */
export function objectField(value: unknown, name: string, code: ErrorCode): Field {
  const field = { value, name: `${name}:`, code };
  objectIn(field);
  return field;
}

export function member(parent: Field, key: string): Field {
  const value = Object.hasOwn(objectIn(parent), key) ? objectIn(parent)[key] : undefined;
  const separator = parent.name.endsWith(":") ? " " : ".";
  return {
    value: value === null ? undefined : value,
    name: `${parent.name}${separator}${key}`,
    code: parent.code,
  };
}

export function stringIn(field: Field): string {
  if (typeof field.value === "string") return field.value;
  throw unexpected(field, "a string");
}

export function booleanIn(field: Field): boolean {
  if (typeof field.value === "boolean") return field.value;
  throw unexpected(field, "true or false");
}

/** A size, a duration or a count: an integer from 0 that a double holds exactly. */
export function countIn(field: Field): number {
  if (Number.isSafeInteger(field.value) && (field.value as number) >= 0) return field.value as number;
  throw unexpected(field, "a whole number");
}

export function digestIn(field: Field): Digest {
  const text = stringIn(field);
  if (isDigest(text)) return text;
  throw unexpected(field, "sha256:<64 hex digits>");
}

export function listIn<T>(field: Field, read: (item: Field) => T): readonly T[] {
  if (!Array.isArray(field.value)) throw unexpected(field, "a list");
  return field.value.map((value: unknown, at) =>
    read({ value, name: `${field.name}[${at}]`, code: field.code }),
  );
}

export function stringMapIn(field: Field): Readonly<Record<string, string>> {
  return Object.fromEntries(entriesIn(field).map(([key, value]) => [key, stringIn(value)]));
}

/** The names in a map whose values say nothing: how configs write volumes and ports. */
export function keysIn(field: Field): readonly string[] {
  return Object.keys(objectIn(field));
}

export function entriesIn(field: Field): readonly (readonly [string, Field])[] {
  return keysIn(field).map((key) => [key, member(field, key)] as const);
}

/** `{[key]: value}` where the field is there, `{}` where it is absent or null. */
export function optional<K extends string, T>(
  parent: Field,
  key: K,
  read: (field: Field) => T,
): { readonly [key in K]?: T } {
  const field = member(parent, key);
  return field.value === undefined ? {} : ({ [key]: read(field) } as { readonly [key in K]?: T });
}

/** What to throw about a field; values of files with passwords stay out of the message. */
export function unexpected(field: Field, expected: string): FactoryError {
  const secret = field.code === "credentials-invalid";
  const seen = field.value === undefined ? "nothing" : secret ? typeof field.value : shown(field.value);
  return new FactoryError(field.code, `${field.name}: expected ${expected}, got ${seen}`);
}

/** The begin of a value; of one that is nested deeper than a stack what kind it is. */
function shown(value: unknown): string {
  try {
    return JSON.stringify(value).slice(0, 80);
  } catch {
    return Array.isArray(value) ? "a list" : typeof value;
  }
}

function objectIn(field: Field): Readonly<Record<string, unknown>> {
  const { value } = field;
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw unexpected(field, "an object");
}
