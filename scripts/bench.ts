// npm run bench: how long the factory takes, against shell scripts that do the same job with the same tools.
// needs: git buildah runc mmdebstrap registry trivy
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { benchLines } from "../bench/bench-table.ts";
import { type BenchWorld, factoryEnvironment, makeBenchWorld, removeFolder } from "../bench/bench-world.ts";
import { timeBuilds } from "../bench/building.ts";
import { startBuildkit } from "../bench/buildkit-daemon.ts";
import { measure } from "../bench/measure.ts";
import { timePlanning } from "../bench/planning.ts";
import { timeScale } from "../bench/planning-scale.ts";
import { baseEnrolment, makeRepository, samples } from "../bench/samples.ts";
import { buildkitSubject, factorySubject, rawSubjects } from "../bench/subjects.ts";
import { timeSynth } from "../bench/synth.ts";
import { main } from "../src/command/main.ts";
import { numberWord } from "../src/command/options.ts";
import { platforms } from "../src/platform.ts";
import { ownRoot } from "../src/setup/needs.ts";

const spec = {
  command: "bench",
  summary:
    "Builds the same images by the factory, by shell scripts and, where BUILDKITD and BUILDCTL name its programs, by BuildKit, and prints one table of ratios. Takes some minutes and wants a machine that does nothing else.",
  words: {
    ROUNDS: numberWord("<n>", "How often each build is repeated; the median counts. By default 3.", 1),
    IMAGES: numberWord("<n>", "Unchanged images to plan. By default 100.", 1),
    SCALE: numberWord("<n>", "Images of a generated enrolment to plan. By default 10000.", 1),
    SYNTH: numberWord("<n>", "Images to write manifests of, and of a fifth as many. By default 5000.", 5),
  },
  flags: { json: { description: "Prints every time as JSON." } },
  examples: ["npm run bench", "BUILDKITD=/opt/buildkitd BUILDCTL=/opt/buildctl npm run bench ROUNDS=5"],
} as const;

await main(spec, async ({ words, flags }, { log, env, signal, print }) => {
  const rounds = words.ROUNDS ?? 3;
  const world = await makeBenchWorld(await mkdtemp(join(tmpdir(), "factory-bench-")), { log, env, signal });
  const { BUILDKITD: buildkitd, BUILDCTL: buildctl } = env;
  const buildkit =
    buildkitd === undefined || buildctl === undefined
      ? undefined
      : { buildctl, daemon: await startBuildkit(world, { buildkitd, buildctl }) };
  try {
    const base = await publishBase(world);
    const subjects = [
      await factorySubject(world),
      ...(await rawSubjects(world)),
      ...(buildkit === undefined
        ? []
        : [await buildkitSubject(world, buildkit.buildctl, buildkit.daemon.address, buildkit.daemon.prune)]),
    ];
    const builds = [];
    for (const sample of samples) {
      const repository = await makeRepository(join(world.dir, "sources", sample.name), sample, base);
      builds.push(...(await timeBuilds(sample, repository, subjects, rounds, { world, log })));
    }
    const planning = await timePlanning(words.IMAGES ?? 100, rounds, { world, log });
    const scale = await timeScale(words.SCALE ?? 10_000, rounds, { dir: world.dir, signal, log });
    const synths = [];
    const most = words.SYNTH ?? 5_000;
    for (const images of [Math.floor(most / 5), most])
      synths.push(await timeSynth(images, rounds, { dir: world.dir, signal, log }));
    const result = { samples, builds, planning, scale, synths };
    if (flags.json) print(JSON.stringify(result, undefined, 2));
    else for (const line of benchLines(result)) print(line);
  } finally {
    await buildkit?.daemon.end();
    await world.end();
    await removeFolder(world.dir, world.host);
  }
  return 0;
});

/** The base of the large samples, made by the factory; for the bench it is an image of somebody else. */
async function publishBase(world: BenchWorld): Promise<string> {
  const imagesFile = join(world.dir, "base.yaml");
  const registry = `${world.address}/bases`;
  await writeFile(imagesFile, stringify([{ ...baseEnrolment, platforms }]));
  await measure({
    tool: "sh",
    args: ["src/setup/start.sh", "build", `IMAGE=${baseEnrolment.name}`],
    cwd: ownRoot,
    env: factoryEnvironment(world, { workDir: join(world.dir, "base"), imagesFile, registry }),
    signal: world.signal,
  });
  return `${registry}/${baseEnrolment.name}:latest`;
}
