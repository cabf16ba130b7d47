/**
 * `github.com/acme/api`: what the https, ssh and scp addresses of one repository have in common, without user, port and
 * `.git`; the path itself for one of this machine.
 */
export function repositoryPathOf(url: string): string {
  const [, scheme, rest = url] = /^([a-z]+):\/\/(.*)$/i.exec(url) ?? [];
  if (scheme === undefined && url.startsWith("/")) return withoutSuffix(url);
  const [, host = "", path = ""] =
    /^(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)(?::\d+(?=\/)|:)?\/*(.*)$/.exec(rest) ?? [];
  return withoutSuffix(`${host.toLowerCase()}/${path}`);
}

function withoutSuffix(path: string): string {
  return path.replace(/\/+$/, "").replace(/\/?\.git$/, "");
}
