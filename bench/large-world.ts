import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Factory } from "../src/factory.ts";
import { openFactory } from "../src/open-factory.ts";
import { plainRequest } from "../src/plan/plain-request.ts";
import { planBuilds } from "../src/plan/plan.ts";
import type { BuildStep } from "../src/plan/plan-step.ts";
import { type Digest, digestOf } from "../src/registry/digest.ts";
import type { ImageState } from "../src/state/image-state.ts";
import { writeState } from "../src/state/state-file.ts";
import { enrolledReference, externalBase, type GeneratedImage, largeEnrolment } from "./large-enrolment.ts";
import { git } from "./samples.ts";
import { type StubRegistry, startStubRegistry } from "./stub-registry.ts";

/** A generated enrolment as commands see it: images.yaml, one git repository, a registry, and state of all images. */
export interface LargeWorld {
  readonly images: number;
  readonly env: Readonly<Record<string, string>>;
  readonly registry: StubRegistry;
  /** How long it took to decide that all of them are unchanged, several times. */
  readonly decideMs: readonly number[];
}

/** Each team has a folder of the repository; its images differ by their args. */
const teams = 50;

const dockerfile = "ARG BASE\nFROM ${BASE}\nCOPY name.txt /name.txt\n";
const copying = `ARG BASE\nARG TOOLS\nFROM \${TOOLS} AS tools\n${dockerfile.split("\n").slice(1).join("\n")}COPY --from=tools / /tools/\n`;

/** Makes a world in a folder that is there; all of its images are published as a plan would have them. */
export async function makeLargeWorld(dir: string, images: number): Promise<LargeWorld> {
  const registry = await startStubRegistry();
  const generated = largeEnrolment(images, registry.address);
  const repository = join(dir, "repository");
  await makeTeams(repository);
  const imagesFile = join(dir, "images.yaml");
  await writeFile(imagesFile, stringify(generated.map((image, at) => entryOf(image, at, repository))));
  for (const at of Array.from({ length: 20 }, (_, at) => at)) {
    const [path = "", tag = ""] =
      externalBase(at, registry.address)
        .split(/\/(.*)/)[1]
        ?.split(":") ?? [];
    registry.addIndex(path, tag);
  }
  const env = {
    FACTORY_WORK_DIR: join(dir, "factory"),
    FACTORY_IMAGES_FILE: imagesFile,
    FACTORY_REGISTRY: registry.address,
  };
  const decideMs = await publishAll(env, registry, generated);
  registry.takeRequests();
  return { images, env, registry, decideMs };
}

async function makeTeams(repository: string): Promise<void> {
  for (let team = 0; team < teams; team += 1) {
    const folder = join(repository, `team-${team}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "Dockerfile"), dockerfile);
    await writeFile(join(folder, "Dockerfile.tools"), copying);
    await writeFile(join(folder, "name.txt"), `team ${team}\n`);
  }
  await git(repository, "init", "--quiet", "--initial-branch=main");
  await git(repository, "add", "--all");
  await git(repository, "commit", "--quiet", "--message=Teams");
}

function entryOf({ name, bases: [base, tools] }: GeneratedImage, at: number, repository: string) {
  return {
    name,
    source: { git: { url: repository, ref: "main", directory: `team-${at % teams}` } },
    ...(tools === undefined ? {} : { dockerfile: "Dockerfile.tools" }),
    args: { BASE: base, ...(tools === undefined ? {} : { TOOLS: tools }) },
  };
}

/** Records every image as built, level by level, without building it; says how long the last decision took. */
async function publishAll(
  env: LargeWorld["env"],
  registry: StubRegistry,
  generated: readonly GeneratedImage[],
): Promise<readonly number[]> {
  const used = new Set(generated.flatMap(({ bases }) => bases));
  const session = {
    log: () => undefined,
    print: () => undefined,
    showError: () => undefined,
    atEnd: () => undefined,
    signal: new AbortController().signal,
    env: { ...process.env, ...env },
  };
  const factory: Factory = await openFactory(session, "look");
  const images = generated.map(({ name }) => name);
  const request = plainRequest(images, factory.clock().getTime());
  for (;;) {
    const resolver = factory.resolver({ images });
    const { images: resolved, failures } = await resolver.resolve(images);
    await resolver.close();
    for (const failure of failures.values()) throw failure;
    const facts = [...resolved.values()].map((image) => image.facts);
    const builds = planBuilds(facts, request).steps.filter((step) => step.action === "build");
    if (builds.length === 0) return Array.from({ length: 5 }, () => timeOf(() => planBuilds(facts, request)));
    const commits = new Map(facts.map(({ enrolment, commit }) => [enrolment.name, commit]));
    for (const step of builds) {
      const state = stateOf(step, commits.get(step.image), (platform) =>
        used.has(enrolledReference(step.image))
          ? registry.addImage(step.image, platform)
          : digestOf(`${step.image} ${platform}`),
      );
      registry.addTag(step.image, "latest", state.digest);
      await writeState(factory.settings.stateDir, step.image, state);
    }
  }
}

function timeOf(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

function stateOf(
  { image, platforms }: BuildStep,
  commit: string | undefined,
  published: (platform: BuildStep["platforms"][number]["platform"]) => Digest,
): ImageState {
  const at = "2026-01-02T03:04:05.000Z";
  const digest = digestOf(image);
  return {
    digest,
    repository: `factory.localhost/${image}`,
    platforms: Object.fromEntries(
      platforms.map(({ platform, key, inputs }) => [platform, { key, inputs, digest: published(platform) }]),
    ),
    annotations: {},
    ...(commit === undefined ? {} : { commit }),
    tags: { latest: { digest, at } },
    publications: [{ digest, uniqueTag: `20260102T030405Z-${digest.slice(7, 19)}`, at }],
    scan: { verdict: "passed", at, database: "official", databaseUpdatedAt: at },
  };
}
