// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Base } from "../../src/dockerfile/bases.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { pinDockerfile } from "../../src/dockerfile/pin.ts";
import { withTriggers } from "../../src/dockerfile/triggers.ts";
import { unsupportedFeatures } from "../../src/dockerfile/unsupported.ts";
import type { BuildSettings } from "../../src/dockerfile/variables.ts";
import { architectureOf, hostPlatform, type Platform, platforms } from "../../src/platform.ts";
import { run } from "../../src/run.ts";
import { type RealRegistry, startRegistry } from "../registry/real-registry.ts";

let dir: string;
let registry: RealRegistry;
let version: string;
/** `<name> <platform>` → reference with digest. */
const pins = new Map<string, string>();

const host = hostPlatform();
const foreign: Platform = host === "linux/amd64" ? "linux/arm64" : "linux/amd64";

async function buildah(...args: readonly string[]): Promise<string> {
  const storage = ["--root", join(dir, "root"), "--runroot", join(dir, "run"), "--storage-driver", "vfs"];
  const env = { CONTAINERS_REGISTRIES_CONF: join(dir, "registries.conf"), BUILDAH_ISOLATION: "chroot" };
  const { stdout } = await run({ tool: "buildah", args: [...storage, ...args], env, timeoutMs: 60_000 });
  return stdout.trim();
}

async function build(text: string, name: string, ...args: readonly string[]): Promise<void> {
  const file = join(dir, `${name}.Dockerfile`);
  await writeFile(file, text);
  const all = ["--format=docker", "--layers", "--skip-unused-stages=false", "--pull=missing", ...args];
  await buildah("build", "--quiet", ...all, `--file=${file}`, `--tag=${name}`, join(dir, "context"));
}

async function labels(name: string): Promise<Readonly<Record<string, string>>> {
  const { OCIv1 } = JSON.parse(await buildah("inspect", "--type=image", name));
  return OCIv1.config.Labels ?? {};
}

async function push(name: string, repository: string, ...args: readonly string[]): Promise<string> {
  const digestFile = join(dir, "digest");
  const target = `${registry.address}/${repository}`;
  await buildah("push", "--quiet", ...args, `--digestfile=${digestFile}`, name, `docker://${target}:1`);
  return `${target}@${(await readFile(digestFile, "utf8")).trim()}`;
}

const pinOf = ({ asWritten, platform }: Base) => {
  const pin = pins.get(`${asWritten} ${platform}`);
  if (pin === undefined) throw new Error(`no pin for ${asWritten} ${platform}`);
  return pin;
};

const settingsFor = (changes: Partial<BuildSettings> = {}): BuildSettings => ({
  platform: foreign,
  buildPlatform: host,
  target: undefined,
  args: {},
  ...changes,
});

/** Builds a Dockerfile as the factory does and gives the files of the result by name. */
async function built(
  text: string,
  name: string,
  settings: BuildSettings,
  triggers: Parameters<typeof withTriggers>[1] = [],
): Promise<Readonly<Record<string, string>>> {
  const dockerfile = withTriggers(parseDockerfile(text), triggers);
  const pinned = pinDockerfile(dockerfile, settings, pinOf);
  const out = join(dir, `${name}-out`);
  await build(
    pinned.text,
    name,
    `--platform=${settings.platform}`,
    `--output=type=local,dest=${out}`,
    ...Object.entries({ ...settings.args, ...pinned.buildArgs }).map(
      ([arg, value]) => `--build-arg=${arg}=${value}`,
    ),
    ...Object.entries(pinned.buildContexts).map(
      ([word, reference]) => `--build-context=${word}=docker://${reference}`,
    ),
  );
  const files = await readdir(out);
  const entries = files.map(
    async (file) => [file, (await readFile(join(out, file), "utf8")).trim()] as const,
  );
  const found = Object.fromEntries(await Promise.all(entries));
  await rm(out, { recursive: true });
  return found;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "dockerfile-"));
  registry = await startRegistry();
  await mkdir(join(dir, "context"));
  await writeFile(
    join(dir, "registries.conf"),
    `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`,
  );
  await writeFile(join(dir, "context", "f"), "context\n");
  version = /version (\S+)/.exec(await buildah("--version"))?.[1] ?? "";
  for (const platform of platforms) {
    const name = architectureOf(platform);
    await writeFile(join(dir, "context", name), `${name}\n`);
    await build(`FROM scratch\nCOPY ${name} /arch\n`, name, `--platform=${platform}`);
    pins.set(`base:1 ${platform}`, await push(name, "staging/base"));
  }
});

