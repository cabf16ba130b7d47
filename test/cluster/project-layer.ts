import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../src/run.ts";
import { ownRoot } from "../../src/setup/needs.ts";

/** What of a checkout the builder image has in /opt/image-factory, beside its packages. */
export async function projectFiles(): Promise<readonly string[]> {
  const texts = (await readdir(ownRoot)).filter((name) => name.endsWith(".json"));
  return ["scripts", "src", "cdk8s", "sample", ...texts];
}

/** Of an image's config what says which layers it has. */
export interface Config {
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
  readonly history?: readonly object[];
}

/** The config with one more layer on top. */
export function withLayer(config: Config, diffId: string): Config {
  return {
    ...config,
    rootfs: { ...config.rootfs, diff_ids: [...config.rootfs.diff_ids, diffId] },
    history: [...(config.history ?? []), { created_by: "test:cluster" }],
  };
}

/**
 * The project as it stands here, where the builder image has it, and the sources of images, which lie beside the
 * images.yaml that pods mount.
 * @returns a tar archive in `scratch`.
 */
export async function projectLayer(scratch: string, sources: string): Promise<string> {
  const { packages } = JSON.parse(await readFile(join(ownRoot, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
  };
  const needed = Object.entries(packages).flatMap(([path, { dev, devOptional }]) => {
    const isNested = path.lastIndexOf("node_modules/") > 0;
    const isOther =
      path === "" || isNested || dev === true || devOptional === true || /node-linux-/.test(path);
    // Packages of other platforms stand in the lock and not on the disk.
    return isOther || !existsSync(join(ownRoot, path)) ? [] : [path];
  });
  const lock = join(scratch, "node_modules/.installed-lock.json");
  await mkdir(dirname(lock));
  await cp(join(ownRoot, "package-lock.json"), lock);
  const layer = join(scratch, "layer.tar");
  const owner = [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mode=u+rwX,go+rX",
  ];
  const add = (mode: "--create" | "--append", place: string, ...from: readonly string[]) =>
    run({
      tool: "tar",
      args: [mode, `--file=${layer}`, ...owner, `--transform=flags=r;s,^,${place}/,`, ...from],
    });
  const files = [...(await projectFiles()), ...needed];
  await add("--create", "opt/image-factory", "-C", ownRoot, ...files, "-C", scratch, "node_modules");
  await add("--append", "etc/image-factory", "-C", sources, ...(await readdir(sources)));
  return layer;
}
