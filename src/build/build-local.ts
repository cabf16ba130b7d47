import { join } from "node:path";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { FactoryError } from "../errors.ts";
import { hostPlatform, type Platform } from "../platform.ts";
import { writeAuthFile } from "../registry/auth-file.ts";
import type { Credential } from "../registry/credentials.ts";
import { type PlatformDockerfile, readPlatform } from "../resolve/dockerfile-bases.ts";
import type { ResolvedImage } from "../resolve/resolver.ts";
import { withSecretFolder } from "../secret-folder.ts";
import type { BuildDoor } from "./build-platform.ts";
import { buildahCommand, storageArgs } from "./buildah.ts";
import { assertBuildable, pinName, runDockerfile } from "./dockerfile-build.ts";
import { type GraphRoot, withGraphRoot } from "./graph-root.ts";

/** What a debian source without a Dockerfile is as one. */
const rootDockerfile = 'FROM scratch\nADD rootfs.tar /\nCMD ["/bin/sh"]\n';

/**
 * Builds one image for this machine's platform and puts it into this user's container storage, where podman and buildah
 * find it. Nothing is pushed; bases are those of the registry.
 * @returns its name there: `localhost/<image>:latest`.
 * @throws FactoryError as `buildPlatform`.
 */
export async function buildLocal(image: ResolvedImage, door: BuildDoor): Promise<string> {
  const { enrolment } = image.facts;
  const platform = hostPlatform();
  if (!enrolment.platforms.includes(platform)) {
    throw new FactoryError(
      "machine-lacks",
      `${enrolment.name} is built for ${enrolment.platforms.join(", ")}, and this machine is ${platform}`,
      {
        hint: `Build it on such a machine, or add ${platform} to its platforms.`,
      },
    );
  }
  const read = await dockerfileOf(image, platform);
  assertBuildable(read, enrolment, door.host);
  const { pins, hosts, insecureHosts } = await locateBases(image, read, door);
  const owner = { workDir: door.workDir, image: enrolment.name, platform, epoch: image.facts.state?.epoch };
  const tree = await image.source.checkout(platform);
  try {
    return await withGraphRoot(owner, { ...door, insecureHosts }, (root) =>
      withSecretFolder(door.workDir, async (secrets) => {
        const authFile = join(secrets, "auth.json");
        await writeAuthFile(authFile, hosts);
        const build = {
          enrolment,
          platform,
          read,
          contextDir: tree.dir,
          pins,
          authFile,
          secretsDir: secrets,
        };
        return handToUser(await runDockerfile(build, root, door), enrolment.name, root, door);
      }),
    );
  } finally {
    await tree.dispose();
  }
}

async function dockerfileOf(image: ResolvedImage, platform: Platform): Promise<PlatformDockerfile> {
  const known = image.dockerfiles?.get(platform);
  if (known !== undefined) return known;
  return readPlatform(
    parseDockerfile(rootDockerfile),
    image.facts.enrolment,
    platform,
    async () => undefined,
  );
}

/** Where each base is in its own registry, and what it takes to read there. */
async function locateBases(
  image: ResolvedImage,
  { bases }: PlatformDockerfile,
  { client, credentials }: BuildDoor,
) {
  const pins = new Map<string, string>();
  const hosts: Record<string, Credential> = {};
  const insecureHosts = new Set<string>();
  for (const base of bases.bases) {
    const { repository, digest } = await image.baseImage(base.reference, base.platform);
    const { host, path, plainHttp } = client.addressOf(repository);
    pins.set(pinName(base), `${host}/${path}@${digest}`);
    if (plainHttp) insecureHosts.add(host);
    const credential = await credentials.lookup(host, path);
    if (credential !== undefined) hosts[host] = credential;
  }
  return { pins, hosts, insecureHosts: [...insecureHosts] };
}

/** Copies the image out of the factory's storage into the one that the user's own tools use. */
async function handToUser(imageId: string, image: string, root: GraphRoot, door: BuildDoor): Promise<string> {
  const { stdout } = await door.run({ tool: "buildah", args: ["info"] });
  const { store } = JSON.parse(stdout) as {
    readonly store: {
      readonly GraphDriverName: string;
      readonly GraphRoot: string;
      readonly RunRoot: string;
    };
  };
  const name = `localhost/${image}:latest`;
  const target = `containers-storage:[${store.GraphDriverName}@${store.GraphRoot}+${store.RunRoot}]${name}`;
  const args = [...storageArgs(root, door.host), "push", "--quiet", "--", imageId, target];
  await door.run({
    ...buildahCommand(args, root, door.host),
    ...(door.signal === undefined ? {} : { signal: door.signal }),
  });
  return name;
}
