import type { TrivyReport } from "./trivy-report.ts";

/** Names in a sentence before the rest is only counted. */
const maxNames = 5;

/**
 * What a reader of a verdict has to know beside it. `unjudged` is why the system's packages were not judged; a report
 * that has such packages all the same is of an image that is declared to have none.
 */
export function warningsOf(report: TrivyReport, unjudged: string | undefined): readonly string[] {
  const { os } = report;
  const packages = report.results.flatMap((result) => result.packages);
  const thirdParty = packages.filter((found) => found.isThirdParty).map(({ name }) => name);
  const hasSystem = os !== undefined && os.family !== "none";
  return [
    os?.endOfLife === true
      ? `${os.family} ${os.name} gets no security updates any more: more is wrong with it than is found`
      : [],
    thirdParty.length > 0
      ? `no advisories speak of these packages of third parties: ${listed(thirdParty)}`
      : [],
    unjudged !== undefined && hasSystem
      ? `it is declared to have no packages of a system, and its system was not judged: ${unjudged}`
      : [],
  ].flat();
}

function listed(names: readonly string[]): string {
  const more = names.length - maxNames;
  return `${names.slice(0, maxNames).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
