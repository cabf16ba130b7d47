import { platforms } from "./boundary.ts";
import { defectsOf, digestUnder } from "./checker.ts";
import { type Contender, type ContenderName, contenderNames, makeContender } from "./contenders.ts";
import type { Trouble } from "./fault.ts";
import { tag } from "./fault-world.ts";
import { matrixOf, titleOf } from "./matrix.ts";
import { choose } from "./random.ts";
import type { RequestKind } from "./requests.ts";
import type { FaultRun } from "./run-faults.ts";

/** What came of one fault for one of those who publish. */
export const outcomes = [
  "succeeded",
  "failed cleanly",
  "said unknown",
  "wrong with 0",
  "tag moved wrongly",
  "did not end",
] as const;
export type Outcome = (typeof outcomes)[number];

export interface Sighting {
  readonly contender: ContenderName;
  readonly trouble: string;
  readonly forGood: boolean;
  readonly outcome: Outcome;
  readonly status: number | null | undefined;
  readonly leftovers: readonly string[];
}

export interface SideBySide {
  readonly sightings: readonly Sighting[];
  /** Faults that the time was too short for. */
  readonly left: number;
}

/** Who has not ended by then is ended, and counts so. */
const deadlineMs = 150_000;

/**
 * Lets the factory and plain scripts meet the same faults at the same kinds of requests, in an order that follows from the
 * seed; in each lane one after another.
 */
export async function runSideBySide(
  options: Pick<FaultRun, "seed" | "from" | "only" | "lanes" | "untilMs" | "signal"> & {
    readonly say: (line: string) => void;
  },
): Promise<SideBySide> {
  const { lanes, untilMs, signal, say } = options;
  const all: Contender[] = [];
  const makeAll = async (): Promise<readonly Contender[]> => {
    const contenders: Contender[] = [];
    for (const name of contenderNames) {
      const contender = await makeContender(name);
      contenders.push(contender);
      all.push(contender);
    }
    return contenders;
  };
  try {
    const first = await makeAll();
    const asked: (readonly RequestKind[])[] = [];
    for (const contender of first) asked.push(await observe(contender));
    const shared = asked[0]?.filter((kind) => asked.every((kinds) => kinds.includes(kind))) ?? [];
    const troubles = matrixOf(shared, undefined).filter(({ nth, forGood }) => nth === 1 || forGood);
    const todo = [...choose(troubles, titleOf, options)];
    const sightings: Sighting[] = [];
    const work = async (contenders: readonly Contender[]) => {
      while (Date.now() < untilMs && !signal.aborted) {
        const trouble = todo.shift();
        if (trouble === undefined) return;
        for (const contender of contenders) {
          const sighting = await meet(contender, trouble);
          sightings.push(sighting);
          say(
            `${sighting.outcome.padEnd(18)} ${contender.name}: ${sighting.trouble} ${sighting.leftovers.join(" ")}`,
          );
        }
      }
    };
    const others = Array.from({ length: lanes - 1 }, async () => {
      const contenders = await makeAll();
      for (const contender of contenders) await observe(contender);
      await work(contenders);
    });
    await Promise.all([work(first), ...others]);
    return { sightings, left: todo.length };
  } finally {
    await Promise.all(all.map((contender) => contender.end()));
  }
}

/** The kinds of requests that a publication makes when nothing goes wrong; the second one, as there is something before it. */
async function observe(contender: Contender): Promise<readonly RequestKind[]> {
  for (const _ of [1, 2]) {
    const marker = await contender.change();
    contender.proxy.begin();
    const status = await contender.publish(deadlineMs);
    const wrong = await wrongWith(contender, marker);
    if (status !== 0 || wrong.length > 0)
      throw new Error(`${contender.name} ended with ${status} where nothing failed: ${wrong.join(", ")}`);
  }
  return [...new Set(contender.proxy.seen)];
}

async function meet(contender: Contender, trouble: Trouble): Promise<Sighting> {
  const { registry, repository, proxy } = contender;
  const before = await digestUnder(registry, repository, tag);
  const known = await contender.leftBehind();
  const marker = await contender.change();
  proxy.begin(trouble);
  const status = await contender.publish(deadlineMs);
  proxy.begin();
  const moved = (await digestUnder(registry, repository, tag)) !== before;
  const right = moved && (await wrongWith(contender, marker)).length === 0;
  const leftovers = (await contender.leftBehind()).filter((thing) => !known.includes(thing));
  return {
    contender: contender.name,
    trouble: titleOf(trouble),
    forGood: trouble.forGood,
    outcome: outcomeOf(status, moved, right),
    status,
    leftovers,
  };
}

/** A failure that has moved the tag is a lie even where what it moved to is right; 66 says that nobody knows. */
function outcomeOf(status: number | null | undefined, moved: boolean, right: boolean): Outcome {
  if (status === undefined) return "did not end";
  if (status === 0) return right ? "succeeded" : "wrong with 0";
  if (status === 66) return "said unknown";
  return moved ? "tag moved wrongly" : "failed cleanly";
}

/** What is not as it is without a fault: platforms, contents, and the format of the index. */
async function wrongWith({ registry, repository }: Contender, marker: string): Promise<readonly string[]> {
  const digest = await digestUnder(registry, repository, tag);
  if (digest === undefined) return ["nothing is published"];
  const type = await typeOf(registry, repository, digest);
  const index = "application/vnd.oci.image.index.v1+json";
  return [
    ...(type === index ? [] : [`it is ${type}`]),
    ...(await defectsOf(registry, repository, digest, { platforms, marker })),
  ];
}

async function typeOf(registry: string, repository: string, digest: string): Promise<string | null> {
  const accept =
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json";
  const answer = await fetch(`http://${registry}/v2/${repository}/manifests/${digest}`, {
    headers: { accept },
  });
  return answer.headers.get("content-type");
}

/** How often each contender came to which end, and how often it left something behind. */
export function sideBySideLines({ sightings, left }: SideBySide, seed: number): readonly string[] {
  const columns = [...outcomes, "leftovers"];
  const rows = [false, true].flatMap((forGood) =>
    contenderNames.map((name) => {
      const own = sightings.filter((one) => one.contender === name && one.forGood === forGood);
      const counts = outcomes.map((outcome) => own.filter((one) => one.outcome === outcome).length);
      const untidy = own.filter(({ leftovers }) => leftovers.length > 0).length;
      const cells = [...counts, untidy].map((count, at) => String(count).padStart(columns[at]?.length ?? 0));
      return `${(forGood ? "for good" : "once").padEnd(9)} ${name.padEnd(21)} ${String(own.length).padStart(5)}  ${cells.join("  ")}`;
    }),
  );
  return [
    `${"fault".padEnd(9)} ${"who".padEnd(21)} cases  ${columns.join("  ")}`,
    ...rows,
    `seed ${seed}${left === 0 ? "" : `; ${left} faults were left out for lack of time`}`,
  ];
}
