import { graphRootsIn, type LocalLayers, removeGraphRoot } from "./build/clean.ts";
import { userNamespace } from "./build/rootless.ts";
import type { Session } from "./command/main.ts";
import type { Factory } from "./factory.ts";
import type { CollectDoor } from "./gc/collect.ts";
import { announce, carryOut, type PlaceReport } from "./gc/gc.ts";
import type { InUse } from "./gc/in-use.ts";
import { readNeeds } from "./gc/needs.ts";
import { notedCaches } from "./gc/note.ts";
import { cachePlaces, placesOf } from "./gc/places.ts";
import { policyOf, stagedMs } from "./gc/policy.ts";
import { takeRegistry } from "./open-registry.ts";
import { embeddedRegistry } from "./registry/address.ts";
import { embeddedRegistryStatus, freeEmbeddedRegistry } from "./registry/embedded/daemon.ts";
import { storedRevisions } from "./registry/embedded/revisions.ts";
import type { Repository } from "./registry/reference.ts";
import { run } from "./run.ts";
import { removeAbandonedFolders } from "./source/private-folder.ts";

export interface GarbageRequest {
  /** Only what belongs to these images; undefined is everything. */
  readonly selected: ReadonlySet<string> | undefined;
  readonly inUse: InUse;
  readonly dryRun: boolean;
  /** Told what goes before anything does. */
  readonly announce: (reports: readonly PlaceReport[]) => void;
}

export interface Garbage {
  readonly reports: readonly PlaceReport[];
  /** Layers on this machine of what is not enrolled any more. */
  readonly layers: readonly LocalLayers[];
  /** Bytes that the embedded registry has freed; undefined where it was not asked to. */
  readonly freed: number | undefined;
}

/** Finds what nothing needs in registries and on this machine, says so, and removes it. */
export async function collectGarbage(
  { selected, inUse, dryRun, announce: say }: GarbageRequest,
  factory: Factory,
  { log, signal }: Pick<Session, "log" | "signal">,
): Promise<Garbage> {
  const { settings, enrolments, watched, directClient: client } = factory;
  const { workDir, stateDir } = settings;
  const names = enrolments.map(({ name }) => name);
  const byName = new Map(enrolments.map((enrolment) => [enrolment.name, enrolment]));
  const isEmbedded = ({ registry }: Repository) =>
    registry === embeddedRegistry && settings.registry === undefined;
  const alone = dryRun || (await takeRegistry(workDir, factory.leaveRegistry));
  const now = factory.clock().getTime();
  const recorded = () => readNeeds(names, watched, inUse, { stateDir, workDir });
  const door: CollectDoor = {
    client,
    stateDir,
    log,
    signal,
    now,
    recorded,
    enrolments: byName,
    policyOf: (image) => policyOf(settings, byName.get(image)),
    stagedMs: stagedMs(settings),
    inUse: inUse.digests,
    tagInUse: (repository, tag) => {
      const tags = inUse.tags.filter((reference) => reference.tag === tag);
      if (tags.length === 0) return false;
      const { host, path } = client.addressOf(repository);
      return tags.some(
        (reference) =>
          (reference.registry === host || reference.registry === repository.registry) &&
          (reference.path === path || reference.path === repository.path),
      );
    },
    // Somebody who is about to refer to one of them would hold the registry.
    untagged: async ({ repository }) =>
      alone && isEmbedded(repository)
        ? storedRevisions(workDir, repository.path, now - stagedMs(settings))
        : [],
    read: new Map(),
  };
  const { records } = await recorded();
  const caches = await notedCaches(stateDir);
  const places = [
    ...placesOf(enrolments, records, selected),
    ...cachePlaces(settings.layerCache, enrolments, records, caches, selected),
  ];
  const announced = await announce(places, door);
  const layers =
    selected !== undefined
      ? []
      : (await graphRootsIn(workDir)).filter(({ image, platform }) => {
          const platforms: readonly string[] = byName.get(image)?.platforms ?? [];
          return !platforms.some((enrolled) => enrolled.replace("/", "-") === platform);
        });
  if (dryRun) return { reports: announced, layers, freed: undefined };
  say(announced);
  const reports = await carryOut(announced, door);
  const cleanDoor = { workDir, run, log, userNamespace: userNamespace() };
  const removed = [];
  for (const root of layers) if (await removeGraphRoot(root, cleanDoor)) removed.push(root);
  await removeAbandonedFolders(workDir);
  const hasEmbedded = settings.registry === undefined && (await embeddedRegistryStatus(workDir)).running;
  if (!hasEmbedded) return { reports, layers: removed, freed: undefined };
  if (alone)
    return { reports, layers: removed, freed: await freeEmbeddedRegistry({ workDir, log, signal, run }) };
  log({ kind: "note", text: "the registry's bytes are freed by a gc that runs while nothing else does" });
  return { reports, layers: removed, freed: undefined };
}
