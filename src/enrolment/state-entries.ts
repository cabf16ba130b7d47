import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { FactoryError } from "../errors.ts";
import { damagedState, isCut } from "../state/state-checksum.ts";
import { whenAbsent } from "../when-absent.ts";
import type { Entry } from "./parse-images.ts";
import type { EnrolmentFile } from "./problem-lines.ts";
import { readYaml } from "./yaml-tree.ts";

/** What of a state file is the image's enrolment; the rest of it is about what was built. */
const besideEnrollment = ["allowTags", "imageSelectionStrategy", "repoURL"] as const;
const enrollmentFields = ["registry", "repository", "source", "rebuildDelay", "autoRebuild", "updates"];

/** As few as keep a disk busy. */
const readAtOnce = 32;

/**
 * The images that only their state files enrol, by the field `enrollment` of the older tool: those of
 * `<stateDir>/images/` that `listed` does not name, in the order of their names. `*.example.yaml` is not read.
 * @throws FactoryError "state-invalid" when a file cannot be read, or was cut.
 */
export async function readStateEntries(
  stateDir: string,
  listed: ReadonlySet<string>,
): Promise<readonly Entry[]> {
  const folder = join(stateDir, "images");
  const unlisted = (await namesIn(folder)).filter((name) => !listed.has(name)).sort();
  const entries: Entry[] = [];
  for (let start = 0; start < unlisted.length; start += readAtOnce) {
    const names = unlisted.slice(start, start + readAtOnce);
    const texts = await Promise.all(names.map((name) => readText(join(folder, `${name}.yaml`))));
    entries.push(
      ...texts.flatMap((text, index) => stateEntry(text, names[index] ?? "", basename(stateDir)) ?? []),
    );
  }
  return entries;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch(whenAbsent([], (error) => unreadable(folder, error)));
  return files
    .filter((file) => file.endsWith(".yaml") && !file.endsWith(".example.yaml"))
    .map((file) => file.slice(0, -".yaml".length));
}

const onlyHere =
  "Restore it from a backup or its git history: images.yaml does not name this image, so nothing else may enrol it. Delete it if nothing does.";

async function readText(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw unreadable(file, error);
  });
  if (isCut(text)) throw damagedState(file, "it ends before what it has to say", onlyHere);
  return text;
}

function unreadable(path: string, cause: Error): FactoryError {
  return new FactoryError("state-invalid", `${path} cannot be read: ${cause.message}`, { cause });
}

/** The entry in the text of an image's state; undefined where it enrols nothing. */
function stateEntry(text: string, image: string, folder: string): Entry | undefined {
  // Most files are the factory's own and have no such field: they need not be parsed to know that.
  if (!/^["']?enrollment["']?\s*:/m.test(text)) return undefined;
  const tree = readYaml(text);
  const { enrollment, ...beside } = said(tree.value, ["enrollment", ...besideEnrollment]);
  if (enrollment === undefined && tree.problems.length === 0) return undefined;
  const file: EnrolmentFile = { name: `${folder}/images/${image}.yaml`, tree, image };
  const value = { name: image, ...beside, enrollment: enrollmentOf(enrollment) };
  return { file, at: [], value, place: ["enrollment"] };
}

/** The older tool wrote `docker.io` and an empty repository for an image of which images.yaml said neither. */
function enrollmentOf(written: unknown): Readonly<Record<string, unknown>> {
  const { registry, source, ...others } = said(written, enrollmentFields);
  const nowhere = registry === "docker.io" && others["repository"] === undefined;
  return {
    ...(nowhere || registry === undefined ? {} : { registry }),
    ...(source === undefined ? {} : { source: said(source) }),
    ...others,
  };
}

/** The fields that say something: the older tool wrote others out empty. */
function said(value: unknown, names?: readonly string[]): Readonly<Record<string, unknown>> {
  const fields = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  return Object.fromEntries(
    (names ?? Object.keys(fields))
      .map((name) => [name, fields[name]])
      .filter(([, field]) => (field ?? "") !== ""),
  );
}
