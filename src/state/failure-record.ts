import { readFile } from "node:fs/promises";
import { credentialsOf, type Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { Log } from "../log.ts";
import { countFailure, isOwnFault, recordedMessage, triedInputs } from "../plan/breaker.ts";
import type { ImageFacts } from "../plan/image-facts.ts";
import type { BuildStep } from "../plan/plan-step.ts";
import type { Scanner } from "../scan/scanner.ts";
import { type RepositoryLockDoor, withImage } from "./repository-lock.ts";
import { readRecord, writeStanding } from "./state-file.ts";

export interface FailureDoor extends RepositoryLockDoor {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly clock: () => Date;
  readonly scanner: Pick<Scanner, "database">;
  readonly log: Log;
}

/** A build that failed. */
export interface FailedBuild {
  readonly step: BuildStep;
  readonly facts: ImageFacts;
  /** Whether somebody asked for it. */
  readonly byHand: boolean;
}

/**
 * Counts a failure that the image's own inputs are to blame for, so that runs which nobody asked for stop repeating it.
 * Throws nothing: the failure itself is what the caller has to report.
 */
export async function noteFailure(
  error: unknown,
  { step, facts: { enrolment }, byHand }: FailedBuild,
  door: FailureDoor,
): Promise<void> {
  const code = error instanceof FactoryError ? error.code : "bug";
  if (!isOwnFault(code)) return;
  try {
    const database = code === "scan-blocked" ? (await door.scanner.database(enrolment)).updatedAt : undefined;
    const message = recordedMessage(String((error as Error).message), await secretValues(enrolment, door));
    const inputs = triedInputs(enrolment, step.platforms);
    const failure = { inputs, code, message, at: door.clock().toISOString(), byHand };
    await withImage({ image: enrolment.name, repository: enrolment.repository }, door, async () => {
      const { failures } = await readRecord(door.stateDir, enrolment.name);
      const counted = countFailure(failures, { ...failure, ...(database === undefined ? {} : { database }) });
      await writeStanding(door.stateDir, enrolment.name, { failures: counted });
    });
  } catch (problem) {
    const text = `the failure is not counted: ${(problem as Error).message}`;
    door.log({ kind: "warning", image: enrolment.name, text });
  }
}

/** Ends the record of an image whose inputs are no longer those that failed, or fail no more. */
export async function forgetFailures(
  { name, repository }: Pick<Enrolment, "name" | "repository">,
  door: RepositoryLockDoor,
): Promise<void> {
  await withImage({ image: name, repository }, door, () =>
    writeStanding(door.stateDir, name, { failures: undefined }),
  );
}

/** What must not be written down of what an error says: the values of build secrets and of the source's credentials. */
async function secretValues(
  { secrets, source }: Enrolment,
  { variables }: Pick<FailureDoor, "variables">,
): Promise<readonly string[]> {
  const credentials = credentialsOf(source);
  const variableNames = [
    ...secrets.flatMap((secret) => (secret.from === "variable" ? [secret.name] : [])),
    ...(credentials?.kind === "variable" ? [credentials.name] : []),
  ];
  const files = [
    ...secrets.flatMap((secret) => (secret.from === "file" ? [secret.path] : [])),
    ...(credentials?.kind === "file" ? [credentials.path] : []),
  ];
  const read = files.map((file) => readFile(file, "utf8").catch(() => ""));
  return [...variableNames.map((name) => variables[name] ?? ""), ...(await Promise.all(read))];
}
