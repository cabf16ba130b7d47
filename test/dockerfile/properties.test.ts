// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findBases } from "../../src/dockerfile/bases.ts";
import type { Dockerfile } from "../../src/dockerfile/dockerfile.ts";
import { effectiveText } from "../../src/dockerfile/effective-text.ts";
import { historySteps } from "../../src/dockerfile/history.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { pinDockerfile } from "../../src/dockerfile/pin.ts";
import { withTriggers } from "../../src/dockerfile/triggers.ts";
import { unsupportedFeatures } from "../../src/dockerfile/unsupported.ts";
import { FactoryError } from "../../src/errors.ts";
import { pinOf, settingsFor } from "./settings.ts";

/** Does everything that can be done with a text; true when nothing but an error of ours comes out. */
function survives(text: string): boolean {
  const settings = settingsFor({ args: { A: text.slice(0, 20) } });
  const read = attempted(() => parseDockerfile(text));
  if (typeof read === "boolean") return read;
  const trigger = attempted(() => withTriggers(read, [{ stage: 0, onBuild: [text.slice(7, 40)] }]));
  const dockerfiles = typeof trigger === "boolean" ? [read] : [read, trigger];
  const works = (dockerfile: Dockerfile): readonly (() => unknown)[] => [
    () => findBases(dockerfile, settings),
    () => effectiveText(dockerfile, settings),
    () => pinDockerfile(dockerfile, settings, pinOf),
    () => unsupportedFeatures(dockerfile, settings, "1.28.2"),
    () => historySteps(dockerfile, settings),
  ];
  return dockerfiles.flatMap(works).every((work) => attempted(work) !== false);
}

/** What `work` gives; true when it fails as it should, false when it fails otherwise. */
function attempted<T>(work: () => T): T | boolean {
  try {
    return work();
  } catch (error) {
    return error instanceof FactoryError && error.code.startsWith("dockerfile-");
  }
}

const pieces = [
  ..."\n\n\n\n  \t\\`'\"$#<,=[]-:/",
  "\r\n",
  "\ufeff",
  "FROM ",
  "from a",
  " AS b",
  "\nFROM b",
  "\nRUN ",
  "\nCOPY --from=",
  "--mount=type=cache,from=",
  "--mount=type=secret,required,",
  "--platform=$BUILDPLATFORM ",
  "--link",
  "\nARG A",
  "\nARG TARGETARCH=x",
  "${A:-",
  "${A//",
  "}",
  "<<E",
  "<<-'E F'",
  "\nE\n",
  "\nONBUILD ",
  '["a"]',
  "\nADD http://127.1/ /",
  "\nENV A=",
  "\nADD $A ",
  "scratch",
  "0",
  "alpine",
  "# escape=`\n",
  "# syntax=x\n",
  "é",
  "\u0000",
  "𝄞",
];

