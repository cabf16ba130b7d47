import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../src/run.ts";
import { archivesOf } from "../../../src/source/debian/apt-sources.ts";
import { fetchFiles } from "../../../src/source/debian/fetch-files.ts";
import { readMachineSources } from "../../../src/source/debian/machine-sources.ts";
import { onLoopback } from "../../loopback.ts";

/** An answer in place of the archive's: a status, or other bytes. */
type Answer = (path: string, real: () => Promise<Buffer | undefined>) => Promise<Buffer | number | undefined>;

/** Debian's archive, as this machine reaches it, on a port of loopback: tests see what is asked, and can spoil it. */
export interface ArchiveProxy {
  /** Base address, for `source.debian.mirror`. */
  readonly mirror: string;
  /** Paths that were asked for since the last `forget`. */
  readonly asked: () => readonly string[];
  readonly forget: () => void;
  /** Answers differently while `work` runs. */
  readonly answering: <T>(answer: Answer, work: () => Promise<T>) => Promise<T>;
  readonly stop: () => Promise<void>;
}

export async function startArchiveProxy(): Promise<ArchiveProxy> {
  const dir = await mkdtemp(join(tmpdir(), "archive-proxy-"));
  const [base, , security] = archivesOf("trixie", undefined, await readMachineSources());
  const asked: string[] = [];
  const kept = new Map<string, Promise<Buffer | undefined>>();
  let answer: Answer = (_, real) => real();

  const load = async (path: string): Promise<Buffer | undefined> => {
    const upstream = path.startsWith("/debian-security/") ? security : base;
    const uri = `${upstream?.uri}/${path.split("/").slice(2).join("/")}`;
    const file = join(dir, String(kept.size));
    const door = { run, log: () => {}, workDir: dir, mirror: undefined, ensureEmulation: async () => {} };
    const [missed] = await fetchFiles([{ uri, file }], door);
    if (missed !== undefined && !missed.absent) throw new Error(`${uri}: ${missed.why}`);
    return missed === undefined ? readFile(file) : undefined;
  };
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    asked.push(path);
    const real = () => {
      const found = kept.get(path) ?? load(path);
      kept.set(path, found);
      return found;
    };
    answer(path, real).then(
      (given) => {
        if (Buffer.isBuffer(given)) response.end(given);
        else response.writeHead(given ?? 404).end();
      },
      (error: unknown) => response.writeHead(502).end(String(error)),
    );
  });
  const { address, stop } = await onLoopback(server);
  return {
    mirror: `http://${address}/debian`,
    asked: () => [...asked],
    forget: () => asked.splice(0),
    answering: async (other, work) => {
      answer = other;
      try {
        return await work();
      } finally {
        answer = (_, real) => real();
      }
    },
    stop: async () => {
      await stop();
      await rm(dir, { recursive: true });
    },
  };
}
