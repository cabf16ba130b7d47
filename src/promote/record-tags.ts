import { type Promotion, promotedStates, promotedTags } from "../receipt/promotion.ts";
import { readRecord, writeStanding, writeState } from "../state/state-file.ts";
import { isOf } from "../state/tag-claim.ts";
import type { Subject } from "./subject.ts";

/** How many promotions a state remembers; registries keep more. */
export const rememberedPromotions = 200;

/**
 * Records in the state of an enrolled image what was promoted; of its own repository also where its tags are now. The
 * caller has the lock of the image's repository.
 */
export async function recordTags(
  { name, enrolment, repository }: Pick<Subject, "name" | "enrolment" | "repository">,
  promotion: Promotion,
  isOwn: boolean,
  { stateDir }: { readonly stateDir: string },
): Promise<void> {
  if (enrolment === undefined) return;
  const { digest, at, repository: place } = promotion;
  const { state, promotions = [] } = await readRecord(stateDir, name);
  if (isOwn && isOf(state, repository)) {
    const own = Object.entries(promotedStates([promotion]));
    const known = own.filter(([tag]) => state.tags[tag]?.digest !== digest);
    await writeState(stateDir, name, { ...state, tags: { ...state.tags, ...Object.fromEntries(known) } });
  }
  const newest = promotedTags(promotion);
  const earlier = promotions.filter((other) => other.at !== at || other.repository !== place);
  await writeStanding(stateDir, name, { promotions: [newest, ...earlier].slice(0, rememberedPromotions) });
}
