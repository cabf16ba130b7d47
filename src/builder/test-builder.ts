import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "../command/main.ts";
import { FactoryError } from "../errors.ts";
import type { Factory } from "../factory.ts";
import { childEnvironment, run } from "../run.ts";
import { findProgram } from "../setup/programs.ts";
import { imageChecks } from "./image-checks.ts";
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
  /** Path of runc; undefined takes the one on PATH. */
  readonly runc: string | undefined;
  /** Names of checks; undefined is all. */
  readonly only: readonly string[] | undefined;
  readonly onResult: (result: CheckResult) => void;
}

/**
 * Runs the builder image in containers as pods of each profile are run, and looks whether it does what pods rely on.
 * @throws FactoryError "machine-lacks" without root or runc.
 */
export async function testBuilder(
  test: BuilderTest,
  factory: Factory,
  { env, signal }: Session,
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
  const mapsOwners = await isRecent(runc);
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
    return await withUnpackedImage(test.image, door, async (image) => {
      const pod = { run, runc, image, scratch, signal, env: networkOf(factory) };
      const results: CheckResult[] = [];
      for (const check of imageChecks) {
        if (test.only?.includes(check.name) === false) continue;
        const startedAt = performance.now();
        const became =
          check.ownUsers && !mapsOwners
            ? {
                verdict: "skipped" as const,
                saw: `${runc} is older than 1.2 and maps no owners of volumes: RUNC=<path>`,
              }
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