describe("any text", () => {
  it("is read, or refused with an error of ours", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => survives(text)),
      { numRuns: 1_000 },
    );
  });

  it("made of what Dockerfiles are made of is read, or refused with an error of ours", () => {
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (body) => survives(body) && survives(`FROM a${body}`)),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["deep substitutions", `FROM ${"${a:-".repeat(100_000)}`],
    ["many variables in one default", `FROM \${a:-${"$b".repeat(200_000)}}`],
    [
      "ARGs that double each other",
      `ARG a0=xxxxxxxx\n${Array.from({ length: 60 }, (_, at) => `ARG a${at + 1}=$a${at}$a${at}\n`).join("")}FROM $a60`,
    ],
    [
      "patterns with many stars",
      `ARG a=${"a".repeat(20_000)}\n${`ARG b=\${a//${"*a".repeat(100)}b/}\n`.repeat(500)}FROM $b`,
    ],
    ["ONBUILD in ONBUILD", `FROM a\n${"ONBUILD ".repeat(100_000)}`],
    ["one long line", `FROM a\nRUN ${"x ".repeat(400_000)}`],
    ["one long word", `FROM ${"x".repeat(900_000)}`],
    ["a long name that is near another", `ARG ${"x".repeat(400_000)}y\nFROM $${"x".repeat(400_000)}z`],
    ["many continuations", `FROM a\nRUN ${"\\\n".repeat(400_000)}x`],
    ["many comments between continuations", `FROM a\nRUN x ${"\\\n# \\\n".repeat(100_000)}y`],
    ["many flags", `FROM a\nRUN ${"--mount=from=b,target=/c ".repeat(30_000)} x`],
    ["many fields", `FROM a\nRUN --mount=${"from=b,".repeat(30_000)} x`],
    ["many quotes", `FROM a\nCOPY --from=${`'"'`.repeat(200_000)} / /`],
    ["brackets that would nest", `FROM a\nRUN ${"[".repeat(500_000)}`],
    ["many stages", "FROM a AS a\n".repeat(256) + "COPY --from=a / /\n".repeat(40_000)],
    [
      "many stages with many triggers",
      `FROM a AS s0\n${"ONBUILD RUN x\n".repeat(3_000)}${Array.from({ length: 200 }, () => "FROM s0\n").join("")}${"COPY --from=1 / /\n".repeat(2_000)}`,
    ],
    [
      "a chain of stages with variables",
      Array.from(
        { length: 256 },
        (_, at) =>
          `FROM ${at === 0 ? "scratch" : `s${at - 1}`} AS s${at}\nENV A${at}=$A${at - 1} B=$A0\nADD $A${at} $UNSET /`,
      ).join("\n"),
    ],
    ["many heredocs", `FROM a\nRUN ${"<<E ".repeat(50_000)}\n${"E\n".repeat(50_000)}`],
    ["many substitutions in ENV", `FROM a\nENV a=${"${b-c}".repeat(150_000)}`],
    ["spaces before a continuation", `FROM a\nRUN ${`x${" ".repeat(300_000)}\\${" ".repeat(300_000)}\n`}y`],
  ])("is read in bounded time: %s", (_, text) => {
    expect(survives(text)).toBe(true);
  });
});

const image = fc
  .tuple(
    fc.constantFrom("", "docker.io/", "r.example:5000/x/"),
    fc.constantFrom("alpine", "debian", "node"),
    fc.constantFrom("", ":1", ":22-slim"),
  )
  .map((parts) => parts.join(""));
const platform = fc.constantFrom(
  "",
  "",
  "--platform=$BUILDPLATFORM ",
  "--platform=linux/arm64 ",
  "--platform=$TARGETPLATFORM ",
);
const gap = fc.constantFrom(" ", "  ", "\t", " \\\n  ", " \\\n# FROM nothing\n ");
const keyword = (word: string) => fc.constantFrom(word, word.toLowerCase());

/** Instructions of one stage; `earlier` is how many stages stand before it. */
function instruction(earlier: number): fc.Arbitrary<string> {
  const stage = fc.nat({ max: Math.max(0, earlier - 1) });
  const origin = fc.oneof(
    image,
    ...(earlier === 0
      ? []
      : [
          stage.map((index) => `${index}`),
          stage.map((index) => `s${index}`),
          stage.map((index) => `S${index}`),
        ]),
  );
  return fc.oneof(
    fc
      .tuple(keyword("COPY"), gap, origin)
      .map(([word, space, from]) => `${word}${space}--from=${from} /a /b`),
    fc
      .tuple(keyword("RUN"), gap, origin)
      .map(([word, space, from]) => `${word}${space}--mount=type=bind,from=${from},target=/m true`),
    fc.constantFrom(
      "RUN <<E\nFROM x\nCOPY --from=y / /\nE",
      "RUN make \\\n  # COPY --from=z\n  all",
      "ENV A=1",
      "ARG TARGETARCH=amd64",
      "# COPY --from=comment",
      "",
      'CMD ["FROM", "a"]',
    ),
  );
}

