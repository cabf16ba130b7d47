import { FactoryError } from "../errors.ts";
import type { IgnoreRules } from "./ignore.ts";

/** What stands at a path relative to the context, before its content is read. */
export type Found =
  | { readonly kind: "directory"; readonly path: string }
  /** `executable` where the source itself records it (git); else the file's mode says so. */
  | { readonly kind: "file"; readonly path: string; readonly executable?: boolean }
  | { readonly kind: "link"; readonly path: string };

/** Something that no build can be sent: a socket, a device, a name that is not UTF-8. */
export interface Unsendable {
  readonly kind: "unsendable";
  readonly path: string;
  readonly why: string;
}

type Verdict = ReturnType<IgnoreRules["judge"]>;

/**
 * What of a context is sent: everything that the rules do not ignore, and the directories above it. `list` gives what
 * stands directly in a directory, "" being the context; it is not asked about a directory out of which nothing is sent.
 */
export function selectSent<T extends { readonly kind: string; readonly path: string }>(
  list: (directory: string) => readonly T[],
  rules: IgnoreRules,
): T[] {
  const sent: T[] = [];
  const visit = (directory: string, above: Verdict | undefined): void => {
    for (const found of list(directory)) {
      const verdict = rules.judge(found.path, above);
      if (found.kind !== "directory") {
        if (!verdict.ignored) sent.push(found);
      } else if (!verdict.ignored || rules.mayHoldExceptions(found.path)) {
        const before = sent.push(found);
        visit(found.path, verdict);
        if (verdict.ignored && sent.length === before) sent.pop();
      }
    }
  };
  visit("", undefined);
  return sent;
}

/** @throws FactoryError "source-invalid", naming the path. */
export function assertSendable(found: Found | Unsendable): Found {
  if (found.kind !== "unsendable") return found;
  throw new FactoryError(
    "source-invalid",
    `${JSON.stringify(found.path)} cannot be sent to a build: ${found.why}`,
    {
      hint: "Remove it, or list it in .dockerignore.",
    },
  );
}