afterAll(async () => {
  await registry.stop();
  await rm(dir, { recursive: true, force: true });
});

describe("a pinned Dockerfile, built by the installed buildah", () => {
  const text = [
    "# syntax=docker/dockerfile:1",
    "# escape=`",
    "ARG WORD=w-${TARGETARCH}",
    "FROM --platform=$BUILDPLATFORM base:1 AS Build",
    "COPY f /built",
    "FROM nowhere.example/none AS unreached",
    "COPY --from=nothing / /",
    "FROM base:1 AS twice",
    "FROM scratch AS twice",
    "COPY f /second",
    "FROM `",
    "  base:1",
    "ARG WORD",
    "ARG TARGETARCH=riscv64 TARGETPLATFORM=linux/riscv64 BUILDPLATFORM=linux/riscv64",
    "ARG TARGETVARIANT TARGETSTAGE OTHER=default",
    "LABEL a=$WORD b=$TARGETARCH c=$TARGETPLATFORM d=$BUILDPLATFORM e=v$TARGETVARIANT f=$TARGETSTAGE g=$OTHER",
    "COPY --from=BUILD /arch /build-arch",
    "COPY --from=0 /built /built",
    "COPY --from=Twice /second /second",
    "COPY --from=base:1 /arch /copied-arch",
  ].join("\n");

  it.each([
    ["a foreign platform", foreign],
    ["its own platform", host],
  ])(
    "for %s has each stage's files and the values that Docker gives, first and again",
    async (_, platform) => {
      for (const name of ["first", "again"]) {
        expect(await built(text, name, settingsFor({ platform, args: { OTHER: "given" } }))).toEqual({
          arch: architectureOf(platform),
          "build-arch": architectureOf(host),
          built: "context",
          second: "context",
          "copied-arch": architectureOf(platform),
        });
        expect(await labels(name)).toMatchObject({
          a: `w-${architectureOf(platform)}`,
          b: architectureOf(platform),
          c: platform,
          d: host,
          e: "v",
          f: "default",
          g: "given",
        });
      }
    },
  );

  it("runs the triggers of a stage once, pinned", async () => {
    const stages =
      "FROM base:1 AS b\nONBUILD COPY --from=base:1 /arch /triggered\nONBUILD LABEL n=1$n\nFROM b\nCOPY f /own";
    const files = await built(stages, "stage-trigger", settingsFor());
    expect(files).toEqual({
      arch: architectureOf(foreign),
      triggered: architectureOf(foreign),
      own: "context",
    });
  });
});

describe("the triggers of a base image", () => {
  const onBuild = [
    "COPY --from=base:1 /arch /triggered",
    "COPY --from=mid /f /from-stage",
    "LABEL triggered=yes",
  ];

  async function check(name: string) {
    const text = `FROM scratch AS mid\nCOPY f /f\nFROM ${name}\nCOPY f /own`;
    const files = await built(text, `from-${name}`, settingsFor(), [{ stage: 1, onBuild }]);
    expect(files).toEqual({
      arch: architectureOf(foreign),
      triggered: architectureOf(foreign),
      "from-stage": "context",
      own: "context",
    });
    expect(await labels(`from-${name}`)).toMatchObject({ triggered: "yes" });
  }

  it("run once, pinned, when its config is in Docker's format", async () => {
    await build(
      `FROM scratch\nCOPY ${architectureOf(foreign)} /arch\n${onBuild.map((line) => `ONBUILD ${line}\n`).join("")}`,
      "trigger",
      `--platform=${foreign}`,
    );
    pins.set(`docker-base ${foreign}`, await push("trigger", "staging/trigger", "--format=v2s2"));
    await check("docker-base");
  });

  it("run once, pinned, when its config is in OCI's format, too", async () => {
    const pushed = await push(architectureOf(foreign), "staging/oci", "--format=oci");
    pins.set(`oci-base ${foreign}`, await withOnBuild(pushed, onBuild));
    await check("oci-base");
  });
});