/** A Dockerfile of stages s0, s1, … that build on and copy from each other and from images. */
const source = fc.integer({ min: 1, max: 6 }).chain((count) =>
  fc
    .tuple(
      ...Array.from({ length: count }, (_, index) =>
        fc
          .tuple(
            keyword("FROM"),
            gap,
            platform,
            index === 0
              ? image
              : fc.oneof(
                  image,
                  image,
                  fc.nat({ max: index - 1 }).map((at) => `s${at}`),
                ),
            fc.boolean(),
            fc.array(instruction(index), { maxLength: 4 }),
          )
          .map(([word, space, flag, from, named, instructions]) =>
            [
              `${word}${space}${flag}${from}${named || index < count - 1 ? ` AS s${index}` : ""}`,
              ...instructions,
            ].join("\n"),
          ),
      ),
    )
    .map((stages) => `${stages.join("\n")}\n`),
);
const settings = fc
  .tuple(fc.constantFrom("linux/amd64", "linux/arm64"), fc.constantFrom("linux/amd64", "linux/arm64"))
  .map(([asked, build]) =>
    settingsFor({ platform: asked as "linux/amd64", buildPlatform: build as "linux/arm64" }),
  );

describe("any Dockerfile of stages", () => {
  it("has, when pinned, exactly the pins as bases, in the same places", () => {
    fc.assert(
      fc.property(source, settings, (text, given) => {
        const dockerfile = parseDockerfile(text);
        const found = findBases(dockerfile, given);
        const again = findBases(parseDockerfile(pinDockerfile(dockerfile, given, pinOf).text), given);
        expect(again.bases.map(({ asWritten, line, use }) => [asWritten, line, use])).toEqual(
          found.bases.map((base) => [pinOf(base), base.line, base.use]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("differs, when pinned, in words of FROM, --from and from= alone", () => {
    const plain = (line: string) =>
      line
        .replace(/--platform=\S+/, "")
        .replace(/\s+/g, " ")
        .replace(/^(from |(?=\S+ as ))?\S+/i, (word, from) => (from === undefined ? word : `${from}X`))
        .replace(/^(from | )[^\s-]\S*/i, "$1X")
        .replace(/( as )\S+$/i, "$1X")
        .replace(/from=[^\s,]+/g, "from=X")
        .replace(/^ARG TARGETARCH.*/, "ARG");
    fc.assert(
      fc.property(source, settings, (text, given) => {
        const lines = pinDockerfile(parseDockerfile(text), given, pinOf).text.split("\n");
        const before = text.split("\n");
        expect(lines.length).toBe(before.length);
        for (const [index, line] of lines.entries()) {
          if (line !== "") expect(plain(line)).toBe(plain(before[index] ?? ""));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("pins to the same text again", () => {
    fc.assert(
      fc.property(source, settings, (text, given) => {
        const pinned = pinDockerfile(parseDockerfile(text), given, pinOf).text;
        expect(pinDockerfile(parseDockerfile(pinned), given, ({ asWritten }) => asWritten).text).toBe(pinned);
      }),
      { numRuns: 300 },
    );
  });

  it("has an effective text that keeps its bases, its own effective text and no comment", () => {
    fc.assert(
      fc.property(source, settings, (text, given) => {
        const dockerfile = parseDockerfile(text);
        const effective = effectiveText(dockerfile, given);
        const again = parseDockerfile(effective);
        expect(findBases(again, given).bases.map(({ asWritten, platform: of }) => [asWritten, of])).toEqual(
          findBases(dockerfile, given).bases.map(({ asWritten, platform: of }) => [asWritten, of]),
        );
        expect(effectiveText(again, given)).toBe(effective);
        expect(effective).not.toMatch(/^#/m);
      }),
      { numRuns: 300 },
    );
  });

  it("has the same effective text with another stage in front that nothing reaches", () => {
    fc.assert(
      fc.property(source, settings, (text, given) => {
        const shifted = text.replace(/from=(\d)\b/g, (_, index) => `from=${Number(index) + 1}`);
        expect(effectiveText(parseDockerfile(`FROM unused AS unused\nRUN x\n${shifted}`), given)).toBe(
          effectiveText(parseDockerfile(text), given),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("survives JSON", () => {
    fc.assert(
      fc.property(source, settings, (text, given) => {
        const dockerfile = parseDockerfile(text);
        expect(findBases(JSON.parse(JSON.stringify(dockerfile)), given)).toEqual(
          findBases(dockerfile, given),
        );
      }),
      { numRuns: 50 },
    );
  });
});
