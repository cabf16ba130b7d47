import { createHash } from "node:crypto";
import {
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { FactoryError } from "../../errors.ts";
import type { Found } from "../selection.ts";
import { explainFailure, stderrOf } from "./failure.ts";
import { fromRemote, type MirrorDeps } from "./mirror.ts";
import type { Part } from "./parts.ts";

/** A file of the tree that only names the content that git-lfs keeps elsewhere. */
interface Pointer {
  readonly path: string;
  readonly sha256: string;
}

/** Longer files are no pointers. */
const longestPointer = 1024;

/** @see https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md#the-pointer */
export function parsePointer(text: string): string | undefined {
  const pointer =
    /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n/.exec(text);
  return pointer?.[1];
}

/**
 * Puts the content in place of each pointer among `found`, whose paths are relative to `dir`. What the mirror lacks is
 * fetched by git-lfs, without any of its filters or hooks; an `.lfsconfig` in the repository has no effect.
 * @throws FactoryError "machine-lacks" without git-lfs, "source-unavailable" when a content cannot be had.
 */
export async function replacePointers(
  part: Part,
  dir: string,
  found: readonly Found[],
  deps: MirrorDeps,
): Promise<void> {
  const pointers = found.flatMap(({ kind, path }) => (kind === "file" ? readPointer(dir, path) : []));
  if (!(await areWhole(part, pointers))) await fetchContents(part, deps);
  for (const pointer of pointers) {
    const content = contentOf(part, pointer);
    if (!existsSync(content)) {
      throw new FactoryError(
        "source-unavailable",
        `${part.mirror.url.text} has no LFS content for ${pointer.path}`,
        { hint: "Push it: git lfs push --all origin." },
      );
    }
    copyFileSync(content, join(dir, pointer.path), constants.COPYFILE_FICLONE);
  }
}

/** Whether the mirror has every content as it should be; what is damaged is removed, so that git-lfs fetches it again. */
async function areWhole(part: Part, pointers: readonly Pointer[]): Promise<boolean> {
  let whole = true;
  for (const pointer of pointers) {
    const content = contentOf(part, pointer);
    if (existsSync(content) && (await sha256Of(content)) === pointer.sha256) continue;
    rmSync(content, { force: true });
    whole = false;
  }
  return whole;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function readPointer(dir: string, path: string): Pointer[] {
  const file = join(dir, path);
  if (statSync(file).size > longestPointer) return [];
  const sha256 = parsePointer(readFileSync(file, "utf8"));
  return sha256 === undefined ? [] : [{ path, sha256 }];
}

function contentOf(part: Part, { sha256 }: Pointer): string {
  return join(part.mirror.dir, "lfs", "objects", sha256.slice(0, 2), sha256.slice(2, 4), sha256);
}

async function fetchContents(part: Part, deps: MirrorDeps): Promise<void> {
  try {
    await fromRemote(part.mirror, ["lfs", "fetch", "origin", part.commit], deps);
  } catch (error) {
    if (/is not a git command/.test(stderrOf(error))) {
      throw new FactoryError(
        "machine-lacks",
        `${part.mirror.url.text} keeps files in LFS, and git-lfs is not installed`,
        {
          hint: "Install git-lfs, or leave out source.git.lfs to build with the pointer files.",
          cause: error,
        },
      );
    }
    throw explainFailure(error, part.mirror.url.text);
  }
}
