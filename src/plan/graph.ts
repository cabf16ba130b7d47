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
