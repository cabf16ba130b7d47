import { describe, expect, it } from "vitest";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { FactoryError } from "../../src/errors.ts";

function problem(text: string): string {
  try {
    parseDockerfile(text, "d/Dockerfile");
  } catch (error) {
    if (error instanceof FactoryError && error.code === "dockerfile-invalid") {
      return [error.message, error.hint].join(" | ");
    }
    throw error;
  }
  return "";
}

const instructionsOf = (text: string) => parseDockerfile(text).stages.flatMap((stage) => stage.instructions);

describe("an instruction", () => {
  it("knows its first and last line, heredocs and comments between included", () => {
    const text = "FROM a\nRUN x \\\n# c\n\n  y <<E\nbody\nE\nRUN z\n";
    expect(instructionsOf(text).map(({ line, endLine }) => [line, endLine])).toEqual([
      [2, 7],
      [8, 8],
    ]);
  });

  it("spans its text from the beginning of its first line to after its last newline", () => {
    const text = "\n  FROM a\n# c\n\tRUN <<E\nx\nE\n";
    const { stages } = parseDockerfile(text);
    const spans = stages.flatMap(({ from, instructions }) => [from, ...instructions]);
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual([
      "  FROM a\n",
      "\tRUN <<E\nx\nE\n",
    ]);
  });

  it("has the bodies of its heredocs in order, with what their delimiter says", () => {
    const [run] = instructionsOf("FROM a\nRUN 3<<A <<-\"B C\" <<'D'\none\nA\n\ttwo\n\tB C\nD\n");
    expect(run?.heredocs).toEqual([
      { name: "A", expand: true, chomp: false, body: "one\n" },
      { name: "B C", expand: false, chomp: true, body: "\ttwo\n" },
      { name: "D", expand: false, chomp: false, body: "" },
    ]);
  });

  it.each([
    ["a quote that is not closed", "RUN echo 'a <<E"],
    ["a double quote that is not closed", 'RUN echo "a <<E'],
    ["no delimiter", "RUN echo << a"],
    ["an empty delimiter", "RUN echo <<''"],
    ["a delimiter whose quote is not closed by its own word", "RUN echo \\<<E"],
    ["an instruction that takes none", "LABEL a=<<E"],
  ])("has no heredoc with %s", (_, line) => {
    expect(instructionsOf(`FROM a\n${line}\nRUN true`).map(({ heredocs }) => heredocs)).toEqual([[], []]);
  });

  it("keeps escapes in the name of a heredoc out of it", () => {
    const [run] = instructionsOf('FROM a\nRUN cat <<E\\F "a\\"b" <<"G\\"H"\nEF\nG"H\n');
    expect(run?.heredocs.map(({ name }) => name)).toEqual(["EF", 'G"H']);
  });

  it("takes flags off the front of its arguments, quotes and escapes taken off", () => {
    const [copy] = instructionsOf(
      `FROM a\nCOPY --from='b c' --chown="1:\\"2" --link --parents=x\\ y -- --z d\n`,
    );
    expect(copy?.flags.map(({ name, value }) => [name, value?.text])).toEqual([
      ["from", "b c"],
      ["chown", '1:"2'],
      ["link", undefined],
      ["parents", "x y"],
    ]);
    expect(copy?.words.map(({ text }) => text)).toEqual(["--z", "d"]);
  });

  it("has a flag that ends in an escape at the end of the text", () => {
    const [copy] = instructionsOf("FROM a\nCOPY --from=b\\\\");
    expect(copy?.flags[0]?.value?.text).toBe("b\\");
    expect(instructionsOf("FROM a\nCOPY --from=b\\\\\\")[0]?.flags[0]?.value?.text).toBe("b\\");
    expect(instructionsOf("FROM a\nCOPY --from=b`\\")[0]?.flags[0]?.value?.text).toBe("b`");
  });

  it("has the fields of a mount, with CSV quotes taken off", () => {
    const [run] = instructionsOf(
      `FROM a\nRUN --mount='Type=bind,"target=/a,""b""",ro,from=' --mount= true\n`,
    );
    expect(run?.mounts.map((fields) => fields.map(({ key, value }) => [key, value?.text]))).toEqual([
      [
        ["type", "bind"],
        ["target", '/a,"b"'],
        ["ro", undefined],
        ["from", ""],
      ],
      [["", undefined]],
    ]);
  });

  it("knows its arguments as JSON only when they are a whole array of strings", () => {
    const json = instructionsOf('FROM a\nRUN ["a", "b"]\nRUN [ -f x ]\nCMD  ["c"]\nUSER ["d"]').map(
      (each) => each.json,
    );
    expect(json).toEqual([["a", "b"], undefined, ["c"], undefined]);
  });

  it("keeps quoted parts of ARG and ENV whole", () => {
    const words = instructionsOf('FROM a\nARG a="b c" d=\'e f\'\\ g h\nENV x="y\\" z"').map((each) =>
      each.words.map(({ text }) => text),
    );
    expect(words).toEqual([['a="b c"', "d='e f'\\ g", "h"], ['x="y\\" z"']]);
  });

  it("of ONBUILD holds the instruction that it keeps, heredoc included", () => {
    const [onbuild] = instructionsOf("FROM a\nONBUILD RUN <<E\nx\nE\n");
    expect(onbuild?.trigger).toMatchObject({ keyword: "RUN", heredocs: [{ name: "E", body: "x\n" }] });
  });
});

