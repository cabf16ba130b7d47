import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { layers } from "../cdk8s/main.ts";
import { clusterSettings } from "../src/cluster/cluster-settings.ts";
import { findImageEdges } from "../src/cluster/image-edges.ts";
import { readImages } from "../src/enrolment/read-images.ts";
import type { Log } from "../src/log.ts";
import { readSettings } from "../src/settings.ts";
import { ownRoot } from "../src/setup/needs.ts";
import { type Measurement, measure } from "./measure.ts";

/** What writing the manifests of a generated enrolment costs, and writing the same objects as YAML alone. */
export interface SynthTimes {
  readonly images: number;
  readonly objects: number;
  readonly bytes: number;
  /** Of the whole command. */
  readonly synthMs: readonly number[];
  readonly peakBytes: number;
  /** Of a process that is given the objects. */
  readonly plainMs: readonly number[];
  readonly plainPeakBytes: number;
}

const dockerfile = "FROM debian:13-slim\nCOPY name.txt /\n";

/** Each image is built from a folder and one base of others; a tenth has a schedule. */
export async function timeSynth(
  images: number,
  rounds: number,
  { dir, signal, log }: { readonly dir: string; readonly signal: AbortSignal; readonly log: Log },
): Promise<SynthTimes> {
  log({ kind: "note", text: `writing the manifests of ${images} images` });
  const folder = join(dir, `synth-${images}`);
  await mkdir(join(folder, "app"), { recursive: true });
  await writeFile(join(folder, "app/Dockerfile"), dockerfile);
  await writeFile(join(folder, "app/name.txt"), "app\n");
  const imagesFile = join(folder, "images.yaml");
  const entries = Array.from({ length: images }, (_, at) => ({
    name: `image-${at}`,
    source: { folder: "app" },
    ...(at % 10 === 0 ? { schedule: { cron: "0 3 * * *" } } : {}),
  }));
  await writeFile(imagesFile, stringify(entries));
  const out = join(folder, "dist");
  const objectsFile = join(folder, "objects.json");
  const env = {
    FACTORY_WORK_DIR: join(folder, "factory"),
    FACTORY_IMAGES_FILE: imagesFile,
    FACTORY_REGISTRY: "registry.example.org/team",
  };
  const synth = () =>
    measure({ tool: "sh", args: ["src/setup/start.sh", "synth", `OUT=${out}`], cwd: ownRoot, env, signal });
  const plain = () =>
    measure({
      tool: process.execPath,
      args: [join(ownRoot, "bench/plain-yaml.ts"), objectsFile, join(folder, "plain.yaml")],
      cwd: ownRoot,
      env: {},
      signal,
    });
  const objects = await objectsOf(env, imagesFile);
  await writeFile(objectsFile, JSON.stringify(objects));
  const written: Measurement[] = [];
  const bare: Measurement[] = [];
  for (let round = 0; round < rounds; round += 1) {
    written.push(await synth());
    bare.push(await plain());
  }
  const peakOf = (all: readonly Measurement[]) =>
    Math.max(...all.flatMap(({ peaks }) => peaks.map(({ bytes }) => bytes)));
  return {
    images,
    objects: objects.length,
    bytes: (await stat(join(folder, "plain.yaml"))).size,
    synthMs: written.map(({ elapsedMs }) => elapsedMs),
    peakBytes: peakOf(written),
    plainMs: bare.map(({ elapsedMs }) => elapsedMs),
    plainPeakBytes: peakOf(bare),
  };
}

/** What the command writes, for whoever is to write nothing else. */
async function objectsOf(
  env: Readonly<Record<string, string>>,
  imagesFile: string,
): Promise<readonly object[]> {
  const factory = await readSettings(ownRoot, env);
  const enrolled = await readImages(imagesFile, factory.stateDir);
  const edges = await findImageEdges(enrolled.images, {
    open: async () => ({ commit: undefined, version: undefined, dockerfile }),
    stateOf: async () => undefined,
    warn: () => undefined,
  });
  const settings = clusterSettings({}, factory);
  const props = { settings, enrolled, imagesText: "", imagesFrom: "configMap", edges } as const;
  return layers(props).flatMap(({ manifests }) => manifests);
}
