import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FactoryError } from "../../src/errors.ts";
import { hostPlatform, type Platform } from "../../src/platform.ts";
import type { Command, Finished, Run } from "../../src/run.ts";
import { canRun, ensureEmulation, ownRegistration } from "../../src/setup/emulation.ts";

let workDir: string;

beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), "emulation-"));
});

afterEach(() => rmSync(workDir, { recursive: true }));

const foreign: Platform = hostPlatform() === "linux/amd64" ? "linux/arm64" : "linux/amd64";

/** A machine on which `answer` decides how each command ends; it keeps what was started. */
function machine(answer: (command: Command) => number): { readonly run: Run; readonly started: Command[] } {
  const started: Command[] = [];
  return {
    started,
    run: async (command): Promise<Finished> => {
      started.push(command);
      const finished = {
        exitCode: answer(command),
        stdout: "",
        stderr: "set-up: this machine lacks qemu-arm64",
      };
      if (finished.exitCode === 0 || command.alsoOk?.includes(finished.exitCode)) return finished;
      throw new FactoryError("tool-failed", `${command.tool} exited with ${finished.exitCode}`, {
        cause: finished,
      });
    },
  };
}

test.each([
  [113, true],
  [0, false],
  [1, false],
  [126, false],
])("a program that ends with %i counts as run: %s", async (status, expected) => {
  const { run } = machine(() => status);
  expect(await canRun(foreign, { run, workDir })).toBe(expected);
  expect(readdirSync(join(workDir, "cache"))).toEqual([]);
});

test("a program that never ends does not count as run", async () => {
  const run: Run = async () => {
    throw new FactoryError("timed-out", "chroot did not end within 20000 ms");
  };
  expect(await canRun(foreign, { run, workDir })).toBe(false);
});

test("programs are tried in a root of their own, by chroot as root and in a user namespace otherwise", async () => {
  const { run, started } = machine(() => 113);
  await canRun(foreign, { run, workDir, uid: 0 });
  await canRun(foreign, { run, workDir, uid: 1000 });
  expect(started.map(({ tool, args }) => [tool, args.at(-1)])).toEqual([
    ["chroot", "/program"],
    ["unshare", "/program"],
  ]);
});

test("where programs of the platform run, nothing is installed", async () => {
  const { run, started } = machine(() => 113);
  await ensureEmulation(foreign, { run, workDir, env: {}, log: () => undefined });
  expect(started).toHaveLength(1);
});

test("where no emulator can be had, the error names the platform, what is missing and the native way", async () => {
  const { run } = machine(({ tool }) => (tool === "sh" ? 69 : 126));
  const failure = ensureEmulation(foreign, { run, workDir, env: {}, log: () => undefined, uid: 1000 });
  await expect(failure).rejects.toMatchObject({
    code: "machine-lacks",
    message: expect.stringMatching(new RegExp(`cannot run ${foreign}: this machine lacks qemu`)),
    hint: expect.stringMatching(/with flag F, or build natively with PLATFORM=/),
  });
});

test("a machine that does not run its own programs in a root of their own is told so, and gets no emulator", async () => {
  const { run, started } = machine(() => 1);
  const failure = ensureEmulation(hostPlatform(), { run, workDir, env: {}, log: () => undefined });
  await expect(failure).rejects.toMatchObject({ code: "machine-lacks" });
  expect(started.map(({ tool }) => tool)).not.toContain("sh");
});

test("the emulator is registered under a name of the factory's own, with flag F and the package's other flags", () => {
  const declared = ":qemu-aarch64:M::\\x7fELF:\\xff\\xff:/usr/libexec/qemu-binfmt/aarch64-binfmt-P:OP\n";
  const ours =
    ":image-factory-qemu-aarch64:M::\\x7fELF:\\xff\\xff:/usr/libexec/qemu-binfmt/aarch64-binfmt-P:OPF";
  expect(ownRegistration(declared)).toBe(ours);
  expect(ownRegistration(declared.replace(":OP\n", ":OPF\n"))).toBe(ours);
});
