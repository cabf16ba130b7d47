import { factoryVersion } from "../receipt/asker.ts";
import { receiptAgain } from "../receipt/receipt.ts";
import { type Digest, shortDigest } from "../registry/digest.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import { isPublishedHere } from "../state/tag-claim.ts";
import { anotherTry, type Difference, disagrees, notOurs, repairRemedy } from "./difference.ts";
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
    return state === undefined
      ? [
          {
            ...about,
            kind: "state-damaged",
            what: `it is damaged (${what}), and no receipt tells what was published`,
            remedy: `${remedy} puts it aside: ${name} then counts as never built`,
            repair: { kind: "put-aside", file: about.place },
          },
        ]
      : [
          {
            ...about,
            kind: "state-damaged",
            what: `it is damaged: ${what}`,
            remedy: `${remedy} rebuilds it from the receipts; ${kept}`,
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

function contentDifferences({ enrolment, missing }: Survey, state: ImageState): readonly Difference[] {
  const { name, repository } = enrolment;
  return [...missing].flatMap(([digest, parts]): readonly Difference[] => {
    if (parts.length === 0) return [];
    const isGone = parts[0] === `manifest ${digest}`;
    const isStanding = digest === state.digest;
    // What was retired is gone with its tags.
    if (isGone && !isStanding) return [];
    const about = {
      image: name,
      place: formatReference({ ...repository, digest }),
      exitStatus: disagrees,
    };
    if (isGone) {
      return [
        {
          ...about,
          kind: "image-lost",
          what: "the registry has lost what is published",
          remedy: `npm run build IMAGE=${name} publishes it anew`,
          repair: undefined,
        },
      ];
    }
    const platforms = Object.values(state.platforms).map((platform) => platform.digest);
    return [
      {
        ...about,
        kind: "incomplete",
        what: `it lacks ${parts.join(", ")}`,
        remedy: isStanding
          ? `${repairRemedy(name)} copies it from the staging repository where that still has it; else npm run build IMAGE=${name} FORCE=1`
          : `npm run history IMAGE=${name}: choose another for a rollback`,
        repair: isStanding ? { kind: "copy-platforms", digests: platforms } : undefined,
      },
    ];
  });
}

function tagDifferences(
  { enrolment, held, missing, receipts }: Survey,
  state: ImageState,
  { movesTags }: CompareDoor,
): readonly Difference[] {
  const { name, repository, workflow } = enrolment;
  const [newest] = state.publications;
  const unique = newest?.digest === state.digest ? [[newest.uniqueTag, newest.digest] as const] : [];
  const user = movesTags ? Object.entries(state.tags).map(([tag, left]) => [tag, left.digest] as const) : [];
  const receipted = new Set(receipts.flatMap((one) => ("receipt" in one ? [one.subject] : [])));
  const isThere = (digest: Digest) => missing.get(digest)?.[0] !== `manifest ${digest}`;
  return [...user, ...unique].flatMap(([tag, digest]): readonly Difference[] => {
    const holds = held.get(tag);
    if (holds === digest) return [];
    const place = formatReference({ ...repository, tag });
    if (holds === undefined) {
      if (!isThere(digest)) return [];
      return [
        {
          image: name,
          place,
          kind: "tag-gone",
          exitStatus: disagrees,
          what: `it is gone; it was left at ${digest}`,
          remedy: `${repairRemedy(name)} sets it again`,
          repair: { kind: "set-tag", tag, digest },
        },
      ];
    }
    const isKnown = isPublishedHere(holds, state) || receipted.has(holds);
    const remedy =
      workflow !== undefined && !isKnown
        ? `npm run build IMAGE=${name} records what ${workflow} has pushed`
        : `It stays there. Move ${tag} back or delete it in the registry, or take it out of images.yaml`;
    return [
      {
        image: name,
        place,
        kind: "tag-moved",
        exitStatus: notOurs,
        what: `somebody else moved it from ${digest} to ${holds}, ${isKnown ? "which was published here" : "which the factory does not know"}`,
        remedy,
        repair: undefined,
      },
    ];
  });
}

function receiptDifferences(survey: Survey, state: ImageState, { host }: CompareDoor): readonly Difference[] {
  const { enrolment, receipts, owed, size } = survey;
  const { name, repository, source } = enrolment;
  const told = [...receipts, ...owed].flatMap((one) => ("receipt" in one ? [one.receipt] : []));
  const [newest] = state.publications;
  const before = state.publications.find(({ digest }) => digest !== state.digest);
  return [...new Set([newest, before])].flatMap((publication): readonly Difference[] => {
    if (publication === undefined) return [];
    const { digest, uniqueTag } = publication;
    const isStanding = publication === newest && digest === state.digest;
    // Another receipt of the same bytes tells a rollback the same of them.
    const isTold = told.some((receipt) =>
      isStanding ? receipt.publication.uniqueTag === uniqueTag : receipt.digest === digest,
    );
    if (isTold || survey.missing.get(digest)?.[0] === `manifest ${digest}`) return [];
    const facts = { source, factory: factoryVersion, asked: { mode: "unknown", host } as const };
    const isKnown =
      isStanding && size !== undefined && state.scan !== undefined && state.adopted === undefined;
    return [
      {
        image: name,
        place: formatReference({ ...repository, digest }),
        kind: "receipt-missing",
        exitStatus: disagrees,
        what: `the receipt of its publication ${uniqueTag} is missing`,
        remedy: isKnown
          ? `${repairRemedy(name)} writes it again of the state, without what the scan found and who asked`
          : "What it was made of is known nowhere else: no rollback goes back to it",
        repair: isKnown
          ? { kind: "owe-receipt", receipt: receiptAgain(name, state, size, facts) }
          : undefined,
      },
    ];
  });
}

function unreadableReceipts({ enrolment, receipts }: Survey): readonly Difference[] {
  const { name, repository } = enrolment;
  return receipts.flatMap((one): readonly Difference[] =>
    "receipt" in one
      ? []
      : [
          {
            image: name,
            place: formatReference({ ...repository, digest: one.entry.digest }),
            kind: "receipt-damaged",
            exitStatus: disagrees,
            what: `${sentence(one.problem.message, repository)}, beside ${one.subject}`,
            remedy:
              "A newer factory may have written it. A receipt that is missing for it is made again of the state",
            repair: undefined,
          },
        ],
  );
}

function sentence(message: string, repository: Repository): string {
  const start = message.indexOf(" is ");
  return message.startsWith(formatRepository(repository)) && start > 0
    ? `it${message.slice(start)}`
    : message;
}

function owedDifferences({ enrolment: { name }, owed }: Survey): readonly Difference[] {
  return owed.map(
    (one): Difference =>
      "receipt" in one
        ? {
            image: name,
            place: one.file,
            kind: "receipt-owed",
            exitStatus: anotherTry,
            what: "the registry has not taken this receipt yet",
            remedy: `${repairRemedy(name)}, or the next build of ${name}, writes it`,
            repair: { kind: "settle-receipts", image: name },
          }
        : {
            image: name,
            place: one.file,
            kind: "file-damaged",
            exitStatus: disagrees,
            what: "it is not the receipt that was to be written",
            remedy: `${repairRemedy(name)} puts it aside and makes the receipt again of the state`,
            repair: { kind: "put-aside", file: one.file },
          },
  );
}
