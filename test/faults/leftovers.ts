import { createHash } from "node:crypto";
import { glob, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** What a factory that works in `dir` has left behind besides its caches: containers, mounts, temporary files, processes. */
export async function leftBehind(dir: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const file of glob(
    join(dir, ".factory/storage/*/*/graph/{overlay,vfs}-containers/containers.json"),
  )) {
    const list = JSON.parse((await readFile(file, "utf8")) || "[]") as readonly { readonly id: string }[];
    found.push(...list.map(({ id }) => `container ${id.slice(0, 12)}`));
  }
  for await (const folder of glob(join(dir, ".factory/storage/*/*/tmp"))) found.push(`folder ${folder}`);
  // Node keeps its compiled modules there, for whoever runs next.
  const temporary = (await readdir(join(dir, "tmp")).catch(() => [])).filter(
    (name) => name !== "node-compile-cache",
  );
  found.push(...temporary.map((name) => `temporary ${name}`));
  const contexts = await readdir(join(dir, ".factory/cache/contexts")).catch(() => []);
  found.push(...contexts.map((name) => `context ${name}`));
  // Named after the user and the work folder, as docs/decisions/0034 has it.
  const folder = createHash("sha256").update(join(dir, ".factory")).digest("hex").slice(0, 12);
  const secrets = (await readdir("/dev/shm").catch(() => [])).filter((name) => name.includes(`-${folder}-`));
  found.push(...secrets.map((name) => `secrets ${name}`));
  found.push(...(await mountsIn(dir)).map((place) => `mount ${place}`));
  return [...found, ...(await processesIn(dir)).map((line) => `process ${line}`)];
}

/** Where something is mounted in the folder. */
export async function mountsIn(dir: string): Promise<readonly string[]> {
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n");
  return mounts.filter((line) => line.includes(dir)).map((line) => line.split(" ")[1] ?? "");
}

/** Processes that name the folder in their command line or environment, or work in it. */
async function processesIn(dir: string): Promise<readonly string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(
    ids.map(async (id) => {
      const [line, environment, place] = await Promise.all([
        readFile(`/proc/${id}/cmdline`, "utf8").catch(() => ""),
        readFile(`/proc/${id}/environ`, "utf8").catch(() => ""),
        readlink(`/proc/${id}/cwd`).catch(() => ""),
      ]);
      const isOurs = [line, environment, place].some((text) => text.includes(dir));
      return isOurs && line !== "" ? `${id} ${line.replaceAll("\0", " ").slice(0, 80)}` : undefined;
    }),
  );
  return lines.filter((line) => line !== undefined);
}
