/** Something that an apply would change. */
export interface Difference {
  /** `spec.schedule`. */
  readonly path: string;
  /** Undefined where there was nothing. */
  readonly from: unknown;
  readonly to: unknown;
}

/** What the server writes by itself. */
const ownFields = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

/** What an object is and what it would be, field by field; the server's own fields and the status do not count. */
export function differences(live: object, applied: object): readonly Difference[] {
  return [...compare("", withoutOwn(live), withoutOwn(applied))];
}

function withoutOwn(object: object): object {
  const {
    status: _,
    metadata,
    ...rest
  } = object as { readonly status?: unknown; readonly metadata?: object };
  const kept = Object.entries(metadata ?? {}).filter(([key]) => !ownFields.includes(key));
  return { ...rest, metadata: Object.fromEntries(kept) };
}

function* compare(path: string, from: unknown, to: unknown): Generator<Difference> {
  if (isBranch(from) && isBranch(to) && Array.isArray(from) === Array.isArray(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      const step = Array.isArray(to) ? `${path}[${key}]` : `${path}${path === "" ? "" : "."}${key}`;
      yield* compare(step, from[key], to[key]);
    }
    return;
  }
  if (JSON.stringify(from) !== JSON.stringify(to)) yield { path, from, to };
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** `spec.schedule: "0 2 * * *" → "0 3 * * *"`, cut where it is long. */
export function differenceLine({ path, from, to }: Difference): string {
  return `${path}: ${shown(from)} → ${shown(to)}`;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
