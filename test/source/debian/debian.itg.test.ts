import { execFile, execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DebianSource } from "../../../src/enrolment/enrolment.ts";
import { keepJson, recallJson } from "../../../src/kept.ts";
import { type Run, run } from "../../../src/run.ts";
import { locateTrivy } from "../../../src/setup/trivy.ts";
import { fetchDebs } from "../../../src/source/debian/deb-cache.ts";
import type { DebianPackages } from "../../../src/source/debian/packages.ts";
import { resolveDebian } from "../../../src/source/debian/resolve.ts";
import { buildDebianRoot, type DebianRoot } from "../../../src/source/debian/root.ts";
import { type ArchiveProxy, startArchiveProxy } from "./archive-proxy.ts";

let archive: ArchiveProxy;
let home: string;
let workDir: string;
let amd64: DebianPackages;
let arm64: DebianPackages;

const started: string[][] = [];
/** apt asks again as often as ever, without waiting in between. */
const watched: Run = (command) => {
  started.push([command.tool, ...command.args]);
  return run({ ...command, env: { ...command.env, APT_CONFIG: join(home, "apt.conf") } });
};

const door = (folder = workDir) => ({
  run: watched,
  log: () => {},
  workDir: folder,
  mirror: undefined,
  ensureEmulation: async () => {},
});

function source(changes: Partial<DebianSource> = {}): DebianSource {
  return {
    kind: "debian",
    suite: "trixie",
    variant: "extract",
    components: ["main"],
    packages: ["base-files", "dash"],
    mirror: archive.mirror,
    ...changes,
  };
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "debian-source-"));
  workDir = join(home, "work");
  await writeFile(join(home, "apt.conf"), 'Acquire::Retries::Delay "false";\n');
  archive = await startArchiveProxy();
  [amd64, arm64] = await Promise.all([
    resolveDebian(source(), "linux/amd64", door()),
    resolveDebian(source(), "linux/arm64", door()),
  ]);
});

afterAll(async () => {
  await archive.stop();
  await rm(home, { recursive: true, force: true });
});

