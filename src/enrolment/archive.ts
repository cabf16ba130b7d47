import { resolve } from "node:path";
import { isDigest } from "../registry/digest.ts";
import { isLoopback } from "../registry/host.ts";
import type { ArchiveCredentials, ArchivePlace, ArchiveSource } from "./enrolment.ts";
import type { Archive, Image, ArchiveCredentials as WrittenCredentials } from "./images-file.generated.ts";
import { plainPath } from "./plain-path.ts";
import type { Path, Problem } from "./problem.ts";

/** The archive source that an entry means; expects one that the schema and `checkArchive` have passed. */
export function archiveOf(archive: Archive, folder: string): ArchiveSource {
  return {
    kind: "archive",
    place: placeOf(archive, folder),
    digest: archive.digest !== undefined && isDigest(archive.digest) ? archive.digest : undefined,
    directory: plainPath(archive.directory ?? "."),
  };
}

function placeOf({ url, path, credentials }: Archive, folder: string): ArchivePlace {
  if (url === undefined) return { kind: "file", path: resolve(folder, path ?? "") };
  return {
    kind: "url",
    url,
    credentials: credentials === undefined ? undefined : credentialsOf(credentials, folder),
  };
}

function credentialsOf({ variable, file, user }: WrittenCredentials, folder: string): ArchiveCredentials {
  return variable === undefined
    ? { kind: "file", path: resolve(folder, file ?? ""), user }
    : { kind: "variable", name: variable, user };
}

/** What is wrong with the fields of an archive taken together. */
export function checkArchive({ source }: Image, at: Path): readonly Problem[] {
  const archive = source?.archive;
  if (archive === undefined) return [];
  const path = [...at, "source", "archive"];
  const { url, credentials } = archive;
  if ((url === undefined) === (archive.path === undefined)) {
    const got = url === undefined ? "neither" : "both";
    return [{ path, text: `expected url, or path for an archive of this machine, got ${got}` }];
  }
  if (credentials === undefined) return [];
  const problem = (text: string): readonly Problem[] => [{ path: [...path, "credentials"], text }];
  if (url === undefined) return problem("expected no credentials for a file of this machine, got some");
  if (!url.startsWith("https:"))
    return problem("expected an https address, over which alone credentials are sent, got http");
  if ((credentials.variable === undefined) === (credentials.file === undefined))
    return problem(
      `expected variable or file, each with or without user, got ${Object.keys(credentials).join(" and ")}`,
    );
  return [];
}

/** What is wrong with the address of an archive, as `expected …`; undefined for one that may be asked. */
export function explainArchiveAddress(text: string): string | undefined {
  const expected = (rule: string) => `expected the address of an archive: ${rule}`;
  if (text.length > 4_096) return expected("at most 4096 characters");
  if (/[\s\u0000-\u001f\u007f\\#]/.test(text)) return expected("no spaces, control characters, # or \\");
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return expected("https:// and a host");
  const { protocol, host, username, password, pathname } = new URL(text);
  if (username !== "" || password !== "" || text.split("/", 3)[2]?.includes("@"))
    return expected("no user or password in it (source.archive.credentials names where those are)");
  if (protocol === "http:" && !isLoopback(host)) return expected("https, but on this machine itself");
  return pathname === "/" ? expected("a path after the host") : undefined;
}
