import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ArchiveSource } from "../../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../../src/errors.ts";
import { digestOf } from "../../../src/registry/digest.ts";
import { createTransport } from "../../../src/registry/transport.ts";
import { obtainArchive } from "../../../src/source/archive/kept-archives.ts";
import { type FaultProxy, startFaultProxy } from "../../faults/fault-proxy.ts";
import { expectedOf, matrixOf, titleOf } from "../../faults/matrix.ts";
import { contextKind } from "../../faults/requests.ts";
import { type ArchiveServer, startArchiveServer } from "../archive-server.ts";
import { makeTempFolder, removeTempFolder } from "../repository.ts";
import { packTar } from "./tar.ts";

let folder: string;
let server: ArchiveServer;
let proxy: FaultProxy;
beforeAll(async () => {
  folder = makeTempFolder();
  server = await startArchiveServer();
  proxy = await startFaultProxy(server.address, { kindOf: contextKind });
});
afterAll(async () => {
  await proxy.stop();
  await server.stop();
  removeTempFolder(folder);
});

let packed: Buffer;
let count = 0;
beforeEach(() => {
  count += 1;
  const content = `FROM scratch\nLABEL count=${count}\n`.repeat(100);
  packed = gzipSync(packTar([{ name: "Dockerfile", content }]));
  server.put("app.tar.gz", packed);
});

/** Gets the archive; a silence ends after so long. */
function obtain(idleMs = 60_000) {
  const source: ArchiveSource = {
    kind: "archive",
    place: { kind: "url", url: `http://${proxy.address}/latest/app.tar.gz`, credentials: undefined },
    digest: undefined,
    directory: ".",
  };
  let late = 0;
  const clock = {
    now: () => Date.now() + late,
    random: () => 0,
    sleep: async (ms: number) => {
      late += ms;
    },
  };
  return obtainArchive(source, {
    workDir: join(folder, "work"),
    variables: {},
    clock,
    transport: createTransport({ env: {}, connectMs: 5_000, idleMs, storeMs: idleMs }),
  });
}

/** The same matrix as `npm run test:faults PART=archive`, without the build behind it. */
const troubles = matrixOf(["factory GET address", "factory GET archive"], undefined);

describe("a server of archives that fails", () => {
  test.each(troubles.map((trouble) => [titleOf(trouble), trouble] as const))("%s", async (_, trouble) => {
    proxy.begin(trouble);
    const outcome = await obtain(trouble.fault === "stalled" ? 400 : undefined).then(
      ({ digest }) => digest,
      (error: unknown) => error,
    );
    expect(proxy.met()).toBeGreaterThan(0);
    if (typeof outcome === "string") expect(outcome).toBe(digestOf(packed));
    else {
      if (!(outcome instanceof FactoryError)) throw outcome;
      expect(expectedOf(trouble).codes, outcome.message).toContain(outcome.exitStatus);
      expect(outcome.message).toContain(proxy.address);
      expect(outcome.message).toMatch(/\/latest\/app\.tar\.gz\b/);
      expect(outcome.hint).toMatch(/\.$/);
    }
    proxy.begin();
    expect((await obtain()).digest).toBe(digestOf(packed));
  });
});
