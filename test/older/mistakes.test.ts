import { describe, expect, it } from "vitest";
import { findBases } from "../../src/dockerfile/bases.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import type { BuildSettings } from "../../src/dockerfile/variables.ts";
import { parseGitAddress } from "../../src/enrolment/git-address.ts";
import { explainGitRef } from "../../src/enrolment/git-ref.ts";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { FactoryError } from "../../src/errors.ts";
import { parseReference } from "../../src/registry/reference.ts";
import { normaliseBase } from "../../src/resolve/dockerfile-bases.ts";
import type { Command } from "../../src/run.ts";
import { createGitResolver } from "../../src/source/git/resolve.ts";
import { settingsFor } from "../dockerfile/settings.ts";
import { gitSource } from "../source/repository.ts";

/** What the older image factory got wrong, one by one: none of it may come back. */
const basesOf = (text: string, changes: Partial<BuildSettings> = {}) =>
  findBases(parseDockerfile(text), settingsFor(changes), normaliseBase).bases.map(
    ({ reference, platform }) => `${reference} ${platform}`,
  );
const arm64 = (...references: string[]) => references.map((reference) => `${reference} linux/arm64`);

describe("the older tool's mistake", () => {
  it("FROM --platform=… taken for an image: the flag is the platform and the next word the image", () => {
    expect(basesOf("FROM --platform=linux/amd64 node:22 AS a\nFROM --platform=$TARGETPLATFORM a")).toEqual([
      "docker.io/library/node:22 linux/amd64",
    ]);
    expect(basesOf("FROM --platform=$BUILDPLATFORM golang")).toEqual([
      "docker.io/library/golang:latest linux/amd64",
    ]);
  });

  it("any short lower-case word taken for a stage: only a stage above of that name is one", () => {
    expect(basesOf("FROM alpine")).toEqual(arm64("docker.io/library/alpine:latest"));
    expect(basesOf("FROM base\nCOPY --from=builder / /")).toEqual(
      arm64("docker.io/library/base:latest", "docker.io/library/builder:latest"),
    );
    expect(basesOf("FROM debian:13 AS build\nFROM build")).toEqual(arm64("docker.io/library/debian:13"));
    expect(basesOf("FROM late\nFROM debian:13 AS late\nFROM scratch\nCOPY --from=0 / /")).toEqual(
      arm64("docker.io/library/late:latest"),
    );
  });

  it("from in lower case unseen: instructions have no case", () => {
    expect(basesOf("from alpine:3 as a\nFrom a\ncopy --from=busybox:1 / /")).toEqual(
      arm64("docker.io/library/alpine:3", "docker.io/library/busybox:1"),
    );
  });

  it("a port read as a tag: what follows a colon before the last slash is a port", () => {
    expect(parseReference("registry.example.com:5000/team/base")).toEqual({
      registry: "registry.example.com:5000",
      path: "team/base",
    });
    expect(basesOf("FROM localhost:5000/base\nCOPY --from=r:1/tool:2 / /")).toEqual(
      arm64("localhost:5000/base:latest", "r:1/tool:2"),
    );
  });

  it("ARG never resolved: defaults, args of the entry and variables in variables are", () => {
    const text =
      "ARG REGISTRY=docker.io\nARG NAME=node VERSION=20\nARG TAG=${VERSION}-alpine\nFROM $REGISTRY/$NAME:${TAG:-latest}";
    expect(basesOf(text)).toEqual(arm64("docker.io/library/node:20-alpine"));
    expect(basesOf(text, { args: { VERSION: "22", REGISTRY: "ghcr.io/acme" } })).toEqual(
      arm64("ghcr.io/acme/node:22-alpine"),
    );
    expect(() => basesOf("FROM node:${VERSION}")).toThrow(/uses \$VERSION, which no ARG .* declares/);
  });

  it("COPY --from unseen: images that files or mounts come from are bases", () => {
    expect(
      basesOf(
        "FROM a\nCOPY --chown=1 --from=b:1 / /\nRUN --mount=from=c:2,target=/c x\nONBUILD COPY --from=d / /",
      ),
    ).toEqual(arm64("docker.io/library/a:latest", "docker.io/library/b:1", "docker.io/library/c:2"));
  });
});

/** Runs nothing, and keeps what would have run. */
async function commandsFor(source: Parameters<ReturnType<typeof createGitResolver>>[0]) {
  const commands: Command[] = [];
  const resolve = createGitResolver({
    run: async (command) => {
      commands.push(command);
      return { exitCode: 0, stdout: `${"a".repeat(40)}\tHEAD\n`, stderr: "" };
    },
    variables: { TOKEN: "s3cret", SSH_AUTH_SOCK: "/agent" },
  });
  const error = await resolve(source).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { commands, error };
}

describe("the older tool's mistake: tokens in clone URLs", () => {
  it("an address with a token is refused wherever one is read, and not repeated", () => {
    for (const url of ["https://s3cret@github.com/a/b.git", "https://x-access-token:s3cret@github.com/a/b"]) {
      expect(JSON.stringify(parseGitAddress(url, "/"))).toMatch(/no user or password in it/);
      try {
        parseImages(`- name: a\n  source: {git: "${url}"}\n`, "images.yaml", "/");
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(FactoryError);
        const { message, problems } = error as FactoryError;
        expect([message, ...problems].join("\n")).toMatch(/no user or password in it/);
        expect([message, ...problems].join("\n")).not.toContain("s3cret");
      }
    }
  });

  it("a token reaches git through its environment, bound to the server, and stands in no argument", async () => {
    const url = "https://git.example.org/a/b.git";
    const { commands } = await commandsFor(
      gitSource(url, { credentials: { kind: "variable", name: "TOKEN", user: "x-access-token" } }),
    );
    expect(commands).toHaveLength(1);
    expect(JSON.stringify(commands.map(({ tool, args }) => [tool, args]))).not.toContain("s3cret");
    const holders = Object.entries(commands[0]?.env ?? {}).filter(([, value]) => value.includes("s3cret"));
    expect(holders.map(([name]) => name)).toEqual(["FACTORY_GIT_PASSWORD"]);
    expect(Object.values(commands[0]?.env ?? {})).toContain("credential.https://git.example.org.helper");
  });
});

describe("the older tool's mistake: a branch name in a shell's command line", () => {
  it.each(["main; touch x", "a b", "--upload-pack=touch x", "-x", "a\nb"])("%j is refused", (ref) => {
    expect(explainGitRef(ref)).toMatch(/^expected a branch/);
  });

  it.each(["$(touch${IFS}x)", "`id`", "a;id", "a|id", "a&&id", "'a", '"a"'])(
    "%j is a name that git allows, and reaches no command line",
    async (ref) => {
      expect(explainGitRef(ref)).toBeUndefined();
      const { commands, error } = await commandsFor(gitSource("https://git.example.org/a/b.git", { ref }));
      expect(commands.map(({ tool, args }) => [tool, ...args])).toEqual([
        ["git", "ls-remote", "--quiet", "--", "https://git.example.org/a/b.git"],
      ]);
      expect(error).toMatchObject({ code: "source-ref-missing" });
    },
  );
});
