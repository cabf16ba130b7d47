// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { describe, expect, it } from "vitest";
import { findBases } from "../../src/dockerfile/bases.ts";
import { historySteps } from "../../src/dockerfile/history.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { missingSecrets } from "../../src/dockerfile/secrets.ts";
import type { BuildSettings } from "../../src/dockerfile/variables.ts";
import { FactoryError } from "../../src/errors.ts";
import { normaliseBase } from "../../src/resolve/dockerfile-bases.ts";
import { settingsFor } from "./settings.ts";

const find = (text: string, changes: Partial<BuildSettings> = {}) =>
  findBases(parseDockerfile(text, "d/Dockerfile"), settingsFor(changes));
const names = (text: string, changes: Partial<BuildSettings> = {}) =>
  find(text, changes).bases.map(({ asWritten }) => asWritten);

function problem(text: string, changes: Partial<BuildSettings> = {}): string {
  try {
    find(text, changes);
  } catch (error) {
    if (error instanceof FactoryError && error.code === "dockerfile-invalid") {
      return [error.message, error.hint].filter((part) => part !== undefined).join(" | ");
    }
    throw error;
  }
  return "";
}

describe("a name that no image can have", () => {
  it("is refused with its line, after variables are replaced", () => {
    const text = "ARG V\nFROM alpine\nFROM r/b:$V";
    expect(() => findBases(parseDockerfile(text, "d/Dockerfile"), settingsFor(), normaliseBase)).toThrow(
      expect.objectContaining({
        code: "dockerfile-invalid",
        message: expect.stringMatching(/^d\/Dockerfile:3: expected .* got "r\/b:"/),
        hint: expect.stringContaining("args"),
      }),
    );
  });
});

describe("the older tool's mistakes", () => {
  it("a platform flag is no image", () => {
    expect(names("FROM --platform=linux/amd64 alpine")).toEqual(["alpine"]);
  });

  it("a short word in lower case is an image unless it is a stage", () => {
    expect(names("FROM alpine")).toEqual(["alpine"]);
    expect(names("FROM debian AS alpine\nFROM alpine")).toEqual(["debian"]);
  });

  it("from in lower case is seen", () => {
    expect(names("from alpine as a\nfrom a\ncopy --from=busybox / /")).toEqual(["alpine", "busybox"]);
  });

  it("a port is no tag", () => {
    const normalise = (text: string) => `<${text}>`;
    const dockerfile = parseDockerfile("FROM localhost:5000/a\nCOPY --from=r:1/b:2 / /");
    expect(findBases(dockerfile, settingsFor(), normalise).bases.map(({ reference }) => reference)).toEqual([
      "<localhost:5000/a>",
      "<r:1/b:2>",
    ]);
  });

  it("ARG is resolved, and COPY --from is seen", () => {
    expect(names("ARG V=1\nFROM a:$V\nCOPY --from=b:1 / /")).toEqual(["a:1", "b:1"]);
  });
});

describe("args of the enrolment", () => {
  it("win over defaults, declared values and automatic arguments, as they are written", () => {
    const text = "ARG V=1\nARG W\nARG TARGETARCH\nFROM a-$V-$W-$TARGETARCH-$BUILDARCH";
    const args = { V: "$W", W: "2", TARGETARCH: "riscv", BUILDARCH: "s390x" };
    expect(problem(text, { args })).toContain("cannot be an image");
    expect(names(text, { args: { ...args, V: "v" } })).toEqual(["a-v-2-riscv-s390x"]);
  });

  it("do not reach FROM without an ARG", () => {
    expect(problem("FROM a:$V", { args: { V: "1" } })).toMatch(
      /^d\/Dockerfile:1: FROM a:\$V uses \$V, which no ARG/,
    );
  });
});

