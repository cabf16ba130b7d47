import type { SecretUse } from "./bases.ts";
import type { Problem } from "./problem.ts";

/**
 * The secrets that a step requires and the enrolment does not give. As in Docker, a step that does not say
 * `required` runs without its secret.
 */
export function missingSecrets(
  used: readonly SecretUse[],
  declared: readonly { readonly id: string }[],
): readonly Problem[] {
  return used
    .filter(({ id, required }) => required && !declared.some((secret) => secret.id === id))
    .map(({ id, line }) => ({
      line,
      text: `RUN requires the secret ${id}, which the image does not have`,
      remedy: `Add it under secrets in images.yaml: {id: ${id}, ...}.`,
    }));
}
