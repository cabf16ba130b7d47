import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withHold } from "../../src/bases/base-hold.ts";
import { changeBaseRecords, readBaseRecords } from "../../src/bases/record-store.ts";
import { checkFiles, type FsckDoor } from "../../src/fsck/check-image.ts";
import type { RegistryClient } from "../../src/registry/client.ts";
import { withLock } from "../../src/state/lock.ts";
import { digest } from "../plan/facts.ts";

const now = new Date("2026-11-21T12:00:00Z");

let dir: string;
let door: FsckDoor;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fsck-files-"));
  door = {
    ...{ stateDir: join(dir, "state"), workDir: join(dir, "work"), movesTags: true, host: "here" },
    client: {} as RegistryClient,
    clock: () => now,
    signal: new AbortController().signal,
  };
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), text);
  return join(dir, path);
};
const found = async (repair = false) =>
  (await checkFiles(repair, door)).map(({ difference: { kind, place }, outcome }) => [
    `${kind} ${outcome}`,
    place.slice(dir.length + 1),
  ]);

describe("the files beside those of images", () => {
  it("are in order where there are none, and where locks are held", async () => {
    expect(await found()).toEqual([]);
    await withLock(join(dir, "work/locks/a.lock"), {}, async () => expect(await found(true)).toEqual([]));
  });

  it("are removed where a run that died left them half written, and not where one may be writing them", async () => {
    const old = [
      await write("state/images/app.yaml.1234567", "name: a"),
      await write("state/receipts/app/x.json.99", "{"),
    ];
    for (const file of old) await utimes(file, 0, new Date(now.getTime() - 3_700_000));
    const young = await write("state/images/app.yaml.7654321", "name: a");
    await utimes(young, 0, new Date(now.getTime() - 60_000));
    expect(await found()).toEqual([
      ["left-behind found", "state/images/app.yaml.1234567"],
      ["left-behind found", "state/receipts/app/x.json.99"],
    ]);
    expect((await found(true)).map(([what]) => what)).toEqual([
      "left-behind repaired",
      "left-behind repaired",
    ]);
    expect(await readdir(join(dir, "state/images"))).toEqual(["app.yaml.7654321"]);
  });

  it("are put aside where they are locks that nobody can take", async () => {
    const file = await write("state/.locks/publish-x.lock", "garbage ".repeat(100));
    await expect(withLock(file, {}, async () => undefined)).rejects.toMatchObject({
      code: "state-invalid",
      hint: "npm run fsck -- --repair puts it aside.",
    });
    expect(await found(true)).toEqual([["file-damaged repaired", "state/.locks/publish-x.lock"]]);
    await withLock(file, {}, async () => undefined);
  });

  it("are put aside where they are records of bases that are damaged, and a base that was held is held again", async () => {
    const [held, other] = ["docker.io/library/node:22", "docker.io/library/debian:13"];
    const hold = { why: "breaks TLS", at: now.toISOString(), digest: digest("node") };
    for (const reference of [held, other])
      await changeBaseRecords(new Map([[reference, withHold(reference, hold)]]), door);
    const file = join(dir, "state/base-images/node-22.yaml");
    const damaged = (await readFile(file, "utf8")).replace("checksum: sha256:", "checksum: sha256:x");
    await writeFile(file, damaged);
    await write("state/base-images/debian-13.yaml", "factory: [");
    await expect(readBaseRecords(door)).rejects.toMatchObject({ code: "state-invalid" });
    expect(await found(true)).toEqual([
      ["file-damaged repaired", "state/base-images/debian-13.yaml"],
      ["file-damaged repaired", "state/base-images/node-22.yaml"],
    ]);
    expect([...(await readBaseRecords(door))].map(([reference, record]) => [reference, record.hold])).toEqual(
      [[held, hold]],
    );
    expect(await readFile(`${file}.damaged-20261121T120000Z`, "utf8")).toBe(damaged);
  });
});
