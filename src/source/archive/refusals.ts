import { FactoryError } from "../../errors.ts";

/** The error of an entry that no build is sent. */
export function refuseEntry(archive: string, entry: string, why: string): FactoryError {
  const which = entry === "" ? "an entry" : shown(entry);
  return new FactoryError("source-invalid", `${archive}: ${which} cannot be sent to a build: ${why}`, {
    hint: "Pack the archive without it. Nothing of it was used.",
  });
}

const mostShown = 200;

function shown(entry: string): string {
  return JSON.stringify(entry.length > mostShown ? `${entry.slice(0, mostShown)}…` : entry);
}

/** What is not as it was packed: it may come whole another time. */
export function damaged(archive: string, why: string, cause?: unknown): FactoryError {
  return new FactoryError("source-unavailable", `${archive} is damaged: ${why}`, { cause });
}

/** What is nothing that is read here. */
export function noArchive(archive: string): FactoryError {
  return new FactoryError("source-invalid", `${archive} is no tar archive`, {
    hint: "Read are tar, tar.gz and tar.zst. A server that wants a login may have sent its page instead.",
  });
}

/** What to do about an archive that is too much of something. */
export const smaller = "Pack what the build needs alone.";
