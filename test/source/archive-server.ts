import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { type OnLoopback, onLoopback } from "../loopback.ts";

/** A web server on loopback with files; `/latest/<name>` leads on to `/files/<name>`, as servers of releases do. */
export interface ArchiveServer extends OnLoopback {
  /** `<path> <status>` of each request since the last `forget`. */
  readonly asked: readonly string[];
  readonly forget: () => void;
  readonly put: (name: string, bytes: Uint8Array) => void;
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
  return {
    ...(await onLoopback(server)),
    asked,
    forget: () => void asked.splice(0),
    put: (name, bytes) => void files.set(name, bytes),
  };
}