describe("resolving", () => {
  test("gives what was asked for and all that it depends on, each with version and hash, per platform", () => {
    const names = amd64.packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["base-files", "dash", "libc6", "libgcc-s1"]));
    expect(names).toEqual([...names].sort());
    expect(amd64.packages.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
    const architectures = (of: DebianPackages) =>
      new Set(of.packages.map(({ architecture }) => architecture));
    expect([...architectures(amd64)].filter((name) => name !== "all")).toEqual(["amd64"]);
    expect([...architectures(arm64)].filter((name) => name !== "all")).toEqual(["arm64"]);
    expect(arm64.id).not.toBe(amd64.id);
  });

  test("asks for the signed indexes alone while they stay the same, for several that ask at once too", async () => {
    archive.forget();
    started.length = 0;
    const again = await Promise.all([1, 2, 3].map(() => resolveDebian(source(), "linux/amd64", door())));
    expect(again).toEqual([amd64, amd64, amd64]);
    expect(archive.asked().every((path) => path.endsWith("/InRelease"))).toBe(true);
    expect(started.map(([tool]) => tool)).not.toContain("apt-get");
  });

  test("asks apt again when an index is past its time", async () => {
    const known = join(workDir, "cache", "apt", await folderOf("amd64"), "known.json");
    const before = recallJson(known) as Record<string, unknown>;
    expect(before["validUntil"]).toMatch(/^\d{4}-/);
    await keepJson(known, { ...before, validUntil: "2020-01-01T00:00:00.000Z" });
    started.length = 0;
    expect(await resolveDebian(source(), "linux/amd64", door())).toEqual(amd64);
    expect(started.filter(([tool]) => tool === "apt-get")).not.toEqual([]);
  });

  test("keeps apt in the work folder, and hooks of this machine's apt out", async () => {
    const folder = join(workDir, "cache", "apt", await folderOf("arm64"));
    const settings = execFileSync("apt-config", ["-c", join(folder, "apt.conf"), "dump"], {
      encoding: "utf8",
    });
    const settingOf = (name: string) => settings.match(new RegExp(`^${name} "(.*)";$`, "m"))?.[1];
    for (const name of [
      "Dir::State",
      "Dir::State::lists",
      "Dir::State::status",
      "Dir::Cache",
      "Dir::Cache::archives",
    ]) {
      expect(settingOf(name)).toMatch(new RegExp(`^${folder}`));
    }
    expect(settingOf("APT::Architecture")).toBe("arm64");
    expect(settings).not.toMatch(/^(?:APT::Update::(?:Pre|Post)|DPkg::(?:Pre|Post))/m);
    expect(settings.match(/^APT::Architectures:: .*$/gm)).toEqual(['APT::Architectures:: "arm64";']);
  });

  test("names a package or suite that the archive does not have", async () => {
    const noPackage = resolveDebian(source({ packages: ["dash", "no-such-package"] }), "linux/amd64", door());
    await expect(noPackage).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringContaining("trixie has no package no-such-package"),
    });
    const virtual = resolveDebian(source({ packages: ["awk"] }), "linux/amd64", door());
    await expect(virtual).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringContaining("awk"),
    });
    const noSuite = resolveDebian(source({ suite: "no-such-suite" }), "linux/amd64", door());
    await expect(noSuite).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringContaining("has no suite no-such-suite"),
    });
  });

  test("says which packages exclude each other", async () => {
    const both = source({ packages: ["exim4-daemon-light", "postfix"] });
    await expect(resolveDebian(both, "linux/amd64", door())).rejects.toMatchObject({
      code: "source-invalid",
      problems: expect.arrayContaining([expect.stringMatching(/postfix : Conflicts/)]),
    });
  });

  test("refuses an archive whose index was changed after Debian signed it", async () => {
    const spoilt = archive.answering(
      async (path, real) => {
        const bytes = await real();
        return path.endsWith("/trixie/InRelease") && bytes !== undefined
          ? Buffer.from(bytes.toString("latin1").replace(/^Origin: Debian$/m, "Origin: Somebody"), "latin1")
          : bytes;
      },
      () => resolveDebian(source(), "linux/amd64", door(join(home, "spoilt"))),
    );
    await expect(spoilt).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringContaining("not signed by Debian"),
    });
  });

  test("asks again where apt got an index once with other bytes, or was refused it", async () => {
    const asked = new Map<string, number>();
    const once = archive.answering(
      async (path, real) => {
        const times = (asked.get(path) ?? 0) + 1;
        asked.set(path, times);
        // The first one to ask is the factory itself.
        if (times !== 2) return real();
        if (path.endsWith("/trixie-updates/InRelease")) return 401;
        const bytes = await real();
        return path.endsWith("/trixie/InRelease") && bytes !== undefined
          ? Buffer.from(bytes.toString("latin1").replace(/^Origin: Debian$/m, "Origin: Dobian"), "latin1")
          : bytes;
      },
      () => resolveDebian(source(), "linux/amd64", door(join(home, "once"))),
    );
    expect((await once).packages).toEqual(amd64.packages);
    expect([...asked].filter(([path]) => path.endsWith("/InRelease")).map(([, times]) => times)).toEqual([
      3, 3, 3,
    ]);
  });

  test("does without updates that a mirror does not have, and not without ones that do not come", async () => {
    const updates = /\/trixie-(?:updates|security)\//;
    archive.forget();
    const without = archive.answering(
      (path, real) => (updates.test(path) ? Promise.resolve(404) : real()),
      () => resolveDebian(source(), "linux/amd64", door()),
    );
    expect((await without).packages.map(({ name }) => name)).toEqual(amd64.packages.map(({ name }) => name));
    // The signed indexes are other ones than before: what was known no longer counts.
    expect(archive.asked().some((path) => path.includes("binary-amd64"))).toBe(true);
    const failing = archive.answering(
      (path, real) => (updates.test(path) ? Promise.resolve(503) : real()),
      () => resolveDebian(source(), "linux/amd64", door()),
    );
    await expect(failing).rejects.toMatchObject({ code: "source-unavailable", exitStatus: 75 });
  });
});

describe("packages", () => {
  test("are fetched once for all builds", async () => {
    await fetchDebs(amd64, door());
    archive.forget();
    await fetchDebs(amd64, door());
    expect(archive.asked()).toEqual([]);
  });

  test("that are not what was resolved are refused, and leave nothing behind", async () => {
    const folder = join(home, "moved");
    const moved = archive.answering(
      async (path, real) => (path.includes("/dash_") ? Buffer.from("another dash") : real()),
      () => fetchDebs(amd64, door(folder)),
    );
    await expect(moved).rejects.toMatchObject({
      code: "source-unavailable",
      message: expect.stringMatching(/moved while it was built: .*dash_/),
    });
    expect(await readdir(join(folder, "cache", "debs"))).toEqual([]);
  });

  test("that were damaged in the work folder are fetched again", async () => {
    const [first] = await fetchDebs(amd64, door());
    writeFileSync(first?.file ?? "", "damaged");
    const [again] = await fetchDebs(amd64, door());
    expect(readFileSync(again?.file ?? "").length).toBe(first?.package.size);
  });
});