/** Puts an image beside one that is there: the same with OnBuild in its config. */
async function withOnBuild(reference: string, onBuild: readonly string[]): Promise<string> {
  const [name = "", digest] = reference.slice(registry.address.length + 1).split("@");
  const url = `http://${registry.address}/v2/${name}`;
  const accept = "application/vnd.oci.image.manifest.v1+json";
  const json = async (path: string) =>
    JSON.parse(await (await fetch(`${url}/${path}`, { headers: { accept } })).text());
  const manifest = await json(`manifests/${digest}`);
  const config = await json(`blobs/${manifest.config.digest}`);
  const blob = JSON.stringify({ ...config, config: { ...config.config, OnBuild: onBuild } });
  const blobDigest = `sha256:${createHash("sha256").update(blob).digest("hex")}`;
  const upload = (await fetch(`${url}/blobs/uploads/`, { method: "POST" })).headers.get("location") ?? "";
  await fetch(`${upload}&digest=${blobDigest}`, { method: "PUT", body: blob });
  const body = JSON.stringify({
    ...manifest,
    config: { ...manifest.config, digest: blobDigest, size: blob.length },
  });
  const put = await fetch(`${url}/manifests/onbuild`, {
    method: "PUT",
    headers: { "content-type": accept },
    body,
  });
  expect(put.status).toBe(201);
  return `${registry.address}/${name}@sha256:${createHash("sha256").update(body).digest("hex")}`;
}

describe("what the table says that this buildah lacks", () => {
  const lacks = (text: string) =>
    unsupportedFeatures(parseDockerfile(text), settingsFor(), version).length > 0;

  it.each([
    ["a heredoc", "COPY <<E /x\nbody\nE\n"],
    ["COPY --link", "COPY --link f /"],
    ["COPY --parents", "COPY --parents f /"],
    ["COPY --exclude", "COPY --exclude=x f /"],
    ["ADD --unpack", "ADD --unpack f /"],
    ["ADD --keep-git-dir", "ADD --keep-git-dir f /"],
    ["COPY --chmod=u+x", "COPY --chmod=u+x f /"],
    ["HEALTHCHECK --start-interval", "HEALTHCHECK --start-interval=1s CMD x"],
    ["${:?}", "ARG b=1\nENV a=${b:?c}"],
    ["${#}", "ARG b=1\nENV a=${b#c}"],
    ["${//}", "ARG b=1\nENV a=${b//c/d}"],
    ["${-}", "ENV a=${b-c}"],
    ["${+}", "ENV a=${b+c}"],
    ["${?}", "ARG b=1\nENV a=${b?c}"],
  ])("fails, and what it does not lack is built: %s", async (_, instruction) => {
    const text = `FROM scratch\n${instruction}\n`;
    const failed = await build(text, "feature").then(
      () => false,
      () => true,
    );
    expect(failed).toBe(lacks(text));
  });

  it.each([
    ["RUN --network", "RUN --network=none x", /only supports/],
    ["RUN --security", "RUN --security=insecure x", /only supports/],
    ["RUN --device", "RUN --device=x y", /only supports/],
    ["a secret as variable", "RUN --mount=type=secret,id=a,env=B x", /secret should have syntax/],
    ["a secret by source", "RUN --mount=type=secret,src=a x", /secret should have syntax/],
    ["a secret without id", "RUN --mount=type=secret,target=/a x", /secret should have syntax/],
    [
      "a tmpfs with size",
      "RUN --mount=type=tmpfs,target=/a,size=1m x",
      /invalid mount type|invalid mount option/,
    ],
  ])("fails for the reason given: %s", async (_, instruction, reason) => {
    const text = `FROM scratch\n${instruction}\n`;
    if (lacks(text)) await expect(build(text, "feature")).rejects.toThrow(reason);
    else await expect(build(text, "feature")).rejects.not.toThrow(reason);
  });

  it("fails for the reason given: a cache from an image", async () => {
    const text = `FROM scratch\nRUN --mount=type=cache,target=/a,from=${pins.get(`base:1 ${host}`)} x\n`;
    const reason = /no stage found with name/;
    if (lacks(text)) await expect(build(text, "feature")).rejects.toThrow(reason);
    else await expect(build(text, "feature")).rejects.not.toThrow(reason);
  });

  it("becomes another image without a word: an escape character of its own", async () => {
    const text = "# escape=`\nFROM scratch\nLABEL path=C:\\dir\n";
    expect(lacks(text)).toBe(true);
    await build(text, "escape");
    expect(await labels("escape")).toMatchObject({ path: "C:dir" });
  });

  it("becomes another image without a word: a line that ends in two escapes", async () => {
    const text = "FROM scratch\nLABEL a=1\\\\\nLABEL b=2\n";
    expect(lacks(text)).toBe(true);
    await build(text, "double").catch(() => undefined);
    expect(await labels("double").catch(() => ({}))).not.toMatchObject({ a: "1\\", b: "2" });
  });

  it("becomes another image without a word: a line of 64 KiB", async () => {
    const text = `FROM scratch\nLABEL a=1\nLABEL long=${"x".repeat(66_000)}\nLABEL b=2\n`;
    await build(text, "long");
    expect("b" in (await labels("long"))).toBe(!lacks(text));
  });
});
