import { execFileSync } from "node:child_process";
import { mkdir, open, readdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Ended } from "../end-to-end/world.ts";
import { type Expected, publishFirst, runCase } from "./case.ts";
import { type FaultWorld, makeFaultWorld } from "./fault-world.ts";
import type { TitledCase } from "./run-titled.ts";

/** A factory whose folders, and whose registry's, are each on a small disk of its own. */
export interface DiskWorld extends FaultWorld {
  readonly places: Readonly<Record<Place, string>>;
}

type Place = "work folder" | "state folder" | "temporary folder" | "registry";

const sizes: Readonly<Record<Place, string>> = {
  "work folder": "128m",
  "state folder": "4m",
  "temporary folder": "4m",
  registry: "64m",
};

/** Whether this user may mount. */
export const mayMount = process.getuid?.() === 0;

/** Needs the right to mount. */
export async function makeDiskWorld(): Promise<DiskWorld> {
  const fault = await makeFaultWorld();
  const places = {
    "work folder": fault.world.workDir,
    "state folder": join(fault.world.dir, "state"),
    "temporary folder": join(fault.world.dir, "tmp"),
    registry: join(fault.registryDir, "data"),
  };
  for (const [place, dir] of Object.entries(places)) {
    await mkdir(dir, { recursive: true });
    mount("-t", "tmpfs", "-o", `size=${sizes[place as Place]}`, "tmpfs", dir);
  }
  await publishFirst(fault);
  return {
    ...fault,
    places,
    end: async () => {
      for (const dir of Object.values(places)) execFileSync("umount", ["--lazy", dir]);
      await fault.end();
    },
  };
}

function mount(...args: readonly string[]): void {
  execFileSync("mount", args);
}

/** Leaves so many bytes of a disk free while `work` runs. */
async function whileFull<T>(dir: string, leave: number, work: () => Promise<T>): Promise<T> {
  const filler = join(dir, "filler");
  const file = await open(filler, "w");
  try {
    const { bavail, bsize } = await statfs(dir);
    await file.writeFile(Buffer.alloc(Math.max(0, bavail * bsize - leave)));
    return await work();
  } finally {
    await file.close();
    await rm(filler);
  }
}

async function whileReadOnly<T>(dir: string, work: () => Promise<T>): Promise<T> {
  mount("-o", "remount,ro", dir);
  try {
    return await work();
  } finally {
    mount("-o", "remount,rw", dir);
  }
}

type Hindrance = <T>(dir: string, work: () => Promise<T>) => Promise<T>;

/** One build that a disk hinders and one that nothing does; the folder's own files are looked at in between. */
function diskCase(title: string, place: Place, hinder: Hindrance): TitledCase<DiskWorld> {
  const ours = place !== "registry";
  const expected: Expected = {
    codes: ours ? [0, 69] : [66, 75],
    deadlineMs: 6 * 60_000,
    explains: false,
    tidies: true,
  };
  return {
    title,
    how: place,
    run: async (disk) => {
      const untold: string[] = [];
      const before = await disk.standing();
      const { defects, status, stderr } = await runCase(title, disk, expected, async () => {
        disk.proxy.begin();
        const ended = await hinder(disk.places[place], () =>
          disk.world.run("build", `IMAGE=${disk.image()}`),
        );
        if (ended.status !== 0) {
          if ((await disk.recorded()) !== before) untold.push("the state is not what it was");
          if ((await disk.standing()) !== before) untold.push("the tag has moved");
          if (ours) untold.push(...lacksOf(ended, disk.places[place]));
        }
        return ended;
      });
      const names = await readdir(join(disk.places["state folder"], "images"));
      const strange = names.filter((name) => !/^app\d+\.yaml$/.test(name));
      const said = defects.length + untold.length > 0 ? [`exit ${status}: ${stderr.slice(-500)}`] : [];
      if (defects.length + untold.length > 0) {
        await disk.fresh();
        await publishFirst(disk);
      }
      return [...defects, ...untold, ...strange.map((name) => `half written: ${name}`), ...said];
    },
  };
}

/** Says what is full or read-only, and what to do. */
function lacksOf({ stderr }: Ended, dir: string): readonly string[] {
  return [
    ...(/no space|no room|disk is full|read-?only/i.test(stderr)
      ? []
      : ["the error does not say what the disk lacks"]),
    ...(stderr.includes(dir) ? [] : ["the error does not name the folder"]),
    ...(/^ {2}→ /m.test(stderr) ? [] : ["the error has no remedy"]),
  ];
}

const kib = 1024;

/** How much room is left: none, some for the first things that are written, and some for all but the last. */
const rooms: Readonly<Record<Place, readonly number[]>> = {
  "work folder": [0, 32 * kib, 256 * kib, 1024 * kib],
  "state folder": [0, 8 * kib, 64 * kib, 300 * kib],
  "temporary folder": [0],
  registry: [0, 16 * kib, 64 * kib],
};

export const diskCases: readonly TitledCase<DiskWorld>[] = [
  ...(Object.entries(rooms) as [Place, readonly number[]][]).flatMap(([place, leaves]) =>
    leaves.map((leave) =>
      diskCase(`the ${place} has ${leave / kib} KiB left`, place, (dir, work) => whileFull(dir, leave, work)),
    ),
  ),
  ...(["work folder", "state folder", "temporary folder", "registry"] as const).map((place) =>
    diskCase(`the ${place} is read-only`, place, whileReadOnly),
  ),
];
