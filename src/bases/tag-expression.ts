import { runInNewContext } from "node:vm";
import { FactoryError } from "../errors.ts";

/** Far more than an expression needs that somebody wrote for tags. */
const longestMs = 1_000;

/** Judging a list costs the start of a watchdog; what cannot run away is judged without. */
const mostRepeats = 1;

/**
 * Which of the tags an expression of images.yaml matches, in their order. The tags are whatever a registry lists, and an
 * expression such as `^(a+)+$` takes years for some of them.
 * @throws FactoryError "images-invalid" when it takes longer than a second.
 */
export function matchingTags(expression: string, tags: readonly string[]): readonly string[] {
  if (cannotRunAway(expression)) {
    const pattern = new RegExp(expression);
    return tags.filter((tag) => pattern.test(tag));
  }
  const code = "const pattern = new RegExp(expression); tags.map((tag) => pattern.test(tag))";
  try {
    const matches: readonly boolean[] = runInNewContext(code, { expression, tags }, { timeout: longestMs });
    return tags.filter((_, index) => matches[index]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new FactoryError(
      "images-invalid",
      `allowTags ${JSON.stringify(expression)} takes more than ${longestMs / 1_000} s for the ${tags.length} tags that the registry lists`,
      {
        hint: "Write it without repetitions within repetitions: ^a+$ in the place of ^(a+)+$.",
        cause: error,
      },
    );
  }
}

/** At most one repetition and none of a group: the work is bounded by the square of the 128 characters of a tag. */
function cannotRunAway(expression: string): boolean {
  const bare = expression.replace(/\\./gsu, "x").replace(/\[[^\]]*\]/g, "x");
  return !/\)[*+?{]/.test(bare) && (bare.match(/[*+{]/g) ?? []).length <= mostRepeats;
}
