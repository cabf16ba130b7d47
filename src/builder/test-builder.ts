import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "../command/main.ts";
import { FactoryError } from "../errors.ts";
import type { Factory } from "../factory.ts";
import { hostPlatform, type Platform } from "../platform.ts";
import { childEnvironment, run } from "../run.ts";
import { ensureEmulation } from "../setup/emulation.ts";
import { findProgram } from "../setup/programs.ts";
import { type ImageCheck, imageChecks } from "./image-checks.ts";
import { withUnpackedImage } from "./unpacked-image.ts";

/** One check as it went. */
export interface CheckResult {
  readonly name: string;
  readonly verdict: "ok" | "failed" | "skipped";
  readonly saw: string;
  readonly seconds: number;
}

export interface BuilderTest {
  /** What buildah pulls. */
  readonly image: string;
  readonly platform: Platform;
  /** Path of runc; undefined takes the one on PATH. */
  readonly runc: string | undefined;
  /** Names of checks; undefined is all. */
  readonly only: readonly string[] | undefined;
  readonly onResult: (result: CheckResult) => void;
}

/**
 * Runs the builder image in containers as pods of each profile are run, and looks whether it does what pods rely on. One for
 * another platform runs emulated, and builds nothing.
 * @throws FactoryError "machine-lacks" without root or runc, or an emulator that it takes.
 */
export async function testBuilder(
  test: BuilderTest,
  factory: Factory,
  { env, signal, log }: Session,
): Promise<readonly CheckResult[]> {
  const runc = test.runc ?? findProgram("runc", env);
  if (process.getuid?.() !== 0 || runc === undefined) {
    throw new FactoryError(
      "machine-lacks",
      "builder:test runs containers as a kubelet does, which takes root and runc",
      {
        hint: "Run it as root, with runc on PATH or RUNC=<path>.",
      },
    );
  }
  const { platform } = test;
  await ensureEmulation(platform, { run, workDir: factory.settings.workDir, env, log, signal });
  const lacks = { owners: (await isRecent(runc)) ? undefined : runc, processor: platform !== hostPlatform() };
  const scratch = await mkdtemp(join("/var/tmp", "image-factory-builder-"));
  await chmod(scratch, 0o755);
  try {
    const { host, credential, plainHttp } = await placeOf(test.image, factory);
    const door = {
      run,
      scratch,
      signal,
      credentials: credential === undefined ? {} : { [host]: credential },
      insecureHosts: plainHttp ? [host] : [],
    };
    return await withUnpackedImage(test.image, platform, door, async (image) => {
      const pod = { run, runc, image, scratch, signal, env: networkOf(factory) };
      const results: CheckResult[] = [];
      for (const check of imageChecks(platform)) {
        if (test.only?.includes(check.name) === false) continue;
        const startedAt = performance.now();
        const skipped = whySkipped(check, lacks);
        const became =
          skipped !== undefined
            ? { verdict: "skipped" as const, saw: skipped }
            : await check.look(pod).then(
                (saw) => ({ verdict: "ok" as const, saw }),
                (error: unknown) => {
                  signal.throwIfAborted();
                  if (!(error instanceof FactoryError)) throw error;
                  return { verdict: "failed" as const, saw: error.message };
                },
              );
        const result = { name: check.name, ...became, seconds: (performance.now() - startedAt) / 1_000 };
        test.onResult(result);
        results.push(result);
      }
      return results;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** `ok       userns    45.0 s  hello for …`. */
export function resultLine({ name, verdict, seconds, saw }: CheckResult): string {
  return [verdict.padEnd(7), name.padEnd(16), `${seconds.toFixed(1).padStart(6)} s`, saw].join("  ");
}

/** What this machine does not have of what a check may take. */
export interface TestLacks {
  /** The runtime that is too old to map the owners of volumes. */
  readonly owners: string | undefined;
  /** A processor of the image's platform. */
  readonly processor: boolean;
}

/** Why a check is not made on a machine; undefined where it is. */
export function whySkipped(
  { ownUsers, ownProcessor }: Pick<ImageCheck, "ownUsers" | "ownProcessor">,
  lacks: TestLacks,
): string | undefined {
  if (ownProcessor && lacks.processor)
    return "emulated here, where no program may make a user namespace: whether it builds takes a machine of its platform";
  if (ownUsers && lacks.owners !== undefined)
    return `${lacks.owners} is older than 1.2 and maps no owners of volumes: RUNC=<path>`;
  return undefined;
}

/** The first that maps the owners of a volume, as a pod with users of its own needs it. */
async function isRecent(runc: string): Promise<boolean> {
  const { stdout } = await run({ tool: runc, args: ["--version"] });
  const [, major, minor] = /^runc version (\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 2);
}

/** What it takes to pull the image, where it is in a registry. */
async function placeOf(image: string, { client, credentials, enrolments }: Factory) {
  const local = enrolments.map(({ repository }) => client.addressOf(repository));
  const found = local.find(({ host }) => image.startsWith(`${host}/`));
  const host = found?.host ?? image.split("/")[0] ?? "";
  return {
    host,
    plainHttp: found?.plainHttp === true,
    credential: await credentials.lookup(host, found?.path ?? ""),
  };
}

/** How packages are reached on this network. */
function networkOf({ settings: { debianMirror } }: Factory): Readonly<Record<string, string>> {
  const proxies = Object.entries(childEnvironment()).filter(([name]) => /_proxy$/i.test(name));
  return {
    ...Object.fromEntries(proxies),
    ...(debianMirror === undefined ? {} : { FACTORY_DEBIAN_MIRROR: debianMirror }),
  };
}
