// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { describe, expect, it } from "vitest";
import { findBases } from "../../src/dockerfile/bases.ts";
import { effectiveText } from "../../src/dockerfile/effective-text.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { pinDockerfile } from "../../src/dockerfile/pin.ts";
import { type BaseTriggers, withTriggers } from "../../src/dockerfile/triggers.ts";
import type { BuildSettings } from "../../src/dockerfile/variables.ts";
import { FactoryError } from "../../src/errors.ts";
import { settingsFor } from "./settings.ts";

function pin(text: string, changes: Partial<BuildSettings> = {}, triggers: readonly BaseTriggers[] = []) {
  const dockerfile = withTriggers(parseDockerfile(text, "d/Dockerfile"), triggers);
  return pinDockerfile(
    dockerfile,
    settingsFor(changes),
    ({ reference, platform }) => `${reference}@${platform.slice(6)}`,
  );
}
const pinned = (text: string, changes: Partial<BuildSettings> = {}) => pin(text, changes).text;
const effective = (text: string, changes: Partial<BuildSettings> = {}) =>
  effectiveText(parseDockerfile(text), settingsFor(changes));

describe("pinned text", () => {
  it("differs in the references alone", () => {
    const text = [
      "# syntax=docker/dockerfile:1",
      "# The app.\t",
      "ARG V=1 # no comment",
      "",
      "from\tnode:$V  as   build   ",
      "  RUN --mount=type=bind,from=tools:2,target=/t  make \\",
      "    # really FROM node",
      "    all",
      "",
      "FROM debian:12",
      "COPY   --from=build  /a   /b",
      "COPY --chown=1:1 --from=busybox /c /d",
      'CMD ["x"]',
    ].join("\r\n");
    expect(pinned(text.replace(" # no comment", ""))).toBe(
      text
        .replace(" # no comment", "")
        .replace("node:$V", "node:1@arm64")
        .replace("tools:2", "tools:2@arm64")
        .replace("debian:12", "debian:12@arm64")
        .replace("busybox", "busybox@arm64"),
    );
  });

  it("has each stage's own platform and no platform flag", () => {
    expect(
      pinned("FROM --platform=$BUILDPLATFORM a AS b\nFROM --platform=linux/arm64 a\nCOPY --from=b / /"),
    ).toBe("FROM  a@amd64 AS b\nFROM  a@arm64\nCOPY --from=b / /");
  });

  it("empties the stages that the target does not reach and moves no line", () => {
    expect(
      pinned("FROM a\nFROM b AS x\nRUN <<E\nc\nE\nFROM d\nCOPY --from=0 / /\nFROM e", { target: "2" }),
    ).toBe("FROM a@arm64 AS stage-0\n\n\n\n\nFROM d@arm64\nCOPY --from=stage-0 / /\n");
  });

  it("calls each stage that is used by one name", () => {
    const text =
      "FROM a AS X\nFROM x AS y\nFROM b AS x\nFROM c AS stage-2\nFROM d\nCOPY --from=X / /\nCOPY --from=Y / /\nCOPY --from=3 / /";
    expect(pinned(text)).toBe(
      [
        "FROM a@arm64 AS stage-0",
        "FROM stage-0 AS y",
        "FROM b@arm64 AS stage-2-x",
        "FROM c@arm64 AS stage-2",
        "FROM d@arm64",
        "COPY --from=stage-2-x / /",
        "COPY --from=y / /",
        "COPY --from=stage-2 / /",
      ].join("\n"),
    );
  });

  it("renames a stage that is called scratch", () => {
    expect(pinned("FROM a AS scratch\nFROM scratch\nCOPY --from=scratch / /")).toBe(
      "FROM a@arm64 AS stage-0\nFROM stage-0\nCOPY --from=stage-0 / /",
    );
  });

  it("has the values of global defaults with variables, quoted where they need it", () => {
    expect(pinned('ARG A=1 B="${A}.$TARGETARCH it\'s" C=plain D\nARG E=${B#1}\nFROM x:$A')).toBe(
      `ARG A=1 B='1.arm64 it'"'"'s' C=plain D\nARG E='.arm64 it'"'"'s'\nFROM x:1@arm64`,
    );
  });

  it("has no default for an automatic argument", () => {
    expect(pinned("ARG TARGETARCH=amd64\nFROM x\nARG A=1 BUILDPLATFORM=linux/riscv64 \\\n TARGETOS")).toBe(
      "ARG TARGETARCH\nFROM x@arm64\nARG A=1 BUILDPLATFORM \\\n TARGETOS",
    );
  });

  it("keeps the number of lines where a reference was broken over two", () => {
    expect(pinned("FROM alp\\\nine\\\n:3 AS a\nRUN true")).toBe("FROM alpine:3@arm64\\\n\\\n AS a\nRUN true");
    expect(pinned("# escape=`\nFROM alp`\nine AS a\nRUN true")).toBe(
      "# escape=`\nFROM alpine@arm64`\n AS a\nRUN true",
    );
  });

  it("puts the escape directive first, where every buildah reads it", () => {
    expect(pinned("\ufeff# syntax=docker/dockerfile:1\n# check=skip=all\n# escape=`\nFROM a")).toBe(
      "\ufeff# escape=`\n# syntax=docker/dockerfile:1\n# check=skip=all\nFROM a@arm64",
    );
    expect(pinned("# escape=`\n# syntax=docker/dockerfile:1\nFROM a")).toContain("# escape=`\n# syntax");
  });

  it("names FROM scratch by a variable plainly", () => {
    expect(pinned("ARG B=scratch\nFROM $B")).toBe("ARG B=scratch\nFROM scratch");
  });

  it("asks for what `normalise` made of a name", () => {
    const text = pinDockerfile(
      parseDockerfile("FROM a"),
      settingsFor(),
      ({ reference }) => reference,
      (name) => `r/${name}`,
    ).text;
    expect(text).toBe("FROM r/a");
  });
});

