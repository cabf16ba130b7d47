// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { describe, expect, it } from "vitest";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { withTriggers } from "../../src/dockerfile/triggers.ts";
import { refuseUnsupported, unsupportedFeatures } from "../../src/dockerfile/unsupported.ts";
import { FactoryError } from "../../src/errors.ts";
import { settingsFor } from "./settings.ts";

const lacking = (text: string, version: string, target?: string) =>
  unsupportedFeatures(parseDockerfile(text, "d/Dockerfile"), settingsFor({ target }), version);

describe("an instruction that not every buildah builds", () => {
  it.each([
    ["RUN <<E\nE", "the heredoc <<E", "1.33.0"],
    ["COPY <<E /x\nE", "the heredoc <<E", "1.33.0"],
    ["COPY --link a b", "COPY --link", "1.41.0"],
    ["ADD --link a b", "ADD --link", "1.41.0"],
    ["COPY --parents a b", "COPY --parents", "1.40.0"],
    ["COPY --exclude=x a b", "COPY --exclude", "1.38.0"],
    ["ADD --exclude=x a b", "ADD --exclude", "1.38.0"],
    ["ADD --checksum=sha256:0 https://a.example/b /", "ADD --checksum", "1.33.0"],
    ["RUN --network=none x", "RUN --network", "1.30.0"],
    ["HEALTHCHECK --start-interval=1s CMD x", "HEALTHCHECK --start-interval", "1.37.0"],
    ["ADD https://a.example/b.git#v1 /", "ADD of the git repository https://a.example/b.git#v1", "1.38.0"],
    ["ENV a=${b:?c}", "the substitution ${b:?...}", "1.31.0"],
    ["LABEL a=${b#c}", "the substitution ${b#...}", "1.37.0"],
    ["WORKDIR /${b%%c}", "the substitution ${b%%...}", "1.37.0"],
    ["COPY --chown=${b/c/d} a b", "the substitution ${b/...}", "1.37.0"],
    ["RUN --mount=type=bind,target=${b//c/d} x", "the substitution ${b//...}", "1.37.0"],
    ["RUN --mount=type=cache,target=/c,from=img x", "RUN --mount=type=cache with from=img", "1.39.0"],
    ["RUN --mount=type=secret,id=a,required x", "RUN --mount=type=secret with required", "1.31.0"],
    [
      `LABEL a=${"x".repeat(65_535)}`,
      "a line of 64 KiB or more (it stops reading there without a word)",
      "1.33.0",
    ],
  ])("%s is refused before its version and not from it on", (instruction, seen, since) => {
    const text = `FROM a\n${instruction}\n`;
    const [problem, ...others] = lacking(text, "1.28.2");
    expect(others).toEqual([]);
    expect(problem?.line).toBe(2);
    expect(problem?.text).toBe(`${seen} needs buildah ${since.replace(/\.0$/, "")}, this is 1.28.2`);
    expect(lacking(text, since)).toEqual([]);
    const before = `1.${Number(since.split(".")[1]) - 1}.9`;
    expect(lacking(text, before)).toHaveLength(1);
  });

  it.each([
    ["ADD --keep-git-dir https://a.example/b /", "ADD --keep-git-dir"],
    ["ADD --unpack a b", "ADD --unpack"],
    ["RUN --security=insecure x", "RUN --security"],
    ["RUN --device=x y", "RUN --device"],
    ["COPY --chmod=u+x a b", "COPY --chmod=u+x"],
    ["ADD git@a.example:b/c.git /", "ADD of the git repository git@a.example:b/c.git"],
    ['ADD ["git://a.example/b", "/"]', "ADD of the git repository git://a.example/b"],
    ["ENV a=${b-c}", "the substitution ${b-...}"],
    ["USER ${b+c}", "the substitution ${b+...}"],
    ["ARG a=${b?c}", "the substitution ${b?...}"],
    ["RUN x \\\\", "a line that ends in \\\\ (it takes that for a continuation)"],
    ["RUN --mount=type=secret,id=a,env=B x", "RUN --mount=type=secret with env=B"],
    ["RUN --mount=type=secret,src=a x", "RUN --mount=type=secret with src=a"],
    ["RUN --mount=type=secret,target=/a x", "RUN --mount=type=secret without id"],
    ["RUN --mount=type=tmpfs,target=/a,size=1m x", "RUN --mount=type=tmpfs with size=1m"],
    ["RUN --mount=from=scratch,target=/a x", "RUN --mount from=scratch"],
  ])("%s is refused by every version", (instruction, seen) => {
    for (const version of ["1.28.2", "1.39.3", "1.45.0"]) {
      expect(lacking(`FROM a\n${instruction}\n`, version).map(({ text }) => text)).toEqual([
        `${seen} is beyond buildah ${version}`,
      ]);
    }
  });

  it.each([
    ["# escape=`\nFROM a\nENV a=C:\\b", "ENV with a backslash under # escape=`"],
    ["# escape=`\nFROM a\nENV a=`$b", "ENV with a backtick under # escape=`"],
  ])("%j is refused by every version", (text, seen) => {
    expect(lacking(text, "1.39.3").map((problem) => problem.text)).toEqual([
      `${seen} is beyond buildah 1.39.3`,
    ]);
  });
});

