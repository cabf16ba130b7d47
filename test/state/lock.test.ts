import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FactoryError } from "../../src/errors.ts";
import { holdLock, withLock } from "../../src/state/lock.ts";

const lockModule = new URL("../../src/state/lock.ts", import.meta.url).pathname;

let dir: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-lock-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(dir, { recursive: true, force: true });
});

/** Another process that takes the lock, says so, and keeps it until it is killed. */
async function holder(file: string) {
  const program = `import { holdLock, withLock } from ${JSON.stringify(lockModule)};
    await withLock(${JSON.stringify(file)}, {}, async () => { console.log("held"); await new Promise(() => setInterval(() => {}, 1000)); });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

describe("withLock", () => {
  it("lets one task at a time through, in one process too", async () => {
    const file = join(dir, "a.lock");
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withLock(file, {}, async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 2));
          inside--;
        }),
      ),
    );
    expect(most).toBe(1);
  });

  it("keeps another process out and says who waits", async () => {
    const file = join(dir, "b.lock");
    const other = await holder(file);
    let waited = 0;
    await expect(
      withLock(file, { waitMs: 60, onWait: () => waited++ }, async () => "in"),
    ).rejects.toMatchObject({
      code: "locked",
      exitStatus: 75,
    });
    expect(waited).toBe(1);
    other.kill("SIGKILL");
    await once(other, "exit");
  });

  it("is held by any number that want it shared, and by nobody who wants it alone meanwhile", async () => {
    const file = join(dir, "lock");
    const [one, other] = [await holdLock(file, { shared: true }), await holdLock(file, { shared: true })];
    await expect(holdLock(file, { waitMs: 0 })).rejects.toMatchObject({ code: "locked" });
    one();
    await expect(holdLock(file, { waitMs: 0 })).rejects.toMatchObject({ code: "locked" });
    other();
    const alone = await holdLock(file, { waitMs: 0 });
    await expect(holdLock(file, { shared: true, waitMs: 0 })).rejects.toMatchObject({ code: "locked" });
    alone();
  });

  it("is freed by the kernel when its holder is killed", async () => {
    const file = join(dir, "c.lock");
    const other = await holder(file);
    const waiting = withLock(file, {}, async () => "in");
    other.kill("SIGKILL");
    await expect(waiting).resolves.toBe("in");
  });

  it("is freed when the work throws", async () => {
    const file = join(dir, "d.lock");
    await expect(withLock(file, {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(withLock(file, { waitMs: 0 }, async () => "in")).resolves.toBe("in");
  });

  it("names a file that cannot be opened, and where it should be", async () => {
    const file = join(dir, "folder.lock");
    await mkdir(file);
    await expect(withLock(file, {}, async () => "in")).rejects.toMatchObject({
      code: "machine-lacks",
      message: expect.stringContaining("folder.lock cannot be locked: Error: unable to open database file"),
      hint: expect.stringContaining(dir),
    });
  });

  it("stops waiting when its signal aborts, with what it was aborted with", async () => {
    const file = join(dir, "e.lock");
    const stop = new AbortController();
    await withLock(file, {}, async () => {
      const onWait = () =>
        setTimeout(() => stop.abort(new FactoryError("terminated", "stopped by SIGTERM")), 1);
      const waiting = withLock(file, { signal: stop.signal, onWait }, async () => "in");
      await expect(waiting).rejects.toMatchObject({ code: "terminated", exitStatus: 143 });
    });
  });
});