describe("build arguments", () => {
  it("are the automatic ones that are declared where they count and not given by the enrolment", () => {
    const text =
      "ARG TARGETSTAGE\nFROM a AS x\nARG BUILDARCH\nFROM b\nARG TARGETARCH TARGETVARIANT=v9\nARG BUILDPLATFORM OTHER\nFROM c";
    expect(pin(text, { target: "1", args: { BUILDPLATFORM: "x" } }).buildArgs).toEqual({
      TARGETSTAGE: "1",
      TARGETARCH: "arm64",
      TARGETVARIANT: "",
    });
  });
});

describe("triggers of a base image", () => {
  const onBuild = [
    "COPY --from=tool:1 /t /t",
    "RUN --mount=from=data,target=/d --mount=from=mid,target=/m x",
    "ARG TARGETARCH",
  ];
  const text = "FROM m AS mid\nFROM a";

  it("stay where they are: their images become build contexts by the word that stands there", () => {
    const result = pin(text, {}, [{ stage: 1, onBuild }]);
    expect(result.text).toBe("FROM m@arm64 AS mid\nFROM a@arm64");
    expect(result.buildContexts).toEqual({ "tool:1": "tool:1@arm64", data: "data@arm64" });
    expect(result.buildArgs).toEqual({ TARGETARCH: "arm64" });
  });

  it("count for bases, on the line of FROM, and for what has to run", () => {
    const dockerfile = withTriggers(parseDockerfile(text), [{ stage: 1, onBuild }]);
    const found = findBases(dockerfile, settingsFor());
    expect(
      found.bases.map(({ asWritten, line, use, inTrigger }) => [asWritten, line, use, inTrigger]),
    ).toEqual([
      ["m", 1, "from", false],
      ["a", 2, "from", false],
      ["tool:1", 2, "copy", true],
      ["data", 2, "mount", true],
    ]);
    expect(found.needsToRun).toEqual(["linux/arm64"]);
  });

  it("may be none", () => {
    expect(pin(text, { target: "mid" }, [{ stage: 0, onBuild: [] }]).text).toBe(
      "FROM m@arm64\n".replace("@arm64", "@arm64 AS mid"),
    );
  });

  it("are refused where buildah would not find the stage that they name", () => {
    const refused = () => pin("FROM m\nFROM a", {}, [{ stage: 1, onBuild: ["COPY --from=0 / /"] }]);
    expect(refused).toThrow(
      new FactoryError(
        "dockerfile-unsupported",
        "d/Dockerfile:2: an ONBUILD of its base takes files from the stage 0, which buildah knows as stage-0 only",
        { hint: "Name that stage 0, and no other by the same name." },
      ),
    );
  });

  it.each([
    ["", 'the base image has an ONBUILD that is not one instruction: ""'],
    ["RUN a\nRUN b", 'the base image has an ONBUILD that is not one instruction: "RUN a\\nRUN b"'],
    ["FROM a", "FROM is not allowed in ONBUILD"],
    ["COPY --from=$x / /", "COPY --from=$x has a variable, which Docker does not replace there"],
    ["NOPE", "unknown instruction NOPE"],
  ])("that cannot be read are refused: %j", (trigger, message) => {
    const refused = () => pin("\n\nFROM a", {}, [{ stage: 0, onBuild: [trigger] }]);
    expect(refused).toThrow(FactoryError);
    expect(refused).toThrow(`d/Dockerfile:3: ${message}`);
  });
});

