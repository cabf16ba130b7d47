import { shortDigest } from "../registry/digest.ts";
import type { ImageState } from "../state/image-state.ts";
import { owedDifferences, receiptDifferences, unreadableReceipts } from "./compare-receipts.ts";
import { contentDifferences, tagDifferences } from "./compare-registry.ts";
import { anotherTry, type Difference, disagrees, repairRemedy } from "./difference.ts";
import { holdAfter } from "./rebuild-state.ts";
import type { Survey } from "./survey.ts";

export interface CompareDoor {
  readonly stateDir: string;
  /** Whether the tags of images.yaml are the factory's to move. */
  readonly movesTags: boolean;
  readonly host: string;
}

/** Everything in which state, registry and receipts of one image do not agree, with what can be done about each. */
export function compare(survey: Survey, door: CompareDoor): readonly Difference[] {
  return [
    ...stateDifferences(survey, door),
    ...(survey.state === undefined
      ? []
      : [
          ...contentDifferences(survey, survey.state),
          ...tagDifferences(survey, survey.state, door),
          ...receiptDifferences(survey, survey.state, door),
        ]),
    ...unreadableReceipts(survey),
    ...owedDifferences(survey),
  ];
}

function stateDifferences(
  { enrolment: { name }, recorded, state, receipts, owed, elsewhere }: Survey,
  { stateDir }: CompareDoor,
): readonly Difference[] {
  const about = { image: name, place: `${stateDir}/images/${name}.yaml`, exitStatus: disagrees };
  const told = [...receipts, ...owed].flatMap((one) => ("receipt" in one ? [one.receipt] : []));
  const remedy = repairRemedy(name);
  if (recorded.kind === "damaged") {
    const hold = recorded.hold ?? holdAfter(told);
    const kept = `what is there is kept beside${hold === undefined ? "; whether it was held has to be looked up in that" : ", and held as it seems to have been"}`;
    const what = recorded.problem.message.replace(`${about.place} is damaged: `, "");
    return [
      {
        ...about,
        kind: "state-damaged",
        what: `it is damaged: ${what}`,
        remedy:
          state === undefined
            ? `${remedy} takes what is damaged out; no receipt tells what was published, so ${name} counts as never built; ${kept}`
            : `${remedy} rebuilds it from the receipts; ${kept}`,
        repair: { kind: "restore-state", state, hold, damaged: true },
      },
    ];
  }
  const own = recorded.kind === "read" ? recorded : undefined;
  if (state !== undefined && own?.state !== state && own?.state?.repository !== state.repository) {
    const hold = own?.hold ?? holdAfter(told);
    const newest = `sha256:${shortDigest(state.digest)}`;
    return [
      {
        ...about,
        kind: "state-missing",
        what: `it says nothing of ${state.publications.length} publications that receipts tell of, the newest ${newest}`,
        remedy: `${remedy} rebuilds it from the receipts`,
        repair: { kind: "restore-state", state, hold, damaged: false },
      },
    ];
  }
  if (state !== undefined && own?.state !== state) {
    const known = new Set(own?.state?.publications.map(({ uniqueTag }) => uniqueTag));
    const unknown = state.publications.filter(({ uniqueTag }) => !known.has(uniqueTag));
    const what =
      unknown.length === 0
        ? "the receipts in the registry are newer"
        : `it does not know of ${unknown.map(({ uniqueTag }) => uniqueTag).join(", ")}, of which there are receipts`;
    return [
      {
        ...about,
        kind: "state-behind",
        what,
        remedy: `${remedy} adds what the receipts tell`,
        repair: { kind: "write-state", state },
      },
    ];
  }
  return unfinishedDifferences(name, own?.unfinished ?? [], about, elsewhere);
}

function unfinishedDifferences(
  name: string,
  unfinished: NonNullable<ImageState["publishing"]>,
  about: Pick<Difference, "image" | "place">,
  elsewhere: Survey["elsewhere"],
): readonly Difference[] {
  if (unfinished.length === 0) return [];
  const tags = unfinished.map(({ uniqueTag }) => uniqueTag).join(", ");
  // Its own tag is the first that a publication gets.
  const begun = unfinished.filter(({ uniqueTag }) => elsewhere.has(uniqueTag));
  return [
    {
      ...about,
      kind: "unfinished",
      exitStatus: anotherTry,
      what: `a run that died was about to publish ${tags}`,
      remedy: `npm run build IMAGE=${name} completes it`,
      repair: begun.length === 0 ? { kind: "write-unfinished", unfinished: [] } : undefined,
    },
  ];
}
