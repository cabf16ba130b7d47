import { afterEach, describe, expect, test } from "vitest";
import { createRegistryClient, type RegistryClientOptions } from "../../src/registry/client.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { ociManifestType } from "../../src/registry/media-types.ts";
import { type Answer, type MisbehavingRegistry, serve } from "./misbehaving-registry.ts";

const started: MisbehavingRegistry[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

async function registry(answer: Answer): Promise<MisbehavingRegistry> {
  const server = await serve(answer);
  started.push(server);
  return server;
}

function clientOf(options: Partial<RegistryClientOptions> = {}) {
  return createRegistryClient({
    credentials: { lookup: async () => undefined },
    log: () => undefined,
    env: {},
    ...options,
  });
}

const at = (server: MisbehavingRegistry, path = "team/app") => ({ registry: server.address, path });
const [digest, other] = [digestOf("one"), digestOf("other")];
const head = (etag: string): Answer => {
  return (request, response) => {
    response.setHeader("content-type", ociManifestType);
    if (request.headers["if-none-match"] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag, "docker-content-digest": digest }).end();
  };
};

describe("looking a tag up again", () => {
  test.each([`"${digest}"`, 'W/"opaque"'])(
    "asks with the entity tag %s that came with the digest",
    async (etag) => {
      const server = await registry(head(etag));
      const client = clientOf();
      const seen = await client.lookUp(at(server), "1");
      expect(seen).toEqual({ digest, validator: { etag, host: server.address } });
      expect(await client.lookUp(at(server), "1", seen)).toEqual(seen);
      expect(server.headers.map((headers) => headers["if-none-match"])).toEqual([undefined, etag]);
      expect(server.requests).toEqual(Array(2).fill("HEAD /v2/team/app/manifests/1"));
    },
  );

  test("asks without a condition where no entity tag came, or another host gave it", async () => {
    const server = await registry((_request, response) => {
      response.writeHead(200, { "docker-content-digest": digest }).end();
    });
    const seen = await clientOf().lookUp(at(server), "1");
    expect(seen).toEqual({ digest });
    await clientOf().lookUp(at(server), "1", seen);
    await clientOf().lookUp(at(server), "1", { digest, validator: { etag: '"x"', host: "mirror" } });
    expect(server.headers.map((headers) => headers["if-none-match"])).toEqual(Array(3).fill(undefined));
  });

  test("is not told a lie: unchanged, and yet another digest", async () => {
    const server = await registry((_request, response) => {
      response.writeHead(304, { "docker-content-digest": other }).end();
    });
    const before = { digest, validator: { etag: '"x"', host: server.address } };
    await expect(clientOf().lookUp(at(server), "1", before)).rejects.toMatchObject({
      code: "registry-answer-invalid",
    });
  });

  test("takes a 304 for no answer where it asked without a condition", async () => {
    const server = await registry((_request, response) => response.writeHead(304).end());
    await expect(clientOf().lookUp(at(server), "1")).rejects.toMatchObject({
      code: "registry-answer-invalid",
    });
  });

  test("finds nothing where the answer is 404, also on condition", async () => {
    const server = await registry((_request, response) => response.writeHead(404).end());
    const before = { digest, validator: { etag: '"x"', host: server.address } };
    expect(await clientOf().lookUp(at(server), "1", before)).toBeUndefined();
  });
});

describe("a host is asked politely", () => {
  test.each([undefined, 3])(
    "by no more requests at one time than are allowed (%s)",
    async (requestsPerHost) => {
      let [now, most] = [0, 0];
      const server = await registry((request, response) => {
        most = Math.max(most, ++now);
        setTimeout(() => {
          now--;
          head('"x"')(request, response, Buffer.alloc(0));
        }, 10);
      });
      const client = clientOf(requestsPerHost === undefined ? {} : { requestsPerHost });
      const tags = Array.from({ length: 40 }, (_, tag) => String(tag));
      await Promise.all(tags.map((tag) => client.lookUp(at(server, "a"), tag)));
      expect(server.requests).toHaveLength(40);
      expect(most).toBe(requestsPerHost ?? 8);
    },
  );

  test("by none while it wants to be left alone: one 429 is heeded by all that wait", async () => {
    let time = Date.parse("2026-11-21T00:00:00Z");
    const server = await registry((request, response) => {
      if (time === Date.parse("2026-11-21T00:00:00Z")) response.writeHead(429, { "retry-after": "30" }).end();
      else head('"x"')(request, response, Buffer.alloc(0));
    });
    const slept: number[] = [];
    const client = clientOf({
      requestsPerHost: 1,
      clock: {
        now: () => time,
        random: () => 1,
        sleep: async (ms) => {
          slept.push(ms);
          await new Promise((resolve) => setTimeout(resolve, 50));
          time = Date.parse("2026-11-21T00:00:30Z");
        },
      },
    });
    const tags = ["1", "2", "3", "4", "5"];
    const found = await Promise.all(tags.map((tag) => client.lookUp(at(server), tag)));
    expect(found.map((sighting) => sighting?.digest)).toEqual(tags.map(() => digest));
    expect(slept).toEqual(Array(5).fill(30_000));
    // One was refused; the four others were not even sent.
    expect(server.requests).toHaveLength(6);
  });

  test("and given up at once, without being asked, when it wants an hour", async () => {
    const server = await registry((_request, response) =>
      response.writeHead(429, { "retry-after": "3600" }).end(),
    );
    const client = clientOf();
    await expect(client.lookUp(at(server), "1")).rejects.toMatchObject({ code: "registry-unavailable" });
    await expect(client.lookUp(at(server), "2")).rejects.toMatchObject({
      code: "registry-unavailable",
      hint: expect.stringMatching(/Try again in 3\d{3} s/),
    });
    expect(server.requests).toHaveLength(1);
  });
});
