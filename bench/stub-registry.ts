import { once } from "node:events";
import { createServer } from "node:http";
import { type Platform, platforms } from "../src/platform.ts";
import { canonicalJson } from "../src/registry/canonical-json.ts";
import { type Digest, digestOf } from "../src/registry/digest.ts";
import { ociConfigType, ociIndexType, ociManifestType } from "../src/registry/media-types.ts";

interface Content {
  readonly digest: Digest;
  readonly type: string;
  /** Undefined for what is only asked for by HEAD. */
  readonly bytes: Uint8Array | undefined;
}

/** Answers as fast as Node can, so that what is measured is who asks. */
export interface StubRegistry {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  /** Puts an image without layers under a digest of its own and gives that digest. */
  readonly addImage: (path: string, platform: Platform) => Digest;
  /** Puts an index of such images under a tag. */
  readonly addIndex: (path: string, tag: string) => void;
  /** Answers HEAD of a tag with a digest. */
  readonly addTag: (path: string, tag: string, digest: Digest) => void;
  /** `METHOD /v2/…` of every request since the last call. */
  readonly takeRequests: () => readonly string[];
  readonly end: () => Promise<void>;
}

export async function startStubRegistry(): Promise<StubRegistry> {
  const contents = new Map<string, Content>();
  let requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const found = contents.get(request.url ?? "");
    if (request.url === "/v2/") return response.end("{}");
    if (found === undefined) return response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": found.type,
      "docker-content-digest": found.digest,
      "content-length": found.bytes?.length ?? 2,
    });
    return response.end(request.method === "HEAD" ? undefined : found.bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");

  const add = (
    path: string,
    type: string,
    value: object,
  ): { readonly digest: Digest; readonly size: number } => {
    const bytes = canonicalJson(value);
    const digest = digestOf(bytes);
    const place = type === ociConfigType ? "blobs" : "manifests";
    contents.set(`/v2/${path}/${place}/${digest}`, { digest, type, bytes });
    return { digest, size: bytes.length };
  };
  const addImage = (path: string, platform: Platform) => {
    const [os, architecture] = platform.split("/");
    const labels = { "bench.path": path };
    const rootfs = { type: "layers", diff_ids: [] };
    const config = add(path, ociConfigType, { architecture, os, config: { Labels: labels }, rootfs });
    const described = { mediaType: ociConfigType, ...config };
    return add(path, ociManifestType, {
      schemaVersion: 2,
      mediaType: ociManifestType,
      config: described,
      layers: [],
    });
  };
  return {
    address: `127.0.0.1:${bound.port}`,
    addImage: (path, platform) => addImage(path, platform).digest,
    addIndex: (path, tag) => {
      const manifests = platforms.map((platform) => {
        const [os, architecture] = platform.split("/");
        return { mediaType: ociManifestType, ...addImage(path, platform), platform: { os, architecture } };
      });
      const { digest } = add(path, ociIndexType, { schemaVersion: 2, mediaType: ociIndexType, manifests });
      const index = contents.get(`/v2/${path}/manifests/${digest}`);
      if (index !== undefined) contents.set(`/v2/${path}/manifests/${tag}`, index);
    },
    addTag: (path, tag, digest) =>
      void contents.set(`/v2/${path}/manifests/${tag}`, { digest, type: ociIndexType, bytes: undefined }),
    takeRequests: () => {
      const taken = requests;
      requests = [];
      return taken;
    },
    end: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
