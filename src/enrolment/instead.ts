import { join, resolve } from "node:path";
import { FactoryError } from "../errors.ts";
import { isNonEmpty } from "../non-empty.ts";
import type { Enrolment } from "./enrolment.ts";
import { factsOf } from "./tags.ts";

/**
 * An image that is built from a folder in place of its source. The folder stands as it is: it gets no patches, and of
 * the tags only those are set that need no commit or version of a source.
 * @throws FactoryError "usage" for an image that has no Dockerfile, or no such tag.
 */
export function builtFromFolder(enrolment: Enrolment, folder: string): Enrolment {
  const { name, source, versionFile } = enrolment;
  if (source.kind === "debian") {
    throw new FactoryError("usage", `SOURCE: ${name} is made of Debian packages, not of files`, {
      hint: "Change its packages in images.yaml.",
    });
  }
  const tags = enrolment.tags.filter((tag) =>
    factsOf(tag).every((fact) => fact === "date" || (fact === "version" && versionFile !== undefined)),
  );
  if (!isNonEmpty(tags)) {
    throw new FactoryError("usage", `SOURCE: every tag of ${name} needs a commit or version of its source`, {
      hint: "Commit the change and build that: REF=<commit>.",
    });
  }
  const root = resolve(folder);
  const path = source.kind === "folder" ? root : join(root, source.directory);
  return { ...enrolment, tags, source: { kind: "folder", path }, patchFiles: [] };
}
