import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startLookUpCounter } from "../../bench/look-up-counter.ts";

test("every question to the registry and to git is noted, and answered as without it", async () => {
  const dir = await mkdtemp(join(tmpdir(), "look-up-counter-"));
  const registry = createServer((request, response) => {
    response.writeHead(request.headers.authorization === "known" ? 200 : 401).end("manifest");
  });
  registry.listen(0, "127.0.0.1");
  await once(registry, "listening");
  const address = registry.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const counter = await startLookUpCounter(dir, `127.0.0.1:${port}`, process.env["PATH"] ?? "");
  try {
    const url = `http://${counter.address}/v2/app/manifests/latest`;
    const known = await fetch(url, { headers: { authorization: "known" } });
    expect([known.status, await known.text()]).toEqual([200, "manifest"]);
    expect((await fetch(url, { method: "HEAD" })).status).toBe(401);
    const git = await promisify(execFile)("git", ["--version"], { env: { PATH: counter.path } });
    expect(git.stdout).toMatch(/^git version/);
    expect(await counter.questions()).toEqual({
      registry: ["GET /v2/app/manifests/latest", "HEAD /v2/app/manifests/latest"],
      git: ["--version"],
    });
  } finally {
    await counter.end();
    registry.closeAllConnections();
    registry.close();
    await rm(dir, { recursive: true });
  }
});
