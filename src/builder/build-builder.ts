import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "../command/main.ts";
import { reportOutcomes } from "../command/outcomes.ts";
import type { ExitStatus } from "../errors.ts";
import { FactoryError } from "../errors.ts";
import type { Factory } from "../factory.ts";
import { openFactory } from "../open-factory.ts";
import { buildImages } from "../pipeline.ts";
import { plainRequest } from "../plan/plain-request.ts";
import { planBuilds } from "../plan/plan.ts";
import { hostPlatform, type Platform } from "../platform.ts";
import { findStaged, stagingRepository } from "../publish/staging.ts";
import { pullReference } from "../registry/pull-reference.ts";
import { formatReference } from "../registry/reference.ts";
import { readSettings } from "../settings.ts";
import { ownRoot } from "../setup/needs.ts";
import { baseName, builderName, readBuilder } from "./enrolled.ts";
import { readKeys, signaturePolicy } from "./signature-policy.ts";

/** The values of `builderWords`. */
export interface BuilderWords {
  readonly BASE: string | undefined;
  readonly TRIVY: string | undefined;
  readonly CERTIFICATES: string | undefined;
  readonly NPM_REGISTRY: string | undefined;
  readonly GOPROXY: string | undefined;
}

/** The factory with builder/images.yaml in place of images.yaml. */
export async function openBuilder(words: BuilderWords, session: Session): Promise<Factory> {
  const { workDir, debianMirror, signedBy } = await readSettings(ownRoot, session.env);
  const certificates = words.CERTIFICATES ?? session.env["NODE_EXTRA_CA_CERTS"];
  const choices = {
    base: words.BASE,
    trivy: words.TRIVY,
    certificates: certificates === undefined ? undefined : await privateCopy(certificates, workDir),
    debianMirror,
    npmRegistry: words.NPM_REGISTRY?.replace(/\/+$/, ""),
    goProxy: words.GOPROXY,
    policy: Object.keys(signedBy).length === 0 ? undefined : signaturePolicy(await readKeys(signedBy)),
  };
  return openFactory(session, "start", { read: () => readBuilder(choices) });
}

/** Publishes a base of the factory's own for all platforms, where it is one: nothing can be built on a part of it. */
export async function buildBase(factory: Factory, session: Session): Promise<ExitStatus> {
  return standsOnOwnBase(factory) ? build(baseName, factory, undefined, session) : 0;
}

/**
 * Builds the builder image on a base that is there: of one platform, which is then staged and nothing more, or of all, which are then
 * scanned and published under its tags.
 */
export async function buildBuilder(
  factory: Factory,
  platform: Platform | undefined,
  session: Session,
): Promise<ExitStatus> {
  return build(builderName, factory, platform, session);
}

/** The platforms of the builder image, this machine's own first. */
export function builderPlatforms({ enrolments }: Factory): readonly Platform[] {
  const { platforms = [] } = enrolments.find(({ name }) => name === builderName) ?? {};
  const own = hostPlatform();
  return [
    ...platforms.filter((platform) => platform === own),
    ...platforms.filter((platform) => platform !== own),
  ];
}

async function build(
  image: string,
  factory: Factory,
  onlyPlatform: Platform | undefined,
  session: Session,
): Promise<ExitStatus> {
  const { jobs } = factory.settings;
  const options = {
    fixes: true,
    onlyPlatform,
    stageOnly: true,
    jobs,
    startsPerMinute: undefined,
    allowed: undefined,
  };
  const outcomes = await buildImages(
    { ...plainRequest([image], factory.clock().getTime()), ...options },
    factory.pipeline({ images: [image] }),
  );
  // The base was told of when it was its turn, and its reference is nobody's result.
  const told = outcomes.filter((outcome) => outcome.image === image || outcome.kind !== "unchanged");
  const isResult = image === builderName && onlyPlatform === undefined;
  const print = isResult ? session.print : () => undefined;
  return reportOutcomes(told, factory, { ...session, print }, false);
}

function standsOnOwnBase({ enrolments }: Factory): boolean {
  const repositoryOf = (image: string) => enrolments.find(({ name }) => name === image)?.repository;
  const base = repositoryOf(baseName);
  const given = enrolments.find(({ name }) => name === builderName)?.args["BASE"];
  return base !== undefined && given === formatReference(base);
}

/**
 * Where the builder image of a platform is that was built last from what stands here now.
 * @throws FactoryError "usage" when none was.
 */
export async function builtReference(factory: Factory, platform: Platform): Promise<string> {
  const built = await findBuilt(factory, platform);
  if (built !== undefined) return built;
  throw new FactoryError(
    "usage",
    `${builderName} was not built for ${platform} as it stands here, with these words`,
    { hint: "Run npm run builder:build with the same words, or name an image: IMAGE=<reference>" },
  );
}

/**
 * Makes sure that what would be published now is what was tested.
 * @param tested What `builtReference` gave of each platform before.
 * @throws FactoryError "usage" when a file has changed since, whether or not somebody has built it anew.
 */
export async function assertStillBuilt(
  factory: Factory,
  tested: ReadonlyMap<Platform, string>,
): Promise<void> {
  for (const [platform, image] of tested) {
    const now = await findBuilt(factory, platform);
    if (now === image) continue;
    const instead = now ?? "what stands here now";
    throw new FactoryError("usage", `${builderName} for ${platform} changed while it was tested`, {
      hint: `${image} was tested and ${instead} would be published: run npm run builder again.`,
    });
  }
}

async function findBuilt(factory: Factory, platform: Platform): Promise<string | undefined> {
  const resolver = factory.resolver({ images: [builderName] });
  try {
    const { images, failures } = await resolver.resolve([builderName]);
    for (const [, error] of failures) throw error;
    const facts = [...images.values()].map((image) => image.facts);
    const step = planBuilds(facts, plainRequest([builderName], factory.clock().getTime())).steps.find(
      ({ image }) => image === builderName,
    );
    const repository = images.get(builderName)?.facts.enrolment.repository;
    if (repository === undefined) return undefined;
    if (step?.action === "keep" || step?.action === "tag")
      return pullReference(factory.client, repository, step.digest);
    const key =
      step?.action === "build" ? step.platforms.find((one) => one.platform === platform)?.key : undefined;
    if (key === undefined) return undefined;
    const target = { image: builderName, platform, key, repository: stagingRepository(repository) };
    return (await findStaged(factory.client, target))?.reference;
  } finally {
    await resolver.close();
  }
}

/** A build secret has to be a file that only its owner can read, which certificates need not be. */
async function privateCopy(file: string, workDir: string): Promise<string> {
  const text = await readFile(file).catch((cause: Error) => {
    throw new FactoryError("usage", `CERTIFICATES: ${file} cannot be read: ${cause.message}`, { cause });
  });
  const folder = join(workDir, "builder");
  await mkdir(folder, { recursive: true });
  const copy = join(folder, "certificates.pem");
  await writeFile(copy, text, { mode: 0o600 });
  return copy;
}