describe("a root", () => {
  let roots: readonly DebianRoot[];
  beforeAll(async () => {
    mkdirSync(join(home, "roots"));
    roots = await Promise.all([
      buildDebianRoot(amd64, door(), join(home, "roots", "amd64.tar")),
      buildDebianRoot(arm64, door(), join(home, "roots", "arm64.tar")),
    ]);
    for (const name of ["amd64", "arm64"]) {
      mkdirSync(join(home, "roots", name));
      execFileSync("tar", ["-xf", join(home, "roots", `${name}.tar`), "-C", join(home, "roots", name)]);
    }
  });

  const inRoot = (name: string, path: string) => join(home, "roots", name, path);

  test("has programs of its platform, and links into /usr", () => {
    // e_machine of an ELF header: 62 is x86-64, 183 is AArch64.
    expect(readFileSync(inRoot("amd64", "bin/sh")).readUInt16LE(18)).toBe(62);
    expect(readFileSync(inRoot("arm64", "bin/sh")).readUInt16LE(18)).toBe(183);
    expect(existsSync(inRoot("amd64", "lib64/ld-linux-x86-64.so.2"))).toBe(true);
    expect(existsSync(inRoot("arm64", "lib/ld-linux-aarch64.so.1"))).toBe(true);
  });

  test("says which Debian it is and has nothing of this machine", () => {
    expect(readFileSync(inRoot("amd64", "etc/os-release"), "utf8")).toContain("VERSION_CODENAME=trixie");
    expect(readFileSync(inRoot("amd64", "etc/debian_version"), "utf8")).toMatch(/^13/);
    const strange = ["etc/hostname", "etc/resolv.conf", "etc/apt", "etc/shadow", "dev/null", "var/cache/apt"];
    expect(strange.filter((path) => existsSync(inRoot("amd64", path)))).toEqual([]);
  });

  test("is read by the real Trivy as Debian 13 with exactly the resolved packages, on both platforms", async () => {
    const { path } = await locateTrivy({
      workDir: join(process.cwd(), ".factory"),
      env: process.env,
      run,
    });
    const cache = join(home, "trivy");
    mkdirSync(join(cache, "db"), { recursive: true });
    execFileSync("tar", ["-xzf", "sample/trivy-db/sample.tar.gz", "-C", join(cache, "db")]);
    for (const [name, resolved] of Object.entries({ amd64, arm64 })) {
      const options = ["--cache-dir", cache, "--skip-db-update", "--scanners", "vuln", "--list-all-pkgs"];
      const report = execFileSync(path, ["rootfs", "-q", "--format", "json", ...options, inRoot(name, "")], {
        encoding: "utf8",
        maxBuffer: 1 << 28,
      });
      const { Metadata, Results } = JSON.parse(report);
      expect(Metadata.OS).toMatchObject({ Family: "debian", Name: expect.stringMatching(/^13/) });
      const packages: { Name: string }[] = Results.flatMap(
        (one: { Packages?: object[] }) => one.Packages ?? [],
      );
      expect(packages.map(({ Name }) => Name).sort()).toEqual(resolved.packages.map(({ name }) => name));
    }
  });

  test("is the same bytes as another process makes of it, in another work folder under another umask", async () => {
    const folder = await otherWorkDir("umask");
    const args = ["-c", 'umask 077 && exec "$@"', "sh", ...buildInProcess(folder)];
    const { stdout } = await promisify(execFile)("sh", args);
    expect(stdout.trim()).toBe(roots[1]?.digest);
  });

  test("is the same bytes when a user without root makes it", async (context) => {
    if (process.getuid?.() !== 0 || !existsSync("/etc/subuid")) {
      return context.skip("needs root, to become another user, and the package uidmap");
    }
    const folder = await otherWorkDir("user");
    chmodSync(home, 0o755);
    execFileSync("chown", ["-R", "54321:54321", folder, join(home, "packages.json")]);
    // The user exists for this process alone: the machine's files are covered in a mount namespace of its own.
    const passwd = `${readFileSync("/etc/passwd", "utf8")}someone:x:54321:54321::${folder}:/bin/sh\n`;
    writeFileSync(join(home, "passwd"), passwd, { mode: 0o644 });
    writeFileSync(join(home, "ranges"), "someone:1000000:65536\n", { mode: 0o644 });
    const cover = `cd "$1" && mount --bind passwd /etc/passwd && mount --bind ranges /etc/subuid &&
      mount --bind ranges /etc/subgid && shift && exec setpriv --reuid=54321 --regid=54321 --clear-groups "$@"`;
    const inNamespace = ["--mount", "sh", "-c", cover, "sh", home];
    const [program = "", script = ""] = buildInProcess(folder);
    try {
      execFileSync("unshare", [...inNamespace, "test", "-r", script, "-a", "-x", program], { stdio: "pipe" });
    } catch {
      return context.skip("needs a clone that other users may read, and the right to mount");
    }
    const asUser = ["env", `HOME=${folder}`, "USER=someone", "LOGNAME=someone", ...buildInProcess(folder)];
    const { stdout } = await promisify(execFile)("unshare", [...inNamespace, ...asUser]);
    expect(stdout.trim()).toBe(roots[1]?.digest);
  });
});

function buildInProcess(folder: string): readonly string[] {
  return [process.execPath, join(import.meta.dirname, "build-root.ts"), folder, join(home, "packages.json")];
}

/** A work folder of another place that has the packages already: what is tested is not the download. */
async function otherWorkDir(name: string): Promise<string> {
  await writeFile(join(home, "packages.json"), JSON.stringify(arm64));
  const folder = join(home, name);
  await cp(join(workDir, "cache", "debs"), join(folder, "cache", "debs"), { recursive: true });
  return folder;
}

async function folderOf(architecture: string): Promise<string> {
  const names = await readdir(join(workDir, "cache", "apt"));
  const found = names.find((name) => name.startsWith(`trixie-${architecture}-`) && !name.endsWith(".lock"));
  if (found === undefined) throw new Error(`nothing was resolved for ${architecture}`);
  return found;
}
