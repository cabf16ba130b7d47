import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AptSource, parseDeb822Sources, parseOneLineSources } from "./apt-sources.ts";

/** What apt on this machine installs from; nothing where there is no apt, or where it may not be read. */
export async function readMachineSources(etc = "/etc/apt"): Promise<readonly AptSource[]> {
  const parts = join(etc, "sources.list.d");
  const names = (await readdir(parts).catch(absent)) ?? [];
  const files = [join(etc, "sources.list"), ...names.sort().map((name) => join(parts, name))];
  const sources = await Promise.all(files.map(readSources));
  return Promise.all(sources.flat().map(withRealMirrors));
}

async function readSources(file: string): Promise<readonly AptSource[]> {
  const parse = file.endsWith(".sources")
    ? parseDeb822Sources
    : file.endsWith(".list")
      ? parseOneLineSources
      : undefined;
  if (parse === undefined) return [];
  return parse((await readFile(file, "utf8").catch(absent)) ?? "");
}

/** Cloud images of Debian name a file with a list of mirrors: its first address stands for it. */
async function withRealMirrors(source: AptSource): Promise<AptSource> {
  const uris = source.uris.map(async (uri) => {
    const [, file] = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri) ?? [];
    if (file === undefined) return uri;
    const text = (await readFile(file, "utf8").catch(absent)) ?? "";
    return (
      text
        .split("\n")
        .map((line) => line.trim().split(/\s/)[0] ?? "")
        .find((line) => /^https?:/.test(line)) ?? uri
    );
  });
  return { ...source, uris: await Promise.all(uris) };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (["ENOENT", "ENOTDIR", "EACCES", "EISDIR"].includes(error.code ?? "")) return undefined;
  throw error;
}
