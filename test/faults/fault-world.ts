import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { makeWorld, type World } from "../end-to-end/world.ts";
import { startRegistry } from "../registry/real-registry.ts";
import { type OpenBoundary, platforms, registryBoundary } from "./boundary.ts";
import { digestUnder } from "./checker.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import { leftBehind } from "./leftovers.ts";

/** A factory one of whose servers stands behind a fault proxy, and one image that is built anew for each case. */
export interface FaultWorld {
  readonly world: World;
  readonly proxy: FaultProxy;
  /** What an error has to say of the request that failed. */
  readonly request: RegExp;
  /** The real registry: for the checker, which no fault reaches. */
  readonly registry: string;
  /** Where the real registry keeps what it has. */
  readonly registryDir: string;
  /** The image and its repository; another after `fresh`. */
  readonly image: () => string;
  /** Begins with an image that nothing was published of. */
  readonly fresh: () => Promise<void>;
  /** Makes what is published stale, by source and base; returns what the layers of the next build have to contain. */
  readonly change: () => Promise<string>;
  /** The digest that the state names. */
  readonly recorded: () => Promise<string | undefined>;
  /** The digest under the tag. */
  readonly standing: () => Promise<string | undefined>;
  readonly leftBehind: () => Promise<readonly string[]>;
  readonly end: () => Promise<void>;
}

export { platforms };
export const tag = "stable";

export async function makeFaultWorld(open: OpenBoundary = registryBoundary): Promise<FaultWorld> {
  const registry = await startRegistry();
  const world = await makeWorld();
  const temporary = join(world.dir, "tmp");
  await mkdir(temporary);
  Object.assign(world.env, {
    FACTORY_REGISTRY: registry.address,
    // The machine's own would be shared with whoever else works here.
    TMPDIR: temporary,
    IMAGE_FACTORY_STATE_DIR: join(world.dir, "state"),
  });
  const boundary = await open(world, registry.address);
  let images = 0;
  let changes = 0;
  const image = () => `app${images}`;
  const change = async () => {
    changes += 1;
    const marker = `change-${changes}-of-${image()}`;
    await boundary.change(marker);
    return marker;
  };
  const fresh = async () => {
    images += 1;
    await boundary.enrol(image(), `platforms: [${platforms.join(", ")}]\n  tags: [${tag}]`);
  };
  await fresh();
  return {
    world,
    proxy: boundary.proxy,
    request: boundary.request,
    registry: registry.address,
    registryDir: registry.dir,
    image,
    fresh,
    change,
    recorded: async () => {
      const text = await readFile(join(world.dir, "state/images", `${image()}.yaml`), "utf8").catch(() => "");
      const state = parse(text) as { readonly factory?: { readonly digest?: string } } | null;
      return state?.factory?.digest;
    },
    standing: () => digestUnder(registry.address, image(), tag),
    leftBehind: () => leftBehind(world.dir),
    end: async () => {
      await boundary.end();
      await world.end();
      await registry.stop();
    },
  };
}
