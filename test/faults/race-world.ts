import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Ended, Started } from "../end-to-end/world.ts";
import { digestUnder } from "./checker.ts";
import { type FaultWorld, makeFaultWorld, platforms, tag } from "./fault-world.ts";
import { pushBase } from "./push-base.ts";

/** A factory, as the variables of a run name it: where it works, and where its state lies. */
export interface Place {
  readonly workDir: string;
  readonly stateDir: string;
}

/** Images that have nothing to do with each other, built by runs that are started at once. */
export interface RaceWorld extends Pick<FaultWorld, "world" | "proxy" | "registry" | "leftBehind" | "end"> {
  readonly images: readonly [string, string, string];
  /** A work folder and a state of that name, below the world's own folder. */
  readonly place: (work: string, state: string) => Place;
  /** Makes what is published of an image stale; returns what the next build's layers have to contain. */
  readonly change: (image: string) => Promise<string>;
  readonly start: (image: string, place: Place) => Started;
  readonly standing: (image: string) => Promise<string | undefined>;
  /** The digest that a state names. */
  readonly recorded: (image: string, place: Place) => Promise<string | undefined>;
}

/** What one run said of its one image, by `--json`. */
export interface Said {
  readonly kind: string;
  readonly digest: string | undefined;
}

export function saidBy({ stdout }: Ended): Said {
  const [outcome] = JSON.parse(stdout === "" ? "[]" : stdout) as readonly Said[];
  return outcome ?? { kind: "nothing", digest: undefined };
}

export async function makeRaceWorld(): Promise<RaceWorld> {
  const { world, proxy, registry, leftBehind, end } = await makeFaultWorld();
  const images = ["one", "other", "shared"] as const;
  const place = (work: string, state: string): Place => ({
    workDir: join(world.dir, work, ".factory"),
    stateDir: join(world.dir, state),
  });
  for (const image of images) {
    await world.write(`${image}/Dockerfile`, `FROM ${proxy.address}/base:1\nCOPY greeting /\n`);
    await world.write(`${image}/greeting`, "nothing yet\n");
  }
  await pushBase(registry, "base", "1", platforms, "base\n");
  await world.write(
    "images.yaml",
    images
      .map(
        (image) =>
          `- {name: ${image}, source: {folder: ${image}}, platforms: [${platforms.join(", ")}], tags: [${tag}], scan: {os: none}}\n`,
      )
      .join(""),
  );
  let changes = 0;
  return {
    world,
    proxy,
    registry,
    leftBehind,
    end,
    images,
    place,
    change: async (image) => {
      changes += 1;
      const marker = `change-${changes}-of-${image}`;
      await world.write(`${image}/greeting`, `${marker}\n`);
      return marker;
    },
    start: (image, { workDir, stateDir }) => {
      Object.assign(world.env, { FACTORY_WORK_DIR: workDir, IMAGE_FACTORY_STATE_DIR: stateDir });
      return world.start("build", `IMAGE=${image}`, "--json");
    },
    standing: (image) => digestUnder(registry, image, tag),
    recorded: async (image, { stateDir }) => {
      const text = await readFile(join(stateDir, "images", `${image}.yaml`), "utf8").catch(() => "");
      return (parse(text) as { readonly factory?: { readonly digest?: string } } | null)?.factory?.digest;
    },
  };
}
