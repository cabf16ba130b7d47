import { isGoing, type PlaceReport } from "../gc/gc.ts";
import { sizeOf } from "../registry/embedded/describe-status.ts";
import { formatRepository } from "../registry/reference.ts";
import { errorJson } from "./main.ts";

/** What goes of each repository, and what stays that a policy let go: one line for each, with why. */
export function goingLines(reports: readonly PlaceReport[]): readonly string[] {
  return reports.flatMap((report) => {
    const { place, decision, bytes } = report;
    const name = formatRepository(place.repository);
    const stays = (decision?.stays ?? []).map(({ tag, why }) => `${name}:${tag} stays: ${why}`);
    if (decision === undefined || !isGoing(report)) return stays;
    const { manifests, tags } = decision.sweep;
    return [
      `${name}: ${counted(tags.length, "tag")}, ${counted(manifests.length, "manifest")}, at most ${sizeOf(bytes)}`,
      ...tags.map((tag) => `  ${tag}  ${decision.retired.get(tag) ?? "referrers of what goes"}`),
      ...stays,
    ];
  });
}

/** What became of each repository that something was to be deleted of. */
export function doneLines(reports: readonly PlaceReport[]): readonly string[] {
  return reports.flatMap((report) => {
    const { place, collected } = report;
    if (collected === undefined || !isGoing(report)) return [];
    const { deleted, tags, left, refused } = collected;
    const name = formatRepository(place.repository);
    return [
      ...(deleted.length + tags.length > 0
        ? [`${name}: deleted ${counted(tags.length, "tag")} and ${counted(deleted.length, "manifest")}`]
        : []),
      ...(left.length === 0
        ? []
        : [
            `${name}: the registry deletes no tags, so these stay beside others of their digests: ${left.join(", ")}`,
          ]),
      ...(refused === undefined ? [] : [`${name}: ${refused}`]),
    ];
  });
}

export function gcJson({ place, decision, bytes, collected, error }: PlaceReport): object {
  const tags = decision?.sweep.tags.map((tag) => ({
    tag,
    digest: decision.inventory.tags[tag],
    why: decision.retired.get(tag) ?? "referrers of what goes",
  }));
  return {
    repository: formatRepository(place.repository),
    kind: place.kind,
    tags: tags ?? [],
    manifests: decision?.sweep.manifests ?? [],
    mostBytes: bytes,
    stays: decision?.stays ?? [],
    ...(collected === undefined ? {} : { collected }),
    ...(error === undefined ? {} : { error: errorJson(error) }),
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
