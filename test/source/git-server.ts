import { execFileSync, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { onLoopback } from "../loopback.ts";

export interface GitServer {
  /** `http://127.0.0.1:<port>`; a repository at `<root>/a.git` is `<origin>/a.git`. */
  readonly origin: string;
  /** `<method> <path and query>` of each request so far, with ` as <user>` where one authenticated. */
  readonly requests: readonly string[];
  readonly stop: () => Promise<void>;
}

export interface GitServerOptions {
  /** Folder with the repositories. */
  readonly root: string;
  /** Asked for by Basic authentication; without it everybody may read. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Answered instead of git: undefined leaves the request to git. */
  readonly answer?: (
    path: string,
  ) => { readonly status: number; readonly headers?: Record<string, string> } | undefined;
  /** Whether git does the work and nobody hears of it: the connection ends in the place of the answer. */
  readonly loseAnswer?: (path: string) => boolean;
  /** Serves the files as they lie there, as a plain web server does, instead of git's own protocol. */
  readonly dumb?: boolean;
}

/** git's own smart HTTP server on a free loopback port: `git http-backend` as a CGI program. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const requests: string[] = [];
  const backend = join(execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(), "git-http-backend");
  const server = createServer((request, response) => {
    const user = userOf(request);
    requests.push(`${request.method} ${request.url}${user === undefined ? "" : ` as ${user.user}`}`);
    const canned = options.answer?.(request.url ?? "/");
    if (canned !== undefined) return void response.writeHead(canned.status, canned.headers).end();
    if (options.login !== undefined && !isLogin(user, options.login)) {
      return void response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end();
    }
    serve(backend, options, request, response);
  });
  const { address, stop } = await onLoopback(server);
  return { origin: `http://${address}`, requests, stop };
}

function userOf(request: IncomingMessage): GitServerOptions["login"] {
  const encoded = /^Basic (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? "", "base64").toString()) ?? [];
  return user === undefined || password === undefined ? undefined : { user, password };
}

function isLogin(given: GitServerOptions["login"], login: NonNullable<GitServerOptions["login"]>): boolean {
  return given?.user === login.user && given.password === login.password;
}

/** Those whose one answer is lost already. */
const isLostOnce = new WeakSet<GitServerOptions>();

/** One CGI call. @see https://www.rfc-editor.org/rfc/rfc3875 */
function serve(
  backend: string,
  options: GitServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const child = spawn(backend, [], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: options.root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      GIT_CONFIG_KEY_1: "http.uploadpack",
      GIT_CONFIG_VALUE_1: options.dumb === true ? "false" : "true",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: options.dumb === true ? "" : url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
      REMOTE_ADDR: "127.0.0.1",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const isLost = options.loseAnswer?.(url.pathname) === true && !isLostOnce.has(options);
  if (isLost) isLostOnce.add(options);
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    if (isLost) return;
    if (head === undefined) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const fields = head
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => line.split(/: (.*)/s));
    const headers = Object.fromEntries(fields.map(([name, value]) => [name, value ?? ""]));
    response.writeHead(Number.parseInt(headers["Status"] ?? "200", 10), headers);
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  child.on("close", () => (isLost ? response.destroy() : response.end()));
}
