import { dirname, posix } from "node:path";
import { FactoryError } from "../../errors.ts";

/** An address that may be given to git: whatever transport it names is one that runs no program of its choosing. */
export interface GitUrl {
  /** As it is handed to git; never with a password or token in it. */
  readonly text: string;
  readonly transport: "https" | "http" | "ssh" | "file";
  /** `https://host:port` for a URL over HTTP: what credentials are bound to. */
  readonly origin: string | undefined;
}

/**
 * Takes https and ssh URLs, `user@host:path`, absolute paths and file URLs, and plain http for this machine alone.
 * Everything else that git would act on (`ext::sh -c …`, options, other helpers) is refused.
 * @throws FactoryError "source-invalid"; the message repeats no password.
 */
export function parseGitUrl(text: string): GitUrl {
  if (text === "" || /[\0-\x20\x7f]/.test(text.startsWith("/") ? text.replaceAll(" ", "") : text)) {
    throw refuse(text, "is empty, or has a space or control character in it");
  }
  if (text.startsWith("-")) throw refuse(text, "begins like an option");
  if (text.startsWith("/")) return { text, transport: "file", origin: undefined };
  if (/^[A-Za-z0-9+.-]+::/.test(text)) throw refuse(text, "names a helper program of git");
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseUrl(text);
  const short =
    /^(?:(?<user>[A-Za-z0-9_.][\w.-]*)@)?(?<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?<path>[^-:].*)$/.exec(text);
  if (short !== null) return { text, transport: "ssh", origin: undefined };
  throw refuse(text, "is no address of a repository");
}

function parseUrl(text: string): GitUrl {
  if (!URL.canParse(text)) throw refuse(text, "is no valid URL");
  const url = new URL(text);
  if (url.search !== "" || url.hash !== "") throw refuse(text, "has a ? or # part");
  switch (url.protocol) {
    case "https:":
    case "http:":
      if (url.username !== "" || url.password !== "") throw refuse(text, "has a user or password in it");
      if (url.protocol === "http:" && !isLoopback(url.hostname)) throw refuse(text, "is not encrypted");
      return { text, transport: url.protocol === "http:" ? "http" : "https", origin: url.origin };
    case "ssh:":
      if (url.password !== "") throw refuse(text, "has a password in it");
      if (url.hostname.startsWith("-") || url.username.startsWith("-") || url.hostname === "") {
        throw refuse(text, "has no proper host");
      }
      return { text, transport: "ssh", origin: undefined };
    case "file:":
      if (url.hostname !== "") throw refuse(text, "names another host");
      return { text, transport: "file", origin: undefined };
    default:
      throw refuse(text, `uses ${url.protocol}, which the factory does not speak`);
  }
}

/** The hosts that are this machine: there plain HTTP is read by nobody else. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/**
 * The address of a submodule as .gitmodules of `parent` writes it. Its author is not who enrolled the image, so it
 * reaches no more than a remote repository may name: no file of this machine except a neighbour of a parent that lies
 * on this machine itself, and plain HTTP only at the parent's own host.
 * @throws FactoryError "source-invalid".
 */
export function parseSubmoduleUrl(text: string, parent: GitUrl): GitUrl {
  const relative = text.startsWith("./") || text.startsWith("../");
  const url = parseGitUrl(relative ? resolveRelative(text, parent.text) : text);
  if (url.transport === "file" && !(relative && parent.transport === "file" && areNeighbours(url, parent))) {
    throw refuse(text, `is a path of this machine, in .gitmodules of ${parent.text}`);
  }
  if (url.transport === "http" && url.origin !== parent.origin) {
    throw refuse(text, `is a service of this machine, in .gitmodules of ${parent.text}`);
  }
  return url;
}

/** `..` takes one part off the end of the parent's path, and stops at the host. */
function resolveRelative(relative: string, parent: string): string {
  const [, root = "", path = ""] = /^([a-z]+:\/\/[^/]*\/|[^/]+:|\/)(.*)$/i.exec(parent) ?? [];
  const parts = path.split("/").filter((part) => part !== "");
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) throw refuse(relative, `leaves the server of ${parent}`);
  }
  return root + parts.join("/");
}

function areNeighbours(url: GitUrl, parent: GitUrl): boolean {
  return `${pathOf(url)}/`.startsWith(`${dirname(pathOf(parent))}/`);
}

function pathOf(url: GitUrl): string {
  return posix.normalize(
    url.text.startsWith("/") ? url.text : decodeURIComponent(new URL(url.text).pathname),
  );
}

function refuse(text: string, why: string): FactoryError {
  const shown = text.replace(/\/\/[^/@]*@/, "//***@");
  return new FactoryError("source-invalid", `git address ${JSON.stringify(shown)} ${why}`, {
    hint: "Write https://host/path, ssh://user@host/path, user@host:path or the absolute path of a repository; credentials have a field of their own.",
  });
}
