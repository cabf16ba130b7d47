import { FactoryError } from "../errors.ts";

/** The one placeholder of args, labels and annotations. All other braces are text, as JSON in a label needs. */
const commitPlaceholder = "{commit}";

/** What is wrong with a value of args, labels or annotations, or undefined. */
export function explainValue(text: string): string | undefined {
  const wrong = /\{(?:version|date)\}/.exec(text)?.[0];
  return wrong === undefined
    ? undefined
    : `expected no ${wrong}, which tags alone may have ({commit} may stand here)`;
}

/** Whether a new commit makes new values, and with them another platform key. */
export function needsCommit(values: Readonly<Record<string, string>>): boolean {
  return Object.values(values).some((value) => value.includes(commitPlaceholder));
}

/**
 * The values with this run's full commit in the place of each `{commit}`.
 * @throws FactoryError "source-ref-missing" when a value wants a commit and there is none.
 */
export function renderValues(
  image: string,
  values: Readonly<Record<string, string>>,
  commit: string | undefined,
): Readonly<Record<string, string>> {
  if (!needsCommit(values)) return values;
  if (commit === undefined) {
    throw new FactoryError("source-ref-missing", `${image}: {commit} is used, and its source has no commit`, {
      hint: `Use a git source, or take {commit} out of the args, labels and annotations of ${image}.`,
    });
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value.replaceAll(commitPlaceholder, () => commit)]),
  );
}
