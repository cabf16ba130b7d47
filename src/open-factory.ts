import { setImmediate as nextTurn } from "node:timers/promises";
import type { Session } from "./command/main.ts";
import type { Enrolled, Enrolment } from "./enrolment/enrolment.ts";
import { readImages } from "./enrolment/read-images.ts";
import type { Factory, RunWords } from "./factory.ts";
import { openState } from "./open-state.ts";
import { beginSources } from "./resolve/begin-sources.ts";
import { run } from "./run.ts";
import type { Settings } from "./settings.ts";
import { findProgram } from "./setup/programs.ts";
import { createLister, type Lister } from "./source/git/listing.ts";

/** What a command says of itself before the factory is put together for it. */
export interface Opening {
  /** Throws where the command's words do not fit what is enrolled, before anything is started. */
  readonly check?: (enrolments: readonly Enrolment[]) => void;
  /** What will be resolved: the repositories of these images are asked while the rest is made ready. */
  readonly words?: (enrolments: readonly Enrolment[]) => RunWords;
  /** Reads images.yaml, for a command that has its own idea of what may stand there. */
  readonly read?: (imagesFile: string, stateDir: string) => Promise<Enrolled>;
}

/** What is read before anything is asked of anybody. */
export interface Opened {
  readonly settings: Settings;
  readonly enrolled: Enrolled;
  /** Has begun to list what the command said it will resolve. */
  readonly lister: Lister;
}

/**
 * Reads settings and images.yaml and makes ready what a command needs.
 * @param registry As `assembleFactory`.
 * @throws FactoryError "settings-invalid", "images-invalid", and as `assembleFactory`.
 */
export async function openFactory(
  session: Session,
  registry: "start" | "look",
  { check, words, read = readImages }: Opening = {},
): Promise<Factory> {
  const settings = await openState(session);
  const enrolled = await read(settings.imagesFile, settings.stateDir);
  check?.(enrolled.images);
  const { env, signal } = session;
  const lister = createLister({ run, variables: env, signal });
  const asked = words?.(enrolled.images);
  // Where it is missing, it is installed once a source is looked at.
  if (asked !== undefined && findProgram("git", env) !== undefined) {
    session.atEnd(lister.close);
    beginSources(enrolled.images, asked, lister);
    // To load code keeps the processor busy; what was begun is started before.
    await nextTurn();
  }
  const { assembleFactory } = await import("./factory.ts");
  return assembleFactory({ settings, enrolled, lister }, registry, session);
}