describe("automatic arguments", () => {
  it("have the values that Docker gives them", () => {
    const all =
      "$BUILDPLATFORM,$BUILDOS,$BUILDARCH,$BUILDVARIANT,$TARGETPLATFORM,$TARGETOS,$TARGETARCH,$TARGETVARIANT,$TARGETSTAGE";
    const text = `ARG ALL="${all}"\nFROM a:\${ALL//[,\\/]/.} AS last`;
    expect(problem(text)).toContain("linux/amd64,linux,amd64,,linux/arm64,linux,arm64,,last");
    expect(problem(text, { target: "0" })).toContain("arm64,,0");
    expect(problem(`ARG ALL="${all}"\nFROM a:\${ALL}`)).toContain("arm64,,default");
  });
});

describe("FROM --platform", () => {
  it.each([
    ["linux/amd64", "linux/amd64"],
    ["Linux/X86_64", "linux/amd64"],
    ["linux/amd64/v1", "linux/amd64"],
    ["amd64", "linux/amd64"],
    ["linux", "linux/amd64"],
    ["aarch64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["$TARGETPLATFORM", "linux/arm64"],
    ["${BUILDPLATFORM:-x}", "linux/amd64"],
    ["linux/${TARGETARCH}", "linux/arm64"],
  ])("=%s is %s", (flag, platform) => {
    expect(find(`FROM --platform=${flag} a`).bases[0]?.platform).toBe(platform);
  });

  it.each([
    "linux/arm/v7",
    "windows/amd64",
    "linux/amd64/v3",
    "linux/arm64/v8/x",
    "arm",
    "hasOwn",
    "linux/constructor",
  ])("=%s is refused", (flag) => {
    expect(problem(`FROM --platform=${flag} a`)).toBe(
      `d/Dockerfile:1: --platform=${flag} is not a platform of this factory | It builds linux/amd64 and linux/arm64.`,
    );
  });

  it("without a value is refused, with the variables that have none", () => {
    expect(problem("FROM --platform=$A$B a")).toMatch(
      /^d\/Dockerfile:1: --platform=\$A\$B is empty: \$A and \$B has no value/,
    );
    expect(problem("FROM --platform a")).toMatch(/^d\/Dockerfile:1: --platform="" is empty \|/);
  });

  it("of a stage that is FROM another stage is that stage's", () => {
    const { needsToRun } = find("FROM --platform=linux/amd64 a AS b\nFROM --platform=linux/arm64 b\nRUN c");
    expect(needsToRun).toEqual(["linux/amd64"]);
  });
});

describe("the target", () => {
  it("is found by name in any case, by number, and is the last stage without a name", () => {
    const text = "FROM a AS One\nFROM b AS two\nFROM c";
    expect(names(text, { target: "ONE" })).toEqual(["a"]);
    expect(names(text, { target: "1" })).toEqual(["b"]);
    expect(names(text)).toEqual(["c"]);
  });

  it("that is not there is named, with the stages that are", () => {
    expect(problem("FROM a AS build\nFROM b AS final", { target: "finale" })).toMatch(
      /^d\/Dockerfile:1: there is no stage finale for target.*did you mean "final"\? *\)? \| Its stages are: build, final\.$/,
    );
    expect(problem("FROM a\nFROM b", { target: "2" })).toBe(
      "d/Dockerfile:1: there is no stage 2 for target | No stage has a name; target can be a number from 0 to 1.",
    );
  });
});

