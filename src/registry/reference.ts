import { FactoryError } from "../errors.ts";
import { type Digest, isDigest } from "./digest.ts";

/** A repository by its normalised name: `docker.io` + `library/debian`, `127.0.0.1:5000` + `team/app`. */
export interface Repository {
  /** Host with port where one was given; `docker.io` where none was. */
  readonly registry: string;
  readonly path: string;
}

/** What a FROM line or a command line names: a repository and, where they were given, a tag, a digest or both. */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

const domainComponent = "(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])";
const domain = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[A-Fa-f0-9:]+\\])(?::[0-9]+)?`;
const pathComponent = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

const domainPattern = new RegExp(`^${domain}$`);
const pathPattern = new RegExp(`^${pathComponent}(?:/${pathComponent})*$`);
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** A bare image id: Docker refuses it as a name, because it could be meant as one. */
const imageIdPattern = /^[0-9a-f]{64}$/;

/** Of the path, without registry; longer names are refused by registries. */
const maxPathLength = 255;

/**
 * Reads a reference and normalises it as Docker does: `debian` is `docker.io/library/debian`, and the first part is a
 * registry only when it has a dot, a colon or an upper-case letter, or is `localhost`. No tag is added.
 * @throws FactoryError "reference-invalid".
 * @see https://github.com/distribution/reference/blob/v0.6.0/reference.go
 */
export function parseReference(text: string): Reference {
  const [name, digest] = cut(text, "@");
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(text, "what follows @ has to be sha256:<64 hex digits>");
  }
  if (imageIdPattern.test(name)) throw invalid(text, "this is the id of an image, not a name");
  const colon = name.lastIndexOf(":");
  const hasTag = colon > name.lastIndexOf("/");
  const tag = hasTag ? name.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) {
    throw invalid(text, "a tag has 1 to 128 of A-Z a-z 0-9 _ . - and begins with none of . -");
  }
  const repository = normalise(hasTag ? name.slice(0, colon) : name, text);
  return {
    ...repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Reads the name of a repository: a reference that has neither tag nor digest.
 * @throws FactoryError "reference-invalid".
 */
export function parseRepository(text: string): Repository {
  const { registry, path, tag, digest } = parseReference(text);
  if (tag !== undefined) throw invalid(text, "a repository has no tag");
  if (digest !== undefined) throw invalid(text, "a repository has no digest");
  return { registry, path };
}

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** The tag that a pull asks for: `latest` where the reference has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: "latest" }
    : reference;
}

/** `docker.io/library/debian`: always with the registry, so that no tool has to guess it. */
export function formatRepository({ registry, path }: Repository): string {
  return `${registry}/${path}`;
}

/** The whole reference with everything that it has: `<registry>/<path>[:<tag>][@<digest>]`. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${formatRepository(reference)}${tag}${digest}`;
}

/** A formatted reference without what a person leaves out: Docker Hub, and `library` there. */
export function familiarName(reference: string): string {
  return reference.replace(/^docker\.io\/(?:library\/)?/, "");
}

function normalise(name: string, text: string): Repository {
  const [first, rest] = cut(name, "/");
  const hasRegistry = rest !== undefined && (/[.:A-Z]/.test(first) || first === "localhost");
  const registry = !hasRegistry || first === "index.docker.io" ? "docker.io" : first;
  const remainder = hasRegistry ? rest : name;
  const path = registry === "docker.io" && !remainder.includes("/") ? `library/${remainder}` : remainder;
  if (!domainPattern.test(registry)) throw invalid(text, `${JSON.stringify(registry)} is no host name`);
  if (/[A-Z]/.test(path)) throw invalid(text, "a repository is written in lower case");
  if (!pathPattern.test(path)) {
    throw invalid(text, "each part of a repository is a-z and 0-9, with single . _ or - in between");
  }
  if (path.length > maxPathLength)
    throw invalid(text, `a repository has at most ${maxPathLength} characters`);
  return { registry, path };
}

/** The parts before and after the first `separator`; the second is undefined where there is none. */
function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function invalid(text: string, why: string): FactoryError {
  return new FactoryError(
    "reference-invalid",
    `expected [registry[:port]/]repository[:tag][@sha256:<64 hex digits>], got ${JSON.stringify(text)}: ${why}`,
  );
}
