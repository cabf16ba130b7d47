import { setTimeout as sleep } from "node:timers/promises";
import type { Started } from "../end-to-end/world.ts";
import { defectsOf, uniqueTags } from "./checker.ts";
import { platforms } from "./fault-world.ts";
import { type Place, type RaceWorld, saidBy } from "./race-world.ts";
import type { RequestKind } from "./requests.ts";
import type { TitledCase } from "./run-titled.ts";

/** Runs that meet. */
export type Race = TitledCase<RaceWorld>;

/** So many runs of one build begin at once, in each of the places in turn: the work is done once in each work folder. */
export function crowd(processes: number, places: "one place" | "two work folders"): Race {
  const isOne = places === "one place";
  return {
    title: `${processes} processes build one image${isOne ? "" : " in two work folders with one state"}`,
    how: isOne ? "on one image" : "in two work folders",
    run: async (race) => {
      const at = isOne ? [race.place("", "state")] : [race.place("", "state"), race.place("second", "state")];
      const [image] = race.images;
      const marker = await race.change(image);
      const before = await uniqueTags(race.registry, image);
      race.proxy.begin();
      const runs = await Promise.all(
        Array.from({ length: processes }, (_, nth) => race.start(image, at[nth % at.length] as Place).ended),
      );
      const digest = await race.standing(image);
      const defects = runs.flatMap((run, nth) => {
        const said = run.status === 0 ? saidBy(run) : undefined;
        if (said === undefined) return [`process ${nth}: exit ${run.status}: ${run.stderr.slice(-300)}`];
        return said.digest === digest ? [] : [`process ${nth}: ${said.kind} ${said.digest}, not ${digest}`];
      });
      const pushes = race.proxy.seen.filter((kind) => kind === "buildah PUT manifest by tag").length;
      const most = platforms.length * at.length;
      if (pushes < platforms.length || pushes > most)
        defects.push(`${pushes} platforms were built, not ${most}`);
      return [...defects, ...(await untruths(race, image, at, { marker, before, versions: 1 }))];
    },
  };
}

/** While one image's publication is kept waiting, another image is built and published from beginning to end. */
const strangers: Race = {
  title: "an image is published while another's publication waits",
  how: "of different images",
  run: async (race) => {
    const [image, other] = race.images;
    const at = race.place("", "state");
    const marker = await race.change(image);
    const otherMarker = await race.change(other);
    const [before, otherBefore] = [
      await uniqueTags(race.registry, image),
      await uniqueTags(race.registry, other),
    ];
    const gate = closeGate(race, (kind, url) => kind === "factory PUT manifest by tag" && isIn(image, url));
    const held = race.start(image, at);
    await gate.reached(held);
    const free = await race.start(other, at).ended;
    const still = await isRunning(held);
    gate.open();
    const { status } = await held.ended;
    return [
      ...(free.status === 0 ? [] : [`the other image: exit ${free.status}: ${free.stderr.slice(-300)}`]),
      ...(still ? [] : ["the image that was kept waiting did not wait"]),
      ...(status === 0 ? [] : [`the image that waited: exit ${status}`]),
      ...(await untruths(race, image, [at], { marker, before, versions: 1 })),
      ...(await untruths(race, other, [at], { marker: otherMarker, before: otherBefore, versions: 1 })),
    ];
  },
};

/** A build of the smallest world takes some seconds. */
const longestMs = 120_000;

/** A run that began earlier is kept waiting in its scan until a later one has published: it gives way. */
const late: Race = {
  title: "an older result that finishes late is superseded",
  how: "with a late result",
  run: async (race) => {
    const [image] = race.images;
    const at = race.place("", "state");
    const before = await uniqueTags(race.registry, image);
    await race.change(image);
    const gate = closeGate(race, (kind) => /^(?:trivy|other) /.test(kind));
    const older = race.start(image, at);
    await gate.reached(older);
    const marker = await race.change(image);
    const run = race.start(image, at);
    const newer = await Promise.race([run.ended, sleep(longestMs)]);
    const digest = await race.standing(image);
    gate.open();
    const ended = await older.ended;
    if (newer === undefined) {
      await run.ended;
      return [
        "no scan goes on beside another: this Trivy keeps the database to itself. Name a newer one by TRIVY=",
      ];
    }
    const said = ended.status === 0 ? saidBy(ended) : { kind: `exit ${ended.status}`, digest: undefined };
    return [
      ...(newer.status === 0 ? [] : [`the newer run: exit ${newer.status}: ${newer.stderr.slice(-300)}`]),
      ...(said.kind === "superseded" && said.digest === digest
        ? []
        : [`the older run: ${said.kind} ${said.digest}, not superseded by ${digest}`]),
      ...((await race.standing(image)) === digest ? [] : ["the older result took the tag"]),
      ...(await untruths(race, image, [at], { marker, before, versions: 1 })),
    ];
  },
};

