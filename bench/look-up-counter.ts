import { once } from "node:events";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { delimiter, join } from "node:path";

/** What a command asked while it was watched: requests as `HEAD /v2/…`, git by its arguments. */
export interface Questions {
  readonly registry: readonly string[];
  readonly git: readonly string[];
}

export interface LookUpCounter {
  /** `127.0.0.1:<port>`: passes everything on to the registry. */
  readonly address: string;
  /** To put before PATH: a git that notes what it is asked. */
  readonly path: string;
  readonly questions: () => Promise<Questions>;
  readonly end: () => Promise<void>;
}

/** Stands between a command and its registry and git, and notes every question: a skipped look-up is seen here. */
export async function startLookUpCounter(dir: string, registry: string, env: string): Promise<LookUpCounter> {
  const asked: string[] = [];
  const [hostname, port] = registry.split(":");
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const { method, url: path, headers } = incoming;
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const log = join(dir, "git-questions");
  const bin = join(dir, "counting");
  await rm(log, { force: true });
  await mkdir(bin, { recursive: true });
  const git = join(bin, "git");
  await writeFile(git, `#!/bin/sh\nprintf '%s\\n' "$*" >>'${log}'\nPATH='${env}' exec git "$@"\n`);
  await chmod(git, 0o755);
  return {
    address: `127.0.0.1:${typeof address === "object" ? address?.port : address}`,
    path: `${bin}${delimiter}${env}`,
    questions: async () => ({
      registry: asked,
      git: (await readFile(log, "utf8").catch(() => "")).split("\n").filter((line) => line !== ""),
    }),
    end: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