describe("a base is refused", () => {
  it.each([
    [
      "FROM a:$NODE_VERSOIN",
      "d/Dockerfile:1: FROM a:$NODE_VERSOIN uses $NODE_VERSOIN, which no ARG before the first FROM declares",
    ],
    ["FROM $x-\nARG x", "d/Dockerfile:1: FROM $x- uses $x, which no ARG before the first FROM declares"],
    [
      "ARG x\nFROM $x",
      "d/Dockerfile:2: FROM $x is empty: $x has no value | Give its ARG a default, or a value under args in images.yaml.",
    ],
    ["FROM ''", `d/Dockerfile:1: FROM "''" is empty: it has no value`],
    ["FROM 'a", "d/Dockerfile:1: a single quote is not closed"],
    ['ARG x="${y?no y}"\nFROM a', "d/Dockerfile:1: y: no y"],
    ["ARG\nFROM a", "d/Dockerfile:1: ARG names no argument"],
    ["ARG =a\nFROM a", "d/Dockerfile:1: ARG has a default without a name"],
    [
      "FROM a\nFROM 0",
      "d/Dockerfile:2: FROM 0 is a number | Give that stage a name (FROM ... AS name) and use it here.",
    ],
    [
      "FROM oci-archive:/etc/x.tar",
      "d/Dockerfile:1: oci-archive:/etc/x.tar names a transport (oci-archive:)",
    ],
    ["FROM docker://alpine", "d/Dockerfile:1: docker://alpine names a transport (docker:)"],
    [
      "FROM dir:x",
      "d/Dockerfile:1: dir:x names a transport (dir:), not an image in a registry | Name the image by registry and repository; for an image called dir write docker.io/library/dir:<tag>.",
    ],
    [
      "FROM a\nCOPY --from=containers-storage:x / /",
      "d/Dockerfile:2: containers-storage:x names a transport",
    ],
    [
      "FROM a\nRUN --mount=from=docker-archive:/x,target=/y z",
      "d/Dockerfile:2: docker-archive:/x names a transport",
    ],
    ["FROM localhost/a", "d/Dockerfile:1: localhost/a is an image of this machine"],
    [
      "FROM a\nCOPY --from=$X / /",
      "d/Dockerfile:2: COPY --from=$X has a variable, which Docker does not replace there | Declare a stage",
    ],
    ["FROM a\nRUN --mount=from=b:${X},target=/y z", "d/Dockerfile:2: RUN --mount from=b:${X} has a variable"],
    ["FROM a\nCOPY --from / /", "d/Dockerfile:2: COPY --from names nothing | Write --from=<stage or image>."],
    [
      "FROM a\nCOPY --from=3 / /",
      "d/Dockerfile:2: COPY --from=3: there is no stage 3 | The stages are numbered from 0 to 0.",
    ],
    [
      "FROM a AS b\nCOPY --from=b / /",
      "d/Dockerfile:2: COPY --from=b names its own stage | A stage can take files from earlier stages only.",
    ],
    [
      "FROM a AS b\nCOPY --from=c / /\nFROM b AS c",
      "d/Dockerfile:2: COPY --from=c names a stage that begins later, on line 3",
    ],
    ["FROM a AS build\nFROM buil,d", 'd/Dockerfile:2: "buil,d" is no stage and cannot be an image'],
  ])("%j", (text, message) => {
    expect(problem(text)).toContain(message);
  });

  it("only in a stage that is reached", () => {
    expect(names("FROM $x\nFROM a AS b\nCOPY --from=nothing:$y / /\nFROM c")).toEqual(["c"]);
  });
});

describe("what is no base", () => {
  it("is scratch, and an empty from", () => {
    expect(
      names("FROM scratch\nCOPY --from=scratch / /\nRUN --mount=from=,target=/x y\nRUN --mount=from y"),
    ).toEqual([]);
  });
});

describe("what the image carries", () => {
  it("is of the stages that the target is FROM, ONBUILD of the target alone", () => {
    const text = [
      "FROM a AS b",
      'SHELL ["sh"]',
      "HEALTHCHECK NONE",
      "ONBUILD RUN c",
      "FROM d AS e",
      'SHELL ["other"]',
      "FROM b",
      "COPY --from=e / /",
      "ONBUILD RUN f",
    ].join("\n");
    expect(find(text).carried).toEqual({ healthcheck: [3], shell: [2], onbuild: [9] });
  });
});

describe("secrets", () => {
  it("are missing only when a step requires one that the image does not have, as in Docker", () => {
    const text = [
      "FROM a",
      "RUN --mount=type=secret,id=given,required x",
      "RUN --mount=type=secret,id=optional x",
      "RUN --mount=type=secret,id=off,required=false x",
      "RUN --mount=type=secret,source=needed,required=TRUE x",
      "RUN --mount=type=secret x",
    ].join("\n");
    const { secrets } = find(text);
    expect(secrets.map(({ id }) => id)).toEqual(["given", "optional", "off", "needed", ""]);
    expect(missingSecrets(secrets, [{ id: "given" }])).toEqual([
      {
        line: 5,
        text: "RUN requires the secret needed, which the image does not have",
        remedy: "Add it under secrets in images.yaml: {id: needed, ...}.",
      },
    ]);
  });
});

