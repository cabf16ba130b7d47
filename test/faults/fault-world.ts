import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { makeWorld, type World } from "../end-to-end/world.ts";
import { startRegistry } from "../registry/real-registry.ts";
import { digestUnder } from "./checker.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { leftBehind } from "./leftovers.ts";
import { pushBase } from "./push-base.ts";

/** A factory whose registry stands behind a fault proxy, and one image that is built anew for each case. */
export interface FaultWorld {
  readonly world: World;
  readonly proxy: FaultProxy;
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

export const platforms = ["linux/amd64", "linux/arm64"];
export const tag = "stable";

export async function makeFaultWorld(): Promise<FaultWorld> {
  const registry = await startRegistry();
  const proxy = await startFaultProxy(registry.address);
  const world = await makeWorld();
  const temporary = join(world.dir, "tmp");
  await mkdir(temporary);
  Object.assign(world.env, {
    FACTORY_REGISTRY: proxy.address,
    // The machine's own would be shared with whoever else works here.
    TMPDIR: temporary,
    IMAGE_FACTORY_STATE_DIR: join(world.dir, "state"),
  });
  let images = 0;
  let changes = 0;
  const image = () => `app${images}`;
  const change = async () => {
    changes += 1;
    const marker = `change-${changes}-of-${image()}`;
    await world.write("app/greeting", `${marker}\n`);
    await pushBase(registry.address, "base", "1", platforms, `base of ${marker}\n`);
    return marker;
  };
  const fresh = async () => {
    images += 1;
    await world.write("app/Dockerfile", `FROM ${proxy.address}/base:1\nCOPY greeting /\n`);
    await world.write(
      "images.yaml",
      `- name: ${image()}\n  source: {folder: app}\n  platforms: [${platforms.join(", ")}]\n  tags: [${tag}]\n  scan: {os: none}\n`,
    );
  };
  await fresh();
  return {
    world,
    proxy,
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
      await proxy.stop();
      await world.end();
      await registry.stop();
    },
  };
}
