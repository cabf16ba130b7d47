import { FactoryError } from "../errors.ts";

/**
 * Orders names so that each comes after everything it needs; otherwise they stay in the order given.
 * `needs` may name things that are not in `names`: those are left out.
 * @throws FactoryError "dependency-cycle", naming the images in the cycle in order.
 */
export function orderByNeeds(
  names: readonly string[],
  needs: (name: string) => readonly string[],
): readonly string[] {
  const known = new Set(names);
  const ordered = new Set<string>();
  const path = new Set<string>();
  // An explicit stack: an enrolment may be deeper than the call stack.
  for (const root of names) {
    const stack: { readonly name: string; readonly rest: string[] }[] = [];
    const enter = (name: string) => {
      if (path.has(name)) throw cycle([...path], name);
      path.add(name);
      stack.push({ name, rest: needs(name).filter((need) => known.has(need)) });
    };
    if (!ordered.has(root)) enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.rest.shift();
      if (next === undefined) {
        ordered.add(top.name);
        path.delete(top.name);
        stack.pop();
      } else if (!ordered.has(next)) enter(next);
    }
  }
  return [...ordered];
}

/** `roots` and everything that they need, directly or not. */
export function withNeeds(
  roots: readonly string[],
  needs: (name: string) => readonly string[],
): ReadonlySet<string> {
  const found = new Set(roots);
  for (const name of found) for (const need of needs(name)) found.add(need);
  return found;
}

function cycle(path: readonly string[], back: string): FactoryError {
  const loop = [...path.slice(path.indexOf(back)), back];
  return new FactoryError(
    "dependency-cycle",
    `images are built from each other in a circle: ${loop.join(" → ")}`,
    {
      hint: "Remove one of these FROM lines, or name that base by a digest: a digest makes no edge.",
    },
  );
}

/** How something depends on one of the roots: by `via`, which is a root or is `level - 1` steps away from one. */
export interface Dependence {
  readonly level: number;
  readonly via: string;
}

/** Every name that needs one of `roots`, directly or not, by a shortest way; nearest first, otherwise in the order given. */
export function withDependants(
  roots: readonly string[],
  names: readonly string[],
  needs: (name: string) => readonly string[],
): ReadonlyMap<string, Dependence> {
  const neededBy = new Map<string, string[]>();
  for (const name of names) {
    for (const need of needs(name)) {
      const others = neededBy.get(need);
      if (others === undefined) neededBy.set(need, [name]);
      else others.push(name);
    }
  }
  const found = new Map<string, Dependence>();
  const reached = new Set(roots);
  for (const via of reached) {
    const level = (found.get(via)?.level ?? 0) + 1;
    for (const name of neededBy.get(via) ?? []) {
      if (reached.has(name)) continue;
      reached.add(name);
      found.set(name, { level, via });
    }
  }
  return found;
}
