import { readdir } from "node:fs/promises";
import { join } from "node:path";
import PQueue from "p-queue";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { Enrolled, Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { BaseImages } from "../resolve/base-images.ts";
import type { SourceOpener } from "../resolve/open-source.ts";
import { createPublishers } from "../resolve/publishers.ts";
import type { SourceHandle } from "../resolve/source-handle.ts";
import { whenAbsent } from "../when-absent.ts";
import { lookAtBases } from "./look-at-bases.ts";

/** Something that images.yaml or the state says and that is not, or no longer, so. */
export interface Finding {
  readonly kind: "source" | "dockerfile" | "base" | "watched" | "state";
  readonly image: string;
  /** `images.yaml:12:3`, or the path of a file of state. */
  readonly where: string;
  readonly text: string;
  readonly hint: string | undefined;
}

export interface EnrolmentCheck {
  readonly findings: readonly Finding[];
  /** What could not be looked at, so that nothing is known of it. */
  readonly failures: readonly { readonly image: string; readonly error: FactoryError }[];
}

export interface CheckDoor {
  readonly sources: SourceOpener;
  readonly bases: BaseImages;
  readonly stateDir: string;
}

/** Images that are looked at side by side. */
const atOnce = 16;

/** Looks whether everything that is enrolled is still there: sources, Dockerfiles, bases; and what is there for nothing. */
export async function checkEnrolment(enrolled: Enrolled, door: CheckDoor): Promise<EnrolmentCheck> {
  const opened = new Map<string, Promise<SourceHandle>>();
  const open = (image: Enrolment): Promise<SourceHandle> => {
    const source = opened.get(image.name) ?? door.sources.open(image);
    opened.set(image.name, source);
    return source;
  };
  const publisherOf = createPublishers(enrolled.images, open);
  const findings: Finding[] = [];
  const failures: { image: string; error: FactoryError }[] = [];
  const used = new Set<string>();
  const known = new Set<string>();
  // Of an image that was not read to its end nobody knows what it is built from.
  let allRead = true;
  const add = ({ name: image, position }: Enrolment, error: unknown) => {
    if (!(error instanceof FactoryError)) throw error;
    const key = `${image}: ${error.message}`;
    if (known.has(key)) return;
    known.add(key);
    const { message, hint, exitStatus } = error;
    if (exitStatus !== 65) failures.push({ image, error });
    else findings.push({ kind: kindOf(error), image, where: position, text: message, hint });
  };
  const look = async (image: Enrolment) => {
    try {
      const { dockerfile: text } = await open(image);
      if (text === undefined) return;
      const dockerfile = parseDockerfile(text, image.dockerfile);
      const { bases, failures } = await lookAtBases(image, dockerfile, { ...door, ...enrolled, publisherOf });
      for (const { watchedAs } of bases) for (const name of watchedAs) used.add(name);
      for (const { error } of failures) {
        allRead &&= error.code === "base-platform-missing";
        add(image, error);
      }
    } catch (error) {
      allRead = false;
      add(image, error);
    }
  };
  await new PQueue({ concurrency: atOnce }).addAll(enrolled.images.map((image) => () => look(image)));
  const order = new Map(enrolled.images.map(({ name }, index) => [name, index]));
  const byOrder = (a: Finding, b: Finding) => (order.get(a.image) ?? 0) - (order.get(b.image) ?? 0);
  const unused = allRead ? enrolled.watched.filter(({ name }) => !used.has(name)) : [];
  return {
    findings: [
      ...findings.toSorted(byOrder),
      ...unused.map(unusedFinding),
      ...(await leftState(enrolled, door.stateDir)),
    ],
    failures,
  };
}

function kindOf({ code }: FactoryError): Finding["kind"] {
  if (code.startsWith("base-")) return "base";
  return code.startsWith("dockerfile-") ? "dockerfile" : "source";
}

function unusedFinding({ name, position }: Enrolled["watched"][number]): Finding {
  return {
    kind: "watched",
    image: name,
    where: position,
    text: "is watched, and no enrolled image is built from it",
    hint: "Take the entry out of images.yaml, or correct its repository and allowTags.",
  };
}

/** State of images that images.yaml does not name. */
async function leftState({ images, watched }: Enrolled, stateDir: string): Promise<readonly Finding[]> {
  const folder = join(stateDir, "images");
  const known = new Set([...images, ...watched].map(({ name }) => name));
  const unreadable = (cause: Error) =>
    new FactoryError("state-invalid", `${folder} cannot be read: ${cause.message}`, { cause });
  const files = await readdir(folder).catch(whenAbsent([], unreadable));
  return files
    .filter((file) => file.endsWith(".yaml") && !file.endsWith(".example.yaml"))
    .map((file) => ({ image: file.slice(0, -".yaml".length), where: join(folder, file) }))
    .filter(({ image }) => !known.has(image))
    .toSorted((a, b) => (a.image < b.image ? -1 : 1))
    .map(({ image, where }) => ({
      kind: "state",
      image,
      where,
      text: "has state and is enrolled no more",
      hint: "Delete the file when nobody needs to know any more what was published.",
    }));
}
