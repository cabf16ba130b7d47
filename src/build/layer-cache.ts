import { isOlder, needsBuildah } from "../dockerfile/buildah-version.ts";
import { FactoryError } from "../errors.ts";
import { noteCache } from "../gc/note.ts";
import type { Log } from "../log.ts";
import type { Platform } from "../platform.ts";
import type { RegistryClient } from "../registry/client.ts";
import { formatRepository, parseRepository, type Repository } from "../registry/reference.ts";

/** Whose layers a cache keeps: those of one image, platform and epoch never serve another. */
export interface CacheScope {
  readonly image: string;
  /** Where the image is published. */
  readonly published: Repository;
  readonly platform: Platform;
  /** UTC second; layers of another epoch are stale by definition. */
  readonly epoch: number | undefined;
}

/** Layers in a registry, for builders that begin with an empty disk. */
export interface LayerCache {
  /** The repository for a build's layers; undefined where it has to do without, which was then said. */
  readonly open: (scope: CacheScope, buildahVersion: string) => Promise<Repository | undefined>;
  /** Says that the build goes on without the cache. */
  readonly giveUp: (scope: CacheScope, why: string) => void;
}

export interface LayerCacheDoor {
  readonly client: Pick<RegistryClient, "checkPush">;
  readonly stateDir: string;
  readonly log: Log;
}

/** Of 26 steps 1.28 found 6 again. */
const firstVersion = "1.39.0";

/** Whether layers of a registry serve this buildah. */
export function servesLayers(buildahVersion: string): boolean {
  return !isOlder(buildahVersion, firstVersion);
}

/**
 * The repository of a cache. Its name has all of the scope: buildah gives tags by base and step alone, and those of an
 * image FROM scratch are the same on every platform.
 * @param where `beside`, or `host[:port][/prefix]`.
 */
export function cacheRepository(
  where: string,
  { image, published, platform, epoch }: CacheScope,
): Repository {
  const beside = where === "beside" ? published : parseRepository(`${where.replace(/\/+$/, "")}/${image}`);
  const own = beside.path.split("/").at(-1) === image ? [] : [image];
  const parts = ["cache", ...own, platform.replace("/", "-"), ...(epoch === undefined ? [] : [epoch])];
  return { ...beside, path: `${beside.path}-${parts.join("-")}` };
}

/** Opens caches where settings say; each is noted, so that gc finds it when its epoch is over. */
export function createLayerCache(where: string, { client, stateDir, log }: LayerCacheDoor): LayerCache {
  let saidVersion = false;
  const giveUp = ({ image, platform }: CacheScope, why: string) =>
    log({ kind: "warning", image, platform, text: `built without layerCache: ${why}` });
  return {
    giveUp,
    open: async (scope, buildahVersion) => {
      if (!servesLayers(buildahVersion)) {
        const text = `layerCache ${needsBuildah(firstVersion, buildahVersion)}: layers stay on this machine`;
        if (!saidVersion) log({ kind: "note", text });
        saidVersion = true;
        return undefined;
      }
      const repository = cacheRepository(where, scope);
      try {
        await client.checkPush(repository);
      } catch (error) {
        if (!(error instanceof FactoryError) || ["interrupted", "terminated"].includes(error.code))
          throw error;
        giveUp(scope, `${formatRepository(repository)} cannot be written: ${error.message}`);
        return undefined;
      }
      await noteCache(stateDir, { repository: formatRepository(repository), image: scope.image });
      return repository;
    },
  };
}
