import type { WatchedImage } from "../enrolment/enrolment.ts";
import type { ExitStatus } from "../errors.ts";
import { blastRadius, findBase, type NamedBase } from "../plan/blast-radius.ts";
import type { Resolver } from "../resolve/resolver.ts";
import { blastRadiusLines } from "./blast-radius-table.ts";
import type { Session } from "./main.ts";
import { failuresJson, reportFailures } from "./plan-report.ts";

/** What is enrolled, and how the answer is printed. */
export interface BlastRadiusDoor {
  /** Names of all enrolled images: each may depend on what is asked for. */
  readonly all: readonly string[];
  readonly watched: readonly WatchedImage[];
  readonly resolver: Resolver;
  readonly json: boolean;
}

/**
 * Prints what is built from a base, by reference or name, or from enrolled images; images that could not be looked at are
 * named on stderr, for they may be among them. That nothing is built from it is an answer like any other.
 * @returns 0, or what the failures ask for.
 */
export async function reportBlastRadius(
  of: string | readonly string[],
  { all, watched, resolver, json }: BlastRadiusDoor,
  { print, showError }: Pick<Session, "print" | "showError">,
): Promise<ExitStatus> {
  const { images, failures } = await resolver.resolve(all).finally(resolver.close);
  const facts = [...images.values()].map((image) => image.facts);
  const base: NamedBase =
    typeof of === "string"
      ? findBase(of, facts, watched)
      : { of: of.map((image) => ({ kind: "enrolled", image })), hint: "" };
  const radius = blastRadius(base.of, facts);
  if (json) print(JSON.stringify({ ...radius, failures: failuresJson(failures) }, undefined, 2));
  else for (const line of blastRadiusLines(radius, base.hint)) print(line);
  return reportFailures(failures, showError);
}
