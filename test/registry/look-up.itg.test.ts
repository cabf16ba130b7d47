import { afterAll, beforeAll, expect, test } from "vitest";
import { createRegistryClient } from "../../src/registry/client.ts";
import { indexBytes } from "../../src/registry/manifest.ts";
import { ociIndexType } from "../../src/registry/media-types.ts";
import { createTransport } from "../../src/registry/transport.ts";
import { pushImage } from "../bases/push-image.ts";
import { type RealRegistry, startRegistry } from "./real-registry.ts";

let real: RealRegistry;
beforeAll(async () => {
  real = await startRegistry();
});
afterAll(async () => {
  await real?.stop();
});

test("docker-registry answers 304 for an image and for an index that stayed, and the new digest for one that moved", async () => {
  const statuses: number[] = [];
  const transport = createTransport({ env: {}, connectMs: 5000, idleMs: 5000, storeMs: 5000 });
  const client = createRegistryClient({
    credentials: { lookup: async () => undefined },
    log: () => undefined,
    env: {},
    transport: async (request) => {
      const response = await transport(request);
      if (request.method === "HEAD" && request.url.pathname.includes("/manifests/"))
        statuses.push(response.status);
      return response;
    },
  });
  const base = { registry: real.address, path: "base" };
  const image = await pushImage(client, base, "image", { text: "one" });
  const bytes = indexBytes([{ ...image, platform: "linux/amd64" }]);
  const index = await client.putManifest(base, "index", ociIndexType, bytes);
  for (const [tag, digest] of [
    ["image", image.digest],
    ["index", index],
  ] as const) {
    const seen = await client.lookUp(base, tag);
    expect(seen).toEqual({ digest, validator: { etag: `"${digest}"`, host: real.address } });
    expect(await client.lookUp(base, tag, seen)).toEqual(seen);
  }
  expect(statuses).toEqual([200, 304, 200, 304]);

  const seen = await client.lookUp(base, "image");
  const moved = await pushImage(client, base, "image", { text: "two" });
  expect((await client.lookUp(base, "image", seen))?.digest).toBe(moved.digest);
  expect(await client.lookUp(base, "absent", seen)).toBeUndefined();
});
