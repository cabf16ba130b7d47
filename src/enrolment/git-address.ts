import { resolve } from "node:path";
import { didYouMean } from "./suggestion.ts";

/** A git address that was understood, or the sentence that says why not. */
export type GitAddress = { readonly url: string } | { readonly expected: string };

const forges = ["github", "gitlab", "gitea"] as const;
type Forge = (typeof forges)[number];

const host =
  /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?$/;
const user = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const forgePart = /^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/;

/**
 * The address that git is given for what images.yaml says: shorthands expanded, a path of this machine made absolute
 * from `folder`. Whatever git would read as an option, as a helper to run or as a password is refused.
 */
export function parseGitAddress(text: string, folder: string): GitAddress {
  if (text === "" || text.length > 2_048) return refuse("at most 2048 characters and at least one");
  if (/[\s\u0000-\u001f\u007f\\]/.test(text)) return refuse("no spaces, control characters or \\");
  if (text.startsWith("-")) return refuse("no - at the start");
  if (/^(?:\/|\.\.?(?:\/|$))/.test(text)) return { url: resolve(folder, text) };
  if (/^[^/]*::/.test(text)) return refuse("an https or ssh address, never a helper that git would run");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/.exec(text);
  if (scheme !== null) return withScheme((scheme[1] ?? "").toLowerCase(), scheme[2] ?? "");
  const colon = text.indexOf(":");
  if (colon < 0)
    return refuse("github:owner/repository, an https or ssh address, or a path that begins with ./ or /");
  return text.slice(0, colon).includes("@")
    ? scpLike(text, colon)
    : shorthand(text.slice(0, colon), text.slice(colon + 1));
}

function refuse(rule: string): GitAddress {
  return { expected: `expected the address of a git repository: ${rule}` };
}

function withScheme(scheme: string, rest: string): GitAddress {
  if (/[?#]/.test(rest)) return refuse("no ? or # (a branch or tag goes to ref, a folder to directory)");
  if (scheme === "file") {
    return /^\/(?!\/)[^%]*$/.test(rest) ? { url: rest } : refuse("file:/// and an absolute path");
  }
  if (scheme !== "https" && scheme !== "http" && scheme !== "ssh") {
    return refuse(
      `https://, ssh://, http:// or file://${didYouMean(scheme, ["https", "ssh", "http", "file"])}`,
    );
  }
  const slash = rest.indexOf("/");
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? "" : rest.slice(slash);
  const at = authority.lastIndexOf("@");
  const login = at < 0 ? undefined : authority.slice(0, at);
  if (login !== undefined && (scheme !== "ssh" || !user.test(login))) {
    return refuse("no user or password in it (source.git.credentials names where those are)");
  }
  if (!host.test(authority.slice(at + 1))) return refuse(`a host after ${scheme}://`);
  if (/^\/*$/.test(path)) return refuse(`a path after the host`);
  return { url: `${scheme}://${authority}${path}` };
}

/** `user@host:path`, as scp writes it. Without a user it would be a misspelt shorthand, so that is asked for. */
function scpLike(text: string, colon: number): GitAddress {
  const [login = "", server = "", ...more] = text.slice(0, colon).split("@");
  const path = text.slice(colon + 1);
  if (more.length > 0 || !user.test(login) || !host.test(server)) return refuse("user@host:path");
  if (!/^[^-:]/.test(path)) return refuse("a path after the host, with no - or : at the start");
  return { url: text };
}

function shorthand(forge: string, rest: string): GitAddress {
  if (!isForge(forge)) {
    const meant = didYouMean(forge, forges);
    return refuse(`github:, gitlab: or gitea:, https:// or ssh://, user@host:path${meant}`);
  }
  if (/[?#@]/.test(rest)) return refuse("no ? # or @ (a branch or tag goes to ref, a folder to directory)");
  const path = rest.endsWith(".git") ? rest.slice(0, -".git".length) : rest;
  const [first = "", ...others] = path.split("/");
  const parts = forge === "gitea" ? others : [first, ...others];
  const countFits = forge === "gitlab" ? parts.length >= 2 : parts.length === 2;
  if (!countFits || !parts.every(isForgePart) || (forge === "gitea" && !host.test(first))) {
    return refuse(forms[forge]);
  }
  const server = forge === "gitea" ? first : `${forge}.com`;
  return { url: `https://${server}/${parts.join("/")}.git` };
}

const forms: Readonly<Record<Forge, string>> = {
  github: "github:owner/repository",
  gitlab: "gitlab:group/project",
  gitea: "gitea:host/owner/repository",
};

function isForge(text: string): text is Forge {
  return (forges as readonly string[]).includes(text);
}

function isForgePart(part: string): boolean {
  return forgePart.test(part) && part !== "." && part !== "..";
}
