import { describe, expect, it } from "vitest";
import { findBases } from "../../src/dockerfile/bases.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { sentSources } from "../../src/dockerfile/sent-sources.ts";
import { proposeContext } from "../../src/enrol/context.ts";
import { addedLines, unifiedDiff } from "../../src/enrol/diff.ts";
import { findDockerfiles } from "../../src/enrol/dockerfiles.ts";
import { proposeName } from "../../src/enrol/name.ts";
import { repositoryPathOf } from "../../src/enrol/repository-path.ts";
import { newestRelease } from "../../src/source/git/refs.ts";
import { settingsFor } from "../dockerfile/settings.ts";

describe("the Dockerfiles of a repository", () => {
  it("are found by all their names in any folder, the outermost first", () => {
    const files = [
      "b/c/Dockerfile",
      "a/api.Dockerfile",
      "Dockerfile.worker",
      "Containerfile",
      "Dockerfile",
      "a/web.dockerfile",
      "Dockerfile.dockerignore",
      "notes-on-Dockerfile",
      "Dockerfiles/readme.md",
      "vendor/x/Dockerfile",
      "x/node_modules/y/Dockerfile",
    ];
    expect(findDockerfiles(files)).toEqual([
      "Containerfile",
      "Dockerfile",
      "Dockerfile.worker",
      "a/api.Dockerfile",
      "a/web.dockerfile",
      "b/c/Dockerfile",
    ]);
  });

  it("are those that lie aside only where there is no other", () => {
    expect(findDockerfiles(["examples/a/Dockerfile", "testdata/Dockerfile"])).toEqual([
      "testdata/Dockerfile",
      "examples/a/Dockerfile",
    ]);
  });
});

describe("a proposed name", () => {
  const name = (dockerfile: string, repository = "github.com/acme/Shop", ...taken: string[]) =>
    proposeName(dockerfile, repository, (one) => taken.includes(one));

  it.each([
    ["Dockerfile", "shop"],
    ["Containerfile", "shop"],
    ["Dockerfile.worker", "shop-worker"],
    ["worker.Dockerfile", "shop-worker"],
    ["docker/Dockerfile", "shop"],
    [".docker/worker.Dockerfile", "shop-worker"],
    ["services/api/Dockerfile", "api"],
    ["services/api/docker/Dockerfile", "api"],
    ["images/My_Tool++/Dockerfile", "my_tool"],
    ["a..b/Dockerfile", "a.b"],
    ["--/Dockerfile", "image"],
    ["all/Dockerfile", "all-image"],
  ])("of %s is %s", (dockerfile, wanted) => {
    expect(name(dockerfile)).toBe(wanted);
  });

  it("says more of the path, and then a number, where it is taken", () => {
    expect(name("x/api/Dockerfile", "github.com/acme/shop", "api")).toBe("shop-api");
    expect(name("x/api/Dockerfile", "github.com/acme/shop", "api", "shop-api")).toBe("shop-x-api");
    expect(name("Dockerfile", "github.com/acme/shop", "shop", "shop-shop", "shop-2")).not.toBe("shop");
    expect(name("Dockerfile", "/srv/shop", "shop")).toBe("shop-2");
  });

  it("has at most 40 characters", () => {
    const long = "x".repeat(60);
    expect(name("Dockerfile", long)).toBe("x".repeat(40));
    expect(name("Dockerfile", long, "x".repeat(40))).toBe(`${"x".repeat(38)}-2`);
    expect(name("Dockerfile", `${"x".repeat(39)}-yy`)).toBe("x".repeat(39));
  });
});

