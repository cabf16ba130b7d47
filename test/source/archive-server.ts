import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

/** A web server on loopback with files; `/latest/<name>` leads on to `/files/<name>`, as servers of releases do. */
export interface ArchiveServer {
  readonly address: string;
  /** `<path> <status>` of each request since the last `forget`. */
  readonly asked: readonly string[];
  readonly forget: () => void;
  readonly put: (name: string, bytes: Uint8Array) => void;
  readonly stop: () => Promise<void>;
}

/** `tags` says whether it has entity tags. */
export async function startArchiveServer({ tags = true } = {}): Promise<ArchiveServer> {
  const files = new Map<string, Uint8Array>();
  const asked: string[] = [];
  const server = createServer(({ url = "/", headers }, response) => {
    const [, folder, name = ""] = url.split("/");
    const answer = (status: number, more: Record<string, string> = {}, body?: Uint8Array) => {
      asked.push(`${url} ${status}`);
      response.writeHead(status, { ...(body && { "content-length": String(body.length) }), ...more });
      response.end(body);
    };
    const bytes = files.get(name);
    if (bytes === undefined) return answer(404);
    if (folder === "latest")
      return answer(302, { location: `http://${headers.host}/files/${name}` }, Buffer.from("over there\n"));
    const etag = `"${createHash("sha256").update(bytes).digest("hex")}"`;
    if (tags && headers["if-none-match"] === etag) return answer(304, { etag });
    answer(200, tags ? { etag } : {}, bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  return {
    address: `127.0.0.1:${bound.port}`,
    asked,
    forget: () => void asked.splice(0),
    put: (name, bytes) => void files.set(name, bytes),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
