import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { discard } from "../../src/registry/response.ts";

const answer = (body: Readable) => ({ status: 200, headers: {}, body });

test("a body that nobody needs is read to its end", async () => {
  const body = Readable.from([Buffer.alloc(30_000), Buffer.alloc(30_000)]);
  await discard(answer(body));
  expect(body.readableEnded).toBe(true);
});

test("a long one costs its connection, and is no error", async () => {
  let sent = 0;
  const body = new Readable({
    read() {
      sent += 1;
      this.push(Buffer.alloc(10_000));
    },
  });
  await discard(answer(body));
  expect(body.destroyed).toBe(true);
  expect(sent).toBeLessThan(30);
});

test("one that breaks off is an error", async () => {
  const body = new Readable({
    read() {
      this.destroy(new Error("connection reset"));
    },
  });
  await expect(discard(answer(body))).rejects.toThrow("connection reset");
});

test("one that has been read already is nothing to wait for", async () => {
  const body = Readable.from([]);
  await body.resume().toArray();
  await discard(answer(body));
  expect(body.readableEnded).toBe(true);
});
