import { posix } from "node:path";
import type { Image } from "./images-file.generated.ts";
import { olderDelay } from "./older-forms.ts";
import type { Path, Problem } from "./problem.ts";

/**
 * An entry whose Dockerfile lies beside images.yaml, as the entry with a folder for its source that it stands for. The
 * older tool's `source.repo` may stand beside it: nothing of that is cloned.
 */
export function withLocalSource(image: Image): Image {
  const { dir, dockerfile } = image.local ?? {};
  if (dir === undefined && dockerfile === undefined) return image;
  const context = dir ?? posix.dirname(dockerfile ?? "");
  const { repo, workflow } = image.source ?? {};
  return {
    ...image,
    ...(repo === undefined ? {} : { rebuildDelay: image.rebuildDelay ?? olderDelay }),
    source: { folder: ".", ...(workflow === undefined ? {} : { workflow }) },
    context,
    dockerfile: dockerfile ?? posix.join(context, "Dockerfile"),
  };
}

/** What does not go together with `local`; `merged` is the entry after `withLocalSource`. */
export function checkLocal(entry: Image, merged: Image, at: Path): readonly Problem[] {
  const { dir, dockerfile, patchFiles = [] } = entry.local ?? {};
  const problems: Problem[] = [];
  const own = dockerfile === undefined ? "dir" : "dockerfile";
  if (dockerfile !== undefined || dir !== undefined) {
    const { git, folder, debian } = entry.source ?? {};
    if (git !== undefined || folder !== undefined || debian !== undefined) {
      const text = "expected no source beside it, for nothing is cloned or copied from elsewhere, got one";
      problems.push({ path: [...at, "local", own], onKey: true, text });
    }
    for (const key of ["dockerfile", "context"] as const) {
      if (entry[key] === undefined) continue;
      const text = `expected none beside local.${own}, which says it already, got one`;
      problems.push({ path: [...at, key], onKey: true, text });
    }
  }
  if (patchFiles.length > 0 && merged.source?.git === undefined && merged.source?.repo === undefined) {
    const text = "expected a git source, whose files they change, got another";
    problems.push({ path: [...at, "local", "patchFiles"], onKey: true, text });
  }
  return problems;
}