describe("directives", () => {
  it("are read in any order and case until the first other line", () => {
    const { directives, escape: character } = parseDockerfile(
      "#Syntax = a b\n# ESCAPE=`\n#check=skip=all\n# escape=\\\nFROM x\n".replace("# escape=\\\n", ""),
    );
    expect(directives).toEqual([
      { name: "syntax", value: "a b", line: 1 },
      { name: "escape", value: "`", line: 2 },
      { name: "check", value: "skip=all", line: 3 },
    ]);
    expect(character).toBe("`");
  });

  it.each([
    "# a comment\n# escape=`\nFROM x",
    "\n# escape=`\nFROM x",
    "# other=1\n# escape=`\nFROM x",
    "# escape=\nFROM x",
  ])("are none below anything else: %j", (text) => {
    expect(parseDockerfile(text).escape).toBe("\\");
  });
});

describe("a continuation", () => {
  it("is not made by two escapes, and spaces after one do not matter", () => {
    const words = instructionsOf("FROM a\nRUN b \\\\\nRUN c \\ \t\nd\n").map(({ text }) => text);
    expect(words).toEqual(["RUN b \\\\", "RUN c d"]);
  });

  it("may be a line of its own, and may be the last line", () => {
    expect(instructionsOf("FROM a\nRUN \\\n\\\n b\\").map(({ text }) => text)).toEqual(["RUN  b"]);
  });

  it("goes over comments that themselves end in an escape", () => {
    expect(instructionsOf("FROM a\nRUN b \\\n  # c \\\n d").map(({ text }) => text)).toEqual(["RUN b  d"]);
  });
});

describe("a Dockerfile is refused", () => {
  it.each([
    ["", "d/Dockerfile:1: there is no FROM | A Dockerfile begins with FROM <image>, or FROM scratch."],
    [
      "# only\n",
      "d/Dockerfile:1: there is no FROM | A Dockerfile begins with FROM <image>, or FROM scratch.",
    ],
    ["RUN a\nFROM b", "d/Dockerfile:1: RUN stands before the first FROM | Only ARG may stand there."],
    ["FROM a\nxyzzy", "d/Dockerfile:2: unknown instruction xyzzy | "],
    ["FROM a\n__proto__ b", "d/Dockerfile:2: unknown instruction __proto__ | "],
    ["FROM a\n\\", 'd/Dockerfile:2: unknown instruction "" | '],
    ["FROM a\nCOPY --from=b --from=c /c /d", "d/Dockerfile:2: COPY has --from twice | "],
    ["FROM a\nUSER --name=b c", "d/Dockerfile:2: USER has no flag --name | "],
    ["FROM", "d/Dockerfile:1: FROM names no image | Write FROM <image>, or FROM scratch."],
    [
      "FROM a b",
      'd/Dockerfile:1: FROM has 2 arguments: "a b" | Write FROM <image>, or FROM <image> AS <stage>.',
    ],
    [
      "FROM a is b",
      'd/Dockerfile:1: FROM has 3 arguments: "a is b" | Write FROM <image>, or FROM <image> AS <stage>.',
    ],
    [
      "FROM a AS 1b",
      "d/Dockerfile:1: 1b cannot be the name of a stage | It starts with a letter and has letters, digits, '-', '_' and '.' only.",
    ],
    ["# escape=x\nFROM a", 'd/Dockerfile:1: the escape character is "x" | It can be \\ or `.'],
    [
      "# escape=`\n# escape=`\nFROM a",
      "d/Dockerfile:2: the directive escape is given twice | Keep the first one.",
    ],
    [
      "FROM a\nRUN <<E\nx",
      "d/Dockerfile:2: the heredoc <<E is not closed | End it with a line that holds E alone.",
    ],
    ["FROM a\nONBUILD ", "d/Dockerfile:2: ONBUILD has no instruction | "],
    ["FROM a\nONBUILD ONBUILD RUN b", "d/Dockerfile:2: ONBUILD is not allowed in ONBUILD | "],
    ["FROM a\nONBUILD FROM b", "d/Dockerfile:2: FROM is not allowed in ONBUILD | "],
    [
      "FROM a\nCMD [1]",
      'd/Dockerfile:2: CMD has a JSON array with something that is not a string | Write every part in double quotes: ["a", "b"].',
    ],
  ])("%j", (text, message) => {
    expect(problem(text)).toBe(message);
  });

  it("when it has more text or stages than any that a person writes", () => {
    expect(problem(`FROM a\n#${"x".repeat(1_048_576)}`)).toContain("it has 1048584 characters");
    expect(problem("FROM a\n".repeat(257))).toContain("d/Dockerfile:257: it has more than 256 stages");
  });

  it("and the word that was meant is named where one is near", () => {
    expect(problem("FROM a\nFORM b")).toContain('did you mean "FROM"?');
    expect(problem("FROM a\nCOPY --form=b /c /d")).toMatch(
      /^d\/Dockerfile:2: COPY has no flag --form\b.*did you mean "from"\?/,
    );
  });

  it("with a long word cut short in the message", () => {
    const message = problem(`FROM a\n${"x".repeat(500)}`);
    expect(message).toContain(`${"x".repeat(77)}...`);
    expect(message.length).toBeLessThan(200);
  });
});
