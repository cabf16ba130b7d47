import { factoryVersion } from "../receipt/asker.ts";
import { receiptAgain } from "../receipt/receipt.ts";
import { formatReference, formatRepository, type Repository } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import type { CompareDoor } from "./compare.ts";
import { anotherTry, type Difference, disagrees, repairRemedy } from "./difference.ts";
import type { Survey } from "./survey.ts";

/** Publications of which nothing tells any more what they were made of. */
export function receiptDifferences(
  survey: Survey,
  state: ImageState,
  { host }: Pick<CompareDoor, "host">,
): readonly Difference[] {
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

/** What is listed as a receipt and is none. */
export function unreadableReceipts({ enrolment, receipts }: Survey): readonly Difference[] {
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

/** Receipts that the registry has not taken yet. */
export function owedDifferences({ enrolment: { name }, owed }: Survey): readonly Difference[] {
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
