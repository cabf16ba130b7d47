import type { Enrolment } from "./enrolment/enrolment.ts";
import { renderTags } from "./enrolment/tags.ts";
import { FactoryError } from "./errors.ts";
import { type Log, timed } from "./log.ts";
import { isNonEmpty, type NonEmpty } from "./non-empty.ts";
import { missingParts } from "./publish/completeness.ts";
import type { PublishDoor } from "./publish/publish.ts";
import { rollBack } from "./publish/rollback.ts";
import { factoryVersion, userName, whoAsks } from "./receipt/asker.ts";
import { publicationsOf } from "./receipt/history.ts";
import { readReceipts } from "./receipt/read.ts";
import { rollbackTarget } from "./receipt/rollback-target.ts";
import { type Digest, shortDigest } from "./registry/digest.ts";
import { pullReference } from "./registry/pull-reference.ts";
import { formatRepository } from "./registry/reference.ts";
import { scanPublished } from "./scan/scan-published.ts";
import type { BlockedScan, PlatformScan } from "./scan/scan-report.ts";
import type { Scanner } from "./scan/scanner.ts";
import { blockedError } from "./scan/table.ts";
import { activeHold, formatHold } from "./state/holds.ts";
import { type ImageRecord, readRecord } from "./state/state-file.ts";
import { isOf } from "./state/tag-claim.ts";

export interface RollbackWords {
  readonly enrolment: Enrolment;
  readonly to: string | undefined;
  readonly why: string;
  readonly allow: readonly ("blocked" | "held")[];
}

export interface RollbackDoor extends PublishDoor {
  readonly log: Log;
  readonly scanner: () => Scanner;
}

/**
 * Finds what an image is to go back to, makes sure that it can be pulled and passes, and puts its tags there.
 * @returns the reference by which it is pulled.
 * @throws FactoryError "usage", "policy-refused", "scan-blocked", and as `rollBack`.
 */
export async function carryOutRollback(
  { enrolment, to, why, allow }: RollbackWords,
  door: RollbackDoor,
): Promise<string> {
  const { name: image, repository } = enrolment;
  const { client, log } = door;
  const record = await readRecord(door.stateDir, image);
  const { state } = record;
  if (!isOf(state, repository)) {
    throw new FactoryError("usage", `${image} is not published yet`, {
      hint: `npm run build IMAGE=${image}`,
    });
  }
  checkHold(image, record, allow, door);
  const publications = await publicationsOf(repository, state, client);
  const { digest, uniqueTag } = rollbackTarget(image, to, record, publications);
  const note = (text: string) => log({ kind: "note", image, text });
  const tags = tagsOf(enrolment);
  if (await isThere(record, digest, enrolment, tags, door)) {
    note(`nothing to do: its tags are at sha256:${shortDigest(digest)}`);
    return pullReference(client, repository, digest);
  }
  const receipts = await readReceipts(repository, digest, client);
  // Another receipt of the same bytes tells the same of them.
  const target = receipts.find(({ publication }) => publication.uniqueTag === uniqueTag) ?? receipts[0];
  const missing = await missingParts(repository, digest, client);
  if (missing.length > 0) {
    throw new FactoryError(
      "policy-refused",
      `${image}: ${formatRepository(repository)}@${digest} is not complete, so its tags do not go back to it`,
      {
        problems: missing.map((part) => `it lacks ${part}`),
        hint: `Choose another publication: npm run history IMAGE=${image}.`,
      },
    );
  }
  if (target === undefined) {
    throw new FactoryError(
      "policy-refused",
      `${image}: ${digest} has no receipt, so it is not known what it was made of`,
      { hint: "It was published before there were receipts. Build its commit: npm run build REF=<commit>." },
    );
  }
  const { rescan } = door.scanner();
  const scans = await timed(log, "scan", { image }, () =>
    scanPublished(enrolment, digest, { client, scan: rescan }),
  );
  const blocked = scans.filter((scan): scan is BlockedScan => scan.verdict === "blocked");
  if (isNonEmpty(blocked) && !allow.includes("blocked")) throw refusal(blocked);
  const after = await rollBack(
    {
      image,
      repository,
      target,
      plannedOn: state,
      tags,
      scans: scans satisfies NonEmpty<PlatformScan>,
      why,
      by: userName(),
      allowed: allow.length === 0 ? undefined : { safeties: allow, why },
      receipt: { source: enrolment.source, asked: whoAsks("manual"), factory: factoryVersion },
    },
    door,
  );
  note(
    `rolled back sha256:${shortDigest(state.digest)}→sha256:${shortDigest(after.digest)} as ${tags.join(", ")}`,
  );
  note(`it stays there until: npm run lift IMAGE=${image}`);
  return pullReference(client, repository, after.digest);
}

/** A hold that somebody else asked for is theirs to lift. */
function checkHold(
  image: string,
  record: ImageRecord,
  allow: RollbackWords["allow"],
  { clock }: RollbackDoor,
): void {
  const hold = activeHold(record.hold, clock().getTime());
  if (hold === undefined || hold.rollback !== undefined || allow.includes("held")) return;
  throw new FactoryError("policy-refused", `${image} is ${formatHold(hold)}`, {
    hint: `Lift it (npm run lift IMAGE=${image}), or replace it by the rollback's: ALLOW=held.`,
  });
}

/** The tags that move from publication to publication: a tag of a commit or version stays with what it names. */
function tagsOf(enrolment: Enrolment): NonEmpty<string> {
  const { tags } = renderTags(enrolment, {});
  if (isNonEmpty(tags)) return tags;
  throw new FactoryError("policy-refused", `${enrolment.name} has no tag that moves`, {
    hint: "Each of its tags names a commit, version or day. Pull the earlier tag by its own name.",
  });
}

/** Whether everything is as the rollback would leave it. */
async function isThere(
  { state, hold }: ImageRecord,
  digest: Digest,
  { repository }: Enrolment,
  tags: readonly string[],
  { client, clock }: RollbackDoor,
): Promise<boolean> {
  if (state?.digest !== digest || activeHold(hold, clock().getTime())?.rollback?.to !== digest) return false;
  const held = await Promise.all(tags.map((tag) => client.headManifest(repository, tag)));
  return held.every((found) => found?.digest === digest);
}

function refusal(blocked: NonEmpty<BlockedScan>): FactoryError {
  const { code, message, problems } = blockedError(blocked);
  return new FactoryError(code, message.replace(" is not published:", " is not rolled back:"), {
    problems,
    hint: "Choose another publication with TO=, or put it back all the same: ALLOW=blocked WHY=…",
  });
}
