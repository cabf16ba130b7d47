import { findBases } from "../dockerfile/bases.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import type { TagFacts } from "../enrolment/tags.ts";
import { renderValues } from "../enrolment/values.ts";
import { FactoryError } from "../errors.ts";
import { orderByNeeds } from "../plan/graph.ts";
import { referenceOf } from "../plan/platform-key.ts";
import { platforms } from "../platform.ts";
import { parseReference } from "../registry/reference.ts";
import { normaliseBase } from "../resolve/dockerfile-bases.ts";
import { createPublishers } from "../resolve/publishers.ts";
import type { SourceHandle } from "../resolve/source-handle.ts";
import type { ImageState } from "../state/image-state.ts";
import { createTurns } from "../turns.ts";

/** What one image is built from, by names that move: a base that is named by a digest stays what it is. */
export interface ImageBases {
  /** References of images of others. */
  readonly external: readonly string[];
  /** Enrolled images, by the references that its Dockerfile names them with. */
  readonly enrolled: readonly { readonly reference: string; readonly image: string }[];
  /** Whether its source is a git tag, which is expected to stay. */
  readonly onTag: boolean;
}

/** By image: what each is built from. */
export type ImageEdges = ReadonlyMap<string, ImageBases>;

export interface ImageEdgesDoor {
  readonly open: (
    enrolment: Enrolment,
  ) => Promise<Pick<SourceHandle, "commit" | "version" | "onTag" | "dockerfile">>;
  readonly stateOf: (image: string) => Promise<ImageState | undefined>;
  /** Told of each image whose recorded bases had to do. */
  readonly warn: (image: string, text: string) => void;
}

/** Sources looked at side by side. */
const atOnce = 64;

/** What is known of an image before it is known which of its bases are enrolled. */
interface Look {
  readonly references: readonly string[];
  readonly facts: TagFacts;
  readonly onTag: boolean;
}

/**
 * Reads from sources what each image is built from, on whatever platform and whichever machine builds. No registry is
 * asked, so what a base's ONBUILD instructions name is not among it. Where a source cannot be read, it is what the image
 * was built from last.
 * @throws FactoryError of the first source that cannot be read and whose image was never built, with all such images as
 *   problems; "dependency-cycle".
 */
export async function findImageEdges(
  images: readonly Enrolment[],
  door: ImageEdgesDoor,
): Promise<ImageEdges> {
  const inTurn = createTurns(atOnce);
  const failures: FactoryError[] = [];
  const looks = new Map<string, Look>();
  const look = async (image: Enrolment) => {
    try {
      looks.set(image.name, await lookAt(image, door));
    } catch (error) {
      if (!(error instanceof FactoryError)) throw error;
      failures.push(error);
    }
  };
  await Promise.all(images.map((image) => inTurn(() => look(image))));
  const [first, ...others] = failures;
  if (first !== undefined && others.length === 0) throw first;
  if (first !== undefined) {
    throw new FactoryError(first.code, `what ${failures.length} images are built from cannot be found out`, {
      problems: failures.map(({ message }) => message).toSorted(),
      ...(first.hint === undefined ? {} : { hint: first.hint }),
    });
  }
  const publisherOf = createPublishers(images, async ({ name }) => looks.get(name)?.facts ?? {});
  const edges = new Map<string, ImageBases>();
  for (const { name } of images) {
    const external: string[] = [];
    const enrolled: { reference: string; image: string }[] = [];
    for (const reference of looks.get(name)?.references ?? []) {
      const publisher = await publisherOf(parseReference(reference));
      if (publisher === undefined) external.push(reference);
      else enrolled.push({ reference, image: publisher.name });
    }
    edges.set(name, { external, enrolled, onTag: looks.get(name)?.onTag ?? false });
  }
  orderByNeeds([...edges.keys()], (name) => (edges.get(name)?.enrolled ?? []).map(({ image }) => image));
  return edges;
}

async function lookAt(image: Enrolment, door: ImageEdgesDoor): Promise<Look> {
  try {
    const { commit, version, onTag = false, dockerfile } = await door.open(image);
    return { references: referencesOf(image, commit, dockerfile), facts: { commit, version }, onTag };
  } catch (error) {
    if (!(error instanceof FactoryError) || ["interrupted", "terminated"].includes(error.code)) throw error;
    const { name } = image;
    const state = await door.stateOf(name);
    if (state === undefined) throw naming(name, error);
    door.warn(name, `${error.message}: taken as built from what it was built from last`);
    const { commit, version } = state;
    return {
      references: recordedReferences(state),
      facts: { commit, version },
      onTag: version !== undefined && commit !== undefined,
    };
  }
}

/** Sorted, each once. A stage may be on the platform of the machine that builds, which is any of them. */
function referencesOf(
  { name, args, target, platforms: built, dockerfile: path }: Enrolment,
  commit: string | undefined,
  text: string | undefined,
): readonly string[] {
  if (text === undefined) return [];
  const dockerfile = parseDockerfile(text, path ?? "Dockerfile");
  const rendered = renderValues(name, args, commit);
  const found = built.flatMap((platform) =>
    platforms.flatMap((buildPlatform) =>
      findBases(dockerfile, { platform, buildPlatform, target, args: rendered }, normaliseBase).bases.map(
        ({ reference }) => reference,
      ),
    ),
  );
  return moving(found);
}

function recordedReferences({ platforms: built }: ImageState): readonly string[] {
  return moving(Object.values(built).flatMap(({ inputs }) => Object.keys(inputs.bases).map(referenceOf)));
}

function moving(references: readonly string[]): readonly string[] {
  return [...new Set(references)].filter((reference) => !reference.includes("@")).toSorted();
}

function naming(image: string, error: FactoryError): FactoryError {
  if (error.message.startsWith(`${image}:`)) return error;
  return new FactoryError(error.code, `${image}: ${error.message}`, {
    cause: error,
    problems: error.problems,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
