import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Values that nobody else uses, by what they are the secret of. */
export type Canaries = Readonly<Record<string, string>>;

/** The canaries in some bytes: as they are, in base64 at each of its three offsets, and inside what is packed by gzip. */
export function canariesIn(bytes: Buffer, canaries: Canaries): readonly string[] {
  const found = Object.entries(canaries).filter(([, value]) =>
    formsOf(value).some((form) => bytes.includes(form)),
  );
  return [...new Set([...found.map(([name]) => name), ...canariesInside(bytes, canaries)])];
}

function canariesInside(bytes: Buffer, canaries: Canaries): readonly string[] {
  if (bytes.length < 3 || bytes.readUInt16BE(0) !== 0x1f8b) return [];
  try {
    return canariesIn(gunzipSync(bytes), canaries);
  } catch {
    // Cut off by a kill: what is whole of it was searched as it is.
    return [];
  }
}

/** Of a value in the middle of a text in base64 the first and last characters also say what is beside it. */
function formsOf(value: string): readonly string[] {
  const encoded = [0, 1, 2].map((offset) => {
    const text = Buffer.from(`${"x".repeat(offset)}${value}`)
      .toString("base64")
      .replace(/=+$/, "");
    return text.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  return [value, ...encoded];
}

/** The canaries in the names, links and contents of all files below a folder, except below those of `except`. */
export async function canariesBelow(
  dir: string,
  canaries: Canaries,
  except: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
    const path = join(dir, entry.name);
    if (except.includes(path)) continue;
    const content = entry.isFile()
      ? await readFile(path).catch(() => Buffer.alloc(0))
      : Buffer.from(entry.isSymbolicLink() ? await readlink(path).catch(() => "") : "");
    for (const bytes of [Buffer.from(entry.name), content])
      found.push(...canariesIn(bytes, canaries).map((name) => `${name} in ${path}`));
    if (entry.isDirectory()) found.push(...(await canariesBelow(path, canaries, except)));
  }
  return found;
}
