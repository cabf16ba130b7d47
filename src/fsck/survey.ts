import type { Enrolment } from "../enrolment/enrolment.ts";
import { missingParts } from "../publish/completeness.ts";
import { type OwedReceipt, readOwed } from "../receipt/owed.ts";
import { type FoundReceipt, findReceipts, publishedDigests } from "../receipt/read.ts";
import type { Receipt } from "../receipt/receipt.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { Digest } from "../registry/digest.ts";
import { formatRepository } from "../registry/reference.ts";
import type { ImageState } from "../state/image-state.ts";
import { type InspectedState, inspectState } from "../state/state-file.ts";
import { isOf } from "../state/tag-claim.ts";
import { createTurns } from "../turns.ts";
import { rebuiltState, withReceipts } from "./rebuild-state.ts";

export interface SurveyDoor {
  readonly client: RegistryClient;
  readonly stateDir: string;
}

/** All that state, registry and receipts say of one image. */
export interface Survey {
  readonly enrolment: Enrolment;
  readonly recorded: InspectedState;
  readonly owed: readonly OwedReceipt[];
  readonly receipts: readonly SurveyedReceipt[];
  /** The state as it should be by its receipts; undefined for an image of which nothing is known. */
  readonly state: ImageState | undefined;
  /** Unique tags in the registry that the recorded state does not know. */
  readonly elsewhere: ReadonlyMap<string, Digest>;
  /** What the tags of that state hold, its unique tags too; undefined for one that is gone. */
  readonly held: ReadonlyMap<string, Digest | undefined>;
  /** What the registry lacks of each digest that people pull, or would go back to. */
  readonly missing: ReadonlyMap<Digest, readonly string[]>;
  /** Bytes of the standing index; undefined when it is gone. */
  readonly size: number | undefined;
}

export type SurveyedReceipt = FoundReceipt & { readonly subject: Digest };

/** Requests for digests of one image at one time; each is several. */
const atOnce = 8;

/** Looks at everything that is known of an image. Changes nothing. @throws FactoryError as `RegistryClient` and `inspectState`. */
export async function survey(enrolment: Enrolment, { client, stateDir }: SurveyDoor): Promise<Survey> {
  const { name, repository } = enrolment;
  const inTurn = createTurns(atOnce);
  const recorded = await inspectState(stateDir, name);
  const own = recorded.kind === "read" && isOf(recorded.state, repository) ? recorded.state : undefined;
  const owed = (await readOwed(name, stateDir)).filter(
    (one) => !("receipt" in one) || one.receipt.repository === formatRepository(repository),
  );
  const known = new Set(own?.publications.map(({ uniqueTag }) => uniqueTag));
  const elsewhere = await publishedDigests(repository, known, client);
  const standing = own === undefined ? [] : digestsOf(own);
  const subjects = [...new Set([...standing, ...elsewhere.values()])];
  const receipts = (
    await Promise.all(
      subjects.map((subject) =>
        inTurn(async () =>
          (await findReceipts(repository, subject, client)).map((found) => ({ ...found, subject })),
        ),
      ),
    )
  ).flat();
  const told = ofImage(name, [
    ...receipts.flatMap((one) => ("receipt" in one ? [one.receipt] : [])),
    ...owed.flatMap((one) => ("receipt" in one ? [one.receipt] : [])),
  ]);
  const state = own === undefined ? rebuiltState(told) : withReceipts(own, told);
  const tags = state === undefined ? [] : [...Object.keys(state.tags), ...uniqueTagOf(state)];
  const held = await Promise.all(
    tags.map((tag) =>
      inTurn(async () => [tag, (await client.headManifest(repository, tag))?.digest] as const),
    ),
  );
  const digests = state === undefined ? [] : digestsOf(state);
  const missing = await Promise.all(
    digests.map((digest) =>
      inTurn(async () => [digest, await missingParts(repository, digest, client)] as const),
    ),
  );
  const size = state === undefined ? undefined : (await client.headManifest(repository, state.digest))?.size;
  return {
    ...{ enrolment, recorded, owed, receipts, state, size, elsewhere },
    held: new Map(held),
    missing: new Map(missing),
  };
}

/** Of two images in one repository each has receipts of its own. */
function ofImage(name: string, receipts: readonly Receipt[]): readonly Receipt[] {
  return receipts.filter(({ image }) => image === name);
}

function uniqueTagOf({ publications: [newest], digest }: ImageState): readonly string[] {
  return newest?.digest === digest ? [newest.uniqueTag] : [];
}

/** What people pull: the standing digest, the one before it, and what any tag was left at. */
function digestsOf({ digest, publications, tags }: ImageState): readonly Digest[] {
  const before = publications.find((publication) => publication.digest !== digest)?.digest;
  const tagged = Object.values(tags).map((left) => left.digest);
  return [...new Set([digest, ...(before === undefined ? [] : [before]), ...tagged])];
}