describe("remote files", () => {
  const adds = (text: string, changes: Partial<BuildSettings> = {}) =>
    find(text, changes).remoteAdds.map(({ address }) => address);

  it("are found through ARG and ENV, over stages, with the values that the builder will use", () => {
    const text = [
      "ARG HOST=dl.example.org SCHEME=https",
      "FROM scratch AS base",
      "ARG HOST",
      "ARG SCHEME=http",
      "ARG UNSET",
      "ENV OLD dl.example.net/with  spaces",
      'ENV A="${SCHEME}://$HOST" B=two',
      "FROM base",
      "ARG TARGETARCH",
      "ADD $A/$TARGETARCH/$B /",
      "ADD $SCHEME://$OLD /",
      "ENV B=$UNKNOWN",
      "ARG A",
      "ADD $B https://x.example/$UNKNOWN $A /",
      "ENV",
    ].join("\n");
    expect(adds(text)).toEqual([
      "http://dl.example.org/arm64/two",
      "http://dl.example.net/with spaces",
      "https://x.example/$UNKNOWN",
      "http://dl.example.org",
    ]);
    expect(adds(text, { args: { SCHEME: "https", TARGETARCH: "s390x" } })[0]).toBe(
      "https://dl.example.org/s390x/two",
    );
  });

  it("with quotes that do not close are left as they stand", () => {
    expect(adds("FROM scratch\nADD https://a.example/' /")).toEqual(["https://a.example/'"]);
  });

  it.each([
    "http://127.0.0.1/",
    "http://127.1:5000/x",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://localhost/",
    "https://a.LOCALHOST./x",
    "http://10.1.2.3/",
    "http://172.31.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://[::1]:80/",
    "http://[::ffff:127.0.0.1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "git@127.0.0.1:a/b.git",
    "ssh://git@192.168.0.1/a.git",
    "git://localhost/a.git",
  ])("of this machine or its network are refused: %s", (address) => {
    expect(problem(`FROM scratch\nADD ${address} /`)).toMatch(
      /^d\/Dockerfile:2: ADD fetches .*, an address of this machine or of its network \|/,
    );
  });

  it.each([
    "https://example.org/",
    "http://11.0.0.1/",
    "http://[2001:db8::1]/",
    "git@github.com:a/b.git",
    "http://%/x",
  ])("of elsewhere are not: %s", (address) => {
    expect(adds(`FROM scratch\nADD ${address} /`)).toEqual([address]);
  });

  it("are not the files of the source", () => {
    expect(adds("FROM scratch\nADD a.tgz ftp://x/ user@host /\nCOPY https://x /")).toEqual([]);
  });
});

describe("the history", () => {
  it("has what changed files along the stages that the target is FROM, on one line each", () => {
    const text = [
      "FROM a AS base",
      "run apt-get update \\",
      "  # why",
      "  &&   true",
      "ENV A=1",
      "FROM b AS tools",
      "RUN make",
      "FROM base AS middle",
      "WORKDIR /x",
      "ONBUILD COPY late /",
      "FROM middle",
      "COPY --from=tools /t /t",
      "RUN <<EOF",
      "body",
      "EOF",
      `ADD ${"long ".repeat(150)} /`,
    ].join("\n");
    const steps = historySteps(parseDockerfile(text), settingsFor());
    expect(steps.slice(0, -1)).toEqual([
      { keyword: "RUN", createdBy: "RUN apt-get update && true" },
      { keyword: "WORKDIR", createdBy: "WORKDIR /x" },
      { keyword: "COPY", createdBy: "COPY late /" },
      { keyword: "COPY", createdBy: "COPY --from=tools /t /t" },
      { keyword: "RUN", createdBy: "RUN <<EOF" },
    ]);
    expect(steps.at(-1)?.createdBy).toHaveLength(500);
  });
});
