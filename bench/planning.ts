import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { FactoryError } from "../src/errors.ts";
import type { Log } from "../src/log.ts";
import { hostPlatform } from "../src/platform.ts";
import { writeAuthFile } from "../src/registry/auth-file.ts";
import { authorization, readCredentials } from "../src/registry/embedded/credentials.ts";
import { embeddedRegistryFiles } from "../src/registry/embedded/folders.ts";
import { ownRoot } from "../src/setup/needs.ts";
import type { LookUps } from "./bare-look-ups.ts";
import { type BenchWorld, factoryEnvironment } from "./bench-world.ts";
import { startLookUpCounter } from "./look-up-counter.ts";
import { type Measured, measure } from "./measure.ts";
import { makeRepository, type Sample } from "./samples.ts";

export interface PlanningTimes {
  readonly images: number;
  readonly planMs: readonly number[];
  readonly bareMs: readonly number[];
  /** Of the process that plans, in bytes. */
  readonly peakBytes: number;
  /** Repositories and tags that a plan did not ask about: with one of them its time does not count. */
  readonly skipped: readonly string[];
}

/** Both take less than a second, of which a median of few says little. */
const turnsPerRound = 5;

/**
 * Publishes that many images, each with a repository of its own, and takes the time of a plan that finds all of them
 * unchanged, and of the same look-ups made bare.
 */
export async function timePlanning(
  images: number,
  rounds: number,
  { world, log }: { readonly world: BenchWorld; readonly log: Log },
): Promise<PlanningTimes> {
  const dir = join(world.dir, "planning");
  const imagesFile = join(dir, "images.yaml");
  const samples = Array.from({ length: images }, (_, at) => sampleOf(at));
  await mkdir(dir, { recursive: true });
  const repositories = await Promise.all(
    samples.map((sample) => makeRepository(join(dir, sample.name), sample, "")),
  );
  const entries = samples.map(({ name, scan }, at) => ({
    name,
    source: { git: { url: repositories[at]?.url, ref: "main" } },
    platforms: [hostPlatform()],
    scan,
  }));
  await writeFile(imagesFile, stringify(entries));
  const registry = `${world.address}/planning`;
  const env = factoryEnvironment(world, { workDir: join(dir, "factory"), imagesFile, registry });
  const shared = { cwd: ownRoot, env, signal: world.signal };
  const command = (...words: readonly string[]): Measured => ({
    ...shared,
    tool: "sh",
    args: ["src/setup/start.sh", ...words],
  });
  log({ kind: "note", text: `publishing ${images} images to plan again` });
  await measure(command("build", "IMAGE=all"));

  const plan = command("plan");
  const tags = samples.map(({ name }) => `/v2/planning/${name}/manifests/latest`);
  const skipped = await findSkipped(plan, tags, repositories, world);
  const questions = await writeQuestions(join(dir, "look-ups.json"), tags, repositories, world);
  const bare = {
    ...shared,
    tool: process.execPath,
    args: [join(import.meta.dirname, "bare-look-ups.ts"), questions],
  };
  const times = { planMs: [] as number[], bareMs: [] as number[], peaks: [] as number[] };
  for (let turn = 0; turn < rounds * turnsPerRound; turn += 1) {
    const planned = await measure(plan);
    times.planMs.push(planned.elapsedMs);
    times.peaks.push(...planned.peaks.map(({ bytes }) => bytes));
    times.bareMs.push((await measure(bare)).elapsedMs);
  }
  return {
    images,
    planMs: times.planMs,
    bareMs: times.bareMs,
    peakBytes: Math.max(...times.peaks),
    skipped,
  };
}

function sampleOf(at: number): Sample {
  const name = `unchanged-${at}`;
  return {
    name,
    title: name,
    dockerfile: () => "FROM scratch\nCOPY name.txt /name.txt\n",
    file: "name.txt",
    text: (edit) => `${name} ${edit}\n`,
    scan: { os: "none" },
  };
}

/** Plans once with every question noted, and says which of the needed ones were not asked. */
async function findSkipped(
  plan: Measured,
  tags: readonly string[],
  repositories: readonly { readonly url: string }[],
  world: BenchWorld,
): Promise<readonly string[]> {
  const counter = await startLookUpCounter(world.dir, world.address, process.env["PATH"] ?? "");
  try {
    const secret = await readCredentials(embeddedRegistryFiles(world.dir).authFile, world.address);
    if (secret === undefined) throw new FactoryError("bug", `there are no credentials for ${world.address}`);
    const authFile = join(world.dir, "planning", "counted.json");
    await writeAuthFile(authFile, {
      [counter.address]: { username: secret.user, password: secret.password },
    });
    await measure({
      ...plan,
      env: {
        ...plan.env,
        PATH: counter.path,
        FACTORY_REGISTRY: `${counter.address}/planning`,
        FACTORY_AUTH_FILE: authFile,
      },
    });
    const asked = await counter.questions();
    return [
      ...tags.filter((tag) => !asked.registry.some((line) => line.endsWith(` ${tag}`))),
      ...repositories
        .map(({ url }) => url.replace("file://", ""))
        .filter((path) => !asked.git.some((line) => line.split(/[\s=]/).some((word) => word.endsWith(path)))),
    ];
  } finally {
    await counter.end();
  }
}

async function writeQuestions(
  file: string,
  tags: readonly string[],
  repositories: readonly { readonly url: string }[],
  world: BenchWorld,
): Promise<string> {
  const secret = await readCredentials(embeddedRegistryFiles(world.dir).authFile, world.address);
  if (secret === undefined) throw new FactoryError("bug", `there are no credentials for ${world.address}`);
  const lookUps: LookUps = {
    repositories: repositories.map(({ url }) => ({ url, ref: "main" })),
    manifests: tags.map((tag) => `http://${world.address}${tag}`),
    authorization: authorization(secret),
  };
  await writeFile(file, JSON.stringify(lookUps), { mode: 0o600 });
  return file;
}