/** Two machines share a registry and nothing else; they build the same at the same time. */
const machines: Race = {
  title: "two machines build the same",
  how: "of two machines",
  run: async (race) => {
    const [, , image] = race.images;
    const at = [race.place("left", "left-state"), race.place("right", "right-state")] as const;
    const marker = await race.change(image);
    const before = await uniqueTags(race.registry, image);
    race.proxy.begin();
    const runs = await Promise.all(at.map((place) => race.start(image, place).ended));
    const digest = await race.standing(image);
    return [
      ...runs.flatMap((run, nth) => {
        const said = run.status === 0 ? saidBy(run) : { kind: run.stderr.slice(-300), digest: undefined };
        return said.digest === digest
          ? []
          : [`machine ${nth}: exit ${run.status}, ${said.kind} ${said.digest}`];
      }),
      // Each has a tag of its own for it, unless both were made in one second.
      ...(await untruths(race, image, at, { marker, before, versions: 2 })),
    ];
  },
};

/**
 * One machine comes to its tags only after the other has moved them: it refuses. Between its look and its writing it
 * would not see that; that window is the one which docs/reliability.md names.
 */
const refused: Race = {
  title: "a machine that comes later leaves another's result where it is",
  how: "of two machines",
  run: async (race) => {
    const [, , image] = race.images;
    const at = [race.place("left", "left-state"), race.place("right", "right-state")] as const;
    await race.change(image);
    const gate = closeGate(race, (kind) => /^(?:trivy|other) /.test(kind));
    const older = race.start(image, at[0]);
    await gate.reached(older);
    const marker = await race.change(image);
    const before = await uniqueTags(race.registry, image);
    const newer = await race.start(image, at[1]).ended;
    const digest = await race.standing(image);
    gate.open();
    const { status } = await older.ended;
    return [
      ...(newer.status === 0 ? [] : [`the later machine: exit ${newer.status}: ${newer.stderr.slice(-300)}`]),
      ...(status === 77 ? [] : [`the earlier machine: exit ${status}`]),
      ...((await race.standing(image)) === digest ? [] : ["the older result took the tag"]),
      ...(await untruths(race, image, [at[1]], { marker, before, versions: 1 })),
    ];
  },
};

/** The races besides the crowds, in the order in which they are to be run. */
export const meetings: readonly Race[] = [strangers, late, machines, refused];

/** So many runs that begin at once, so often on one image, and every other race once. */
export function allRaces(processes: number, rounds: number): readonly Race[] {
  return [
    ...Array.from({ length: rounds }, () => crowd(processes, "one place")),
    ...Array.from({ length: Math.ceil(rounds / 5) }, () => crowd(processes, "two work folders")),
    ...meetings,
  ];
}

/** What registry, states and folders say otherwise than they should after a race. */
async function untruths(
  race: RaceWorld,
  image: string,
  places: readonly Place[],
  expected: { readonly marker: string; readonly before: readonly string[]; readonly versions: number },
): Promise<readonly string[]> {
  const digest = await race.standing(image);
  if (digest === undefined) return [`${image} has no tag`];
  const added = (await uniqueTags(race.registry, image)).filter((name) => !expected.before.includes(name));
  const recorded = await Promise.all(places.map((place) => race.recorded(image, place)));
  return [
    ...(await defectsOf(race.registry, image, digest, { platforms, marker: expected.marker })),
    ...recorded.flatMap((named) => (named === digest ? [] : [`a state of ${image} names ${named}`])),
    ...(added.length >= 1 && added.length <= expected.versions
      ? []
      : [`${image} has ${added.length} new versions: ${added.join(", ")}`]),
    ...(await race.leftBehind()).map((thing) => `left behind: ${thing}`),
  ];
}

interface Gate {
  /** Resolves when a request waits. @throws when the run ends before. */
  readonly reached: (run: Started) => Promise<void>;
  readonly open: () => void;
}

/** Keeps the first request that fits waiting, and every other one not. */
function closeGate(race: RaceWorld, fits: (kind: RequestKind, url: string) => boolean): Gate {
  const waits = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  let isClosed = true;
  race.proxy.begin(undefined, async (_, { kind, url }) => {
    if (!isClosed || !fits(kind, url)) return;
    isClosed = false;
    waits.resolve();
    await opened.promise;
  });
  return {
    reached: (run) =>
      Promise.race([
        waits.promise,
        run.ended.then(({ status, stderr }) => {
          throw new Error(`ended with ${status} before it could be kept waiting: ${stderr}`);
        }),
      ]),
    open: opened.resolve,
  };
}

const isIn = (image: string, url: string) => url.startsWith(`/v2/${image}/`);

function isRunning({ ended }: Started): Promise<boolean> {
  return Promise.race([ended.then(() => false), sleep(0).then(() => true)]);
}