describe("not refused", () => {
  it.each([
    "RUN echo ${a-b} ${c#d} <<<x",
    "CMD echo ${a?b}",
    "ENV a='${b-c}' d=\\${e?f} g=${h:-i} j=${k:+l} m=$n-o",
    "COPY --chmod=0755 a b",
    "COPY --chmod=$MODE a b",
    "ADD https://a.example/b.gitignore /",
    "RUN --mount=type=cache,target=/c,from=base x",
    "RUN --mount=type=cache,target=/c --mount=from=img,target=/i x",
    "RUN --mount=type=secret,id=a,required=true x",
    "RUN --mount=type=tmpfs,target=/a,tmpfs-size=1m x",
    "HEALTHCHECK --interval=1s CMD x",
  ])("is %s", (instruction) => {
    expect(lacking(`FROM b AS base\nFROM a\n${instruction}\n`, "1.28.2")).toEqual([]);
  });

  it("is what stands in a stage that is not reached", () => {
    expect(lacking("FROM a AS x\nFROM b\nCOPY --link c d", "1.28.2", "x")).toEqual([]);
  });
});

describe("a frontend of its own", () => {
  it("is refused, Docker's is not", () => {
    expect(lacking("# syntax=ghcr.io/x/y:1\nFROM a", "1.39.3")).toEqual([
      {
        line: 1,
        text: "# syntax=ghcr.io/x/y:1 asks for a frontend of its own",
        remedy:
          "Only Docker's own language is built here: leave the directive out, or write docker/dockerfile:1.",
      },
    ]);
    for (const name of [
      "docker/dockerfile:1",
      "docker.io/docker/dockerfile",
      "docker/dockerfile-upstream:master",
      "docker/dockerfile@sha256:0",
    ]) {
      expect(lacking(`# syntax=${name}\nFROM a`, "1.39.3")).toEqual([]);
    }
  });
});

describe("ONBUILD", () => {
  it("is looked into, by its own line in the Dockerfile and by the line of FROM in a base image", () => {
    const text = "FROM a AS b\nONBUILD COPY --link c d\nFROM b\n";
    expect(lacking(text, "1.28.2").map(({ line }) => line)).toEqual([2, 3]);
    const dockerfile = withTriggers(parseDockerfile("\nFROM a"), [
      { stage: 0, onBuild: ["COPY --link c d"] },
    ]);
    expect(unsupportedFeatures(dockerfile, settingsFor(), "1.28.2").map(({ line }) => line)).toEqual([2]);
  });
});

describe("refusing", () => {
  it("says nothing when nothing is wrong", () => {
    expect(() => refuseUnsupported(parseDockerfile("FROM a"), [])).not.toThrow();
  });

  it("names file, line, feature and remedy", () => {
    const dockerfile = parseDockerfile("FROM a\nCOPY --link b c", "d/Dockerfile");
    const refuse = () =>
      refuseUnsupported(dockerfile, unsupportedFeatures(dockerfile, settingsFor(), "1.28.2"));
    expect(refuse).toThrow(
      new FactoryError(
        "dockerfile-unsupported",
        "d/Dockerfile:2: COPY --link needs buildah 1.41, this is 1.28.2",
        {
          hint: "Leave the flag out: it changes caching only.",
        },
      ),
    );
  });

  it("has all problems at once", () => {
    const dockerfile = parseDockerfile("FROM a\nCOPY --link b c\nRUN <<E\nE", "d/Dockerfile");
    const problems = unsupportedFeatures(dockerfile, settingsFor(), "unknown");
    try {
      refuseUnsupported(dockerfile, problems);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: "dockerfile-unsupported",
        message: "d/Dockerfile has 2 places that cannot be built here",
        problems: [
          "d/Dockerfile:2: COPY --link needs buildah 1.41, this is unknown. Leave the flag out: it changes caching only.",
          expect.stringMatching(/^d\/Dockerfile:3: .*heredoc/),
        ],
      });
    }
  });
});