describe("triggers of a stage", () => {
  const text = [
    "FROM a AS Base",
    "ONBUILD COPY --from=tool /t /t",
    "ONBUILD RUN <<E",
    "body",
    "E",
    "FROM t AS tools",
    "FROM base AS x",
    "ONBUILD COPY --from=late /l /l",
    "ONBUILD COPY --from=TOOLS \\",
    "  /a /b",
  ].join("\n");

  it("are written into the stage that is FROM it, pinned, and taken out of where they were", () => {
    const result = pin(`${text}\nFROM x\nONBUILD RUN kept --from=image`);
    expect(result.text).toBe(
      [
        "FROM a@arm64 AS base",
        "",
        "",
        "",
        "",
        "FROM t@arm64 AS tools",
        "FROM base AS x",
        "COPY --from=tool@arm64 /t /t",
        "RUN <<E",
        "body",
        "E",
        "",
        "",
        "",
        "FROM x",
        "COPY --from=late@arm64 /l /l",
        "COPY --from=tools   /a /b",
        "ONBUILD RUN kept --from=image",
      ].join("\n"),
    );
    expect(result.buildContexts).toEqual({});
  });

  it("follow a FROM that ends the text", () => {
    expect(pinned("FROM a AS b\nONBUILD RUN c\nFROM b")).toBe("FROM a@arm64 AS b\n\nFROM b\nRUN c\n");
  });

  it("of the target stay in it as they are", () => {
    expect(pinned("FROM a\nONBUILD COPY --from=b / /")).toBe("FROM a@arm64\nONBUILD COPY --from=b / /");
  });
});

describe("the effective text", () => {
  const text = "ARG V=1\nFROM a:$V AS build\nRUN x\nFROM b\nCOPY --from=build / /\n";

  it("has the instructions that are reached, each on a line", () => {
    expect(
      effective("# c\nFROM a \\\n # d\n AS B\n\n run x\\\ny <<E\n # kept\nE\nFROM c\nCMD d\nFROM b\n", {
        target: "1",
      }),
    ).toBe("FROM c\nCMD d\n");
    expect(effective("# c\nFROM a \\\n # d\n AS B\n\n run x\\\ny <<E\n # kept\nE\n")).toBe(
      "FROM a  AS B\nrun xy <<E\n # kept\nE\n",
    );
  });

  it.each([
    ["a comment", text.replace("RUN", "# why\nRUN")],
    ["an empty line", text.replace("RUN", "\n\nRUN")],
    ["a syntax directive", `# syntax=docker/dockerfile:1\n${text}`],
    ["a continuation", text.replace("COPY --from", "COPY\\\n --from")],
    ["line ends", text.replaceAll("\n", "\r\n")],
    ["the last newline", text.slice(0, -1)],
    ["a stage that is not reached", text.replace("FROM b", "FROM other\nRUN y\nFROM b")],
    [
      "a stage that is not reached, of the same name",
      text.replace("FROM b", "FROM b").replace("ARG V=1\n", "ARG V=1\nFROM x AS build\n"),
    ],
    ["the case of a stage's name where it is used", text.replace("--from=build", "--from=BUILD")],
    ["a default of an automatic argument", text],
  ])("does not change with %s", (_, changed) => {
    expect(effective(changed)).toBe(effective(text));
  });

  it("does not change when a stage is put before one that a number names", () => {
    const before = "FROM a\nRUN x\nFROM b\nCOPY --from=0 / /\n";
    const after = "FROM other\nFROM a\nRUN x\nFROM b\nCOPY --from=1 / /\n";
    expect(effective(after)).toBe(effective(before));
  });

  it.each([
    ["an instruction", text.replace("RUN x", "RUN y")],
    ["a global ARG", text.replace("V=1", "V=2")],
    ["the name of an image", text.replace("FROM b", "FROM c")],
    ["the body of a heredoc", text.replace("RUN x", "RUN x <<E\n#\nE")],
    ["the platform of a stage", text.replace("FROM a", "FROM --platform=linux/amd64 a")],
    ["the escape character", `# escape=\`\n${text}`],
  ])("changes with %s", (_, changed) => {
    expect(effective(changed)).not.toBe(effective(text));
  });
});
