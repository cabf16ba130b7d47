import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";

// A git server over TLS, in a pod of the test: state.git below $HOME, for whoever has $TOKEN. A push waits while the file
// `hold` is there and the message of its commit matches it, and is refused then: its sender is gone by that time.
const home = process.env["HOME"] ?? "";
const file = (name: string) => join(home, name);
const git = (...args: readonly string[]) => spawnSync("git", args, { stdio: "inherit" });

const hook = `#!/bin/sh
while read -r _ new _; do
  if [ -f ${file("hold")} ] && git log -1 --format=%B "$new" | grep -qf ${file("hold")}; then
    touch ${file("held")}
    while [ -f ${file("hold")} ]; do sleep 0.2; done
    exit 1
  fi
done
`;

function answer(request: IncomingMessage, response: ServerResponse, backend: string): void {
  const given = Buffer.from(`${request.headers.authorization}`.replace(/^Basic /, ""), "base64").toString();
  if (given.replace(/^[^:]*:/, "") !== process.env["TOKEN"]) {
    response.writeHead(401, { "www-authenticate": 'Basic realm="state"' }).end();
    return;
  }
  const { pathname, searchParams } = new URL(request.url ?? "", "https://git");
  const child = spawn(backend, {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: home,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: `${request.headers["git-protocol"] ?? ""}`,
      REMOTE_USER: "team",
      REMOTE_ADDR: "127.0.0.1",
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      ...(request.headers["content-length"] === undefined
        ? {}
        : { CONTENT_LENGTH: request.headers["content-length"] }),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  response.on("close", () => {
    if (!response.writableEnded) writeFileSync(file("left"), "");
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf("\r\n\r\n");
    const headers = all.subarray(0, end).toString().split("\r\n");
    const fields = headers.map((line) => line.split(/:\s*/, 2) as [string, string]);
    const status = fields.find(([name]) => name === "Status")?.[1];
    response.writeHead(Number.parseInt(status ?? "200", 10), Object.fromEntries(fields));
    response.end(all.subarray(end + 4));
  });
}

const repository = file("state.git");
if (!existsSync(repository)) {
  git("init", "--quiet", "--bare", "--initial-branch=main", repository);
  mkdirSync(join(repository, "hooks"), { recursive: true });
  writeFileSync(join(repository, "hooks/pre-receive"), hook, { mode: 0o755 });
}
const [folder] = spawnSync("git", ["--exec-path"], { encoding: "utf8" }).stdout.split("\n");
while (!existsSync(file("tls.pem"))) await new Promise((resolve) => setTimeout(resolve, 200));
const pem = readFileSync(file("tls.pem"));
createServer({ key: pem, cert: pem }, (request, response) =>
  answer(request, response, join(folder ?? "", "git-http-backend")),
).listen(8443);
