/** What Trivy says in its log alone, and a verdict needs. */
export interface TrivyLog {
  /** Packages that Trivy left out because it could not read their version. */
  readonly unreadPackages: readonly string[];
  /** The release by whose advisories an Alpine image is judged, where its repositories name another than /etc does. */
  readonly alpineRelease: string | undefined;
  /** Whether the scan ended because an image has JAR files and no index of Java packages was given. */
  readonly wantsJavaIndex: boolean;
}

/** Reads the log of a scan, in the words of Trivy 0.74 and of the older builds (0.5x). */
export function readTrivyLog(text: string): TrivyLog {
  const lines = text.replaceAll(colour, "").split("\n");
  const unread = lines.flatMap((line) => unreadPackage.exec(line)?.[1] ?? []);
  const release = lines.flatMap((line) => alpineRepository.exec(line)?.[1] ?? []).at(-1);
  return {
    unreadPackages: [...new Set(unread)],
    alpineRelease: release,
    wantsJavaIndex: lines.some((line) => line.includes(javaIndexMissing)),
  };
}

const colour = /\u001b\[[0-9;]*m/g;
const unreadPackage = /\bInvalid version\b.*?"?package"?[=:]\s*"([^"]*)"/;
const alpineRepository = /\brepository[=:]\s*["']([\w.]+)["']/;
const javaIndexMissing = "'--skip-java-db-update' cannot be specified on the first run";