describe("a proposed context", () => {
  const files = [
    "package.json",
    "docker/Dockerfile",
    "docker/start.sh",
    "lone/Dockerfile",
    "api/Dockerfile",
    "api/main.go",
    "api/cmd/x.go",
    "shared/lib.go",
  ];
  const decide = (dockerfile: string, ...lines: string[]) => {
    const sources = sentSources(parseDockerfile(["FROM a AS b", ...lines].join("\n")), settingsFor());
    const { context, missing } = proposeContext(dockerfile, sources, files);
    return [context, ...missing.map(({ path, line }) => `${line} ${path}`)];
  };

  it("is where the sources of COPY, ADD and bind mounts are", () => {
    expect(decide("api/Dockerfile", "COPY main.go ./cmd/ /x/")).toEqual(["api"]);
    expect(decide("api/Dockerfile", "COPY api/main.go shared /x/")).toEqual(["."]);
    expect(decide("api/Dockerfile", 'ADD ["shared/*.go", "/x/"]')).toEqual(["."]);
    expect(decide("docker/Dockerfile", "COPY start.sh /")).toEqual(["docker"]);
    expect(decide("api/Dockerfile", "RUN --mount=source=shared,target=/x make")).toEqual(["."]);
  });

  it("is the Dockerfile's folder where nothing else decides, unless that keeps Dockerfiles or nothing more", () => {
    expect(decide("api/Dockerfile", "COPY . .")).toEqual(["api"]);
    expect(decide("docker/Dockerfile", "COPY . .")).toEqual(["."]);
    expect(decide("lone/Dockerfile", "COPY . .")).toEqual(["."]);
    expect(decide("Dockerfile", "COPY . .")).toEqual(["."]);
  });

  it("goes with what is missing from it, as far as that can be known", () => {
    expect(
      decide(
        "api/Dockerfile",
        "ARG DIR=main.go",
        "COPY --from=c /none /",
        "COPY $DIR dist/ *.py c?d/*.go ./$UNKNOWN /",
        "ADD https://example.org/x git@example.org:a/b.git /",
        "COPY <<EOF /etc/x",
        "text",
        "EOF",
        "FROM b",
      ),
    ).toEqual(["api", "4 dist", "4 *.py"]);
  });

  it("is decided by the stages that are built alone", () => {
    expect(decide("api/Dockerfile", "COPY shared /", "FROM c", "COPY main.go /")).toEqual(["api"]);
  });
});

it("one repository has one path, by whatever address", () => {
  for (const url of [
    "https://GitHub.com/acme/api.git",
    "https://github.com/acme/api/",
    "ssh://git@github.com/acme/api.git",
    "ssh://git@github.com:22/acme/api",
    "git@github.com:acme/api.git",
  ]) {
    expect(repositoryPathOf(url)).toBe("github.com/acme/api");
  }
  expect(repositoryPathOf("/srv/git/api.git")).toBe("/srv/git/api");
  expect(repositoryPathOf("/srv/api/.git")).toBe("/srv/api");
});

it("the newest release is the highest version that is no pre-release", () => {
  const refs = (...tags: string[]) => new Map(tags.map((tag) => [`refs/tags/${tag}`, "0".repeat(40)]));
  expect(newestRelease(refs("v1.9.0", "1.10.0", "v2.0.0-rc.1", "nightly"))).toBe("1.10.0");
  expect(newestRelease(refs("latest"))).toBeUndefined();
});

describe("a difference", () => {
  it("names the lines as diff -u does", () => {
    expect(unifiedDiff("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\nX\ne\nf\n", "i")).toBe(
      "--- i\n+++ i\n@@ -2,5 +2,6 @@\n b\n c\n d\n+X\n e\n f\n",
    );
    expect(unifiedDiff("a", "a\nb\n", "i")).toBe(
      "--- i\n+++ i\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n",
    );
    expect(unifiedDiff("", "a\n", "i")).toBe("--- i\n+++ i\n@@ -0,0 +1,1 @@\n+a\n");
    expect(unifiedDiff("a", "a", "i")).toBe("");
  });

  it("tells which lines to delete to have the old text back", () => {
    expect(addedLines("a\n", "a\n\nb\n")).toEqual([2, 3]);
    expect(addedLines("a\nz\n", "a\nb\nz\n")).toEqual([2, 2]);
    expect(addedLines("a\nx\n", "a\ny\nz\n")).toBeUndefined();
  });
});

it("what is found of a Dockerfile's sources is found without looking at its bases", () => {
  const dockerfile = parseDockerfile("FROM a\nCOPY ./x/ /y\nONBUILD COPY z /");
  expect(sentSources(dockerfile, settingsFor())).toEqual([{ path: "x", line: 2 }]);
  expect(findBases(dockerfile, settingsFor()).bases).toHaveLength(1);
});
