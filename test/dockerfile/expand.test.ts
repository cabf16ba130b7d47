// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { describe, expect, it } from "vitest";
import { expand, newBudget, quoted } from "../../src/dockerfile/expand.ts";
import { splitQuotedWords } from "../../src/dockerfile/words.ts";

const values: Readonly<Record<string, string>> = {
  a: "one",
  empty: "",
  path: "x/y/z.tar.gz",
  version: "v1.22.3",
  b: "$a",
  ß: "sharp",
};

function read(text: string, character: "\\" | "`" = "\\") {
  const lookup = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);
  return expand(text, { lookup, escape: character, budget: newBudget() }, (problem, hint) => {
    throw new Error([problem, hint].filter((part) => part !== undefined).join(" | "));
  });
}

describe("a word", () => {
  it.each([
    ["plain", "plain"],
    ["$a-${a}", "one-one"],
    ["$ab$", "$"],
    ["${b}", "$a"],
    ["$ß", "sharp"],
    ["$1a${2}", "a"],
    ["$@ $$ $?", "  "],
    ["'$a'\"$a\"", "$aone"],
    ['\\$a\\"\\\\', '$a"\\'],
    ['"\\$a\\a\\"\\\\"', '$a\\a"\\'],
    ["end\\", "end"],
    ["${a:-x}${empty:-x}${no:-x}", "onexx"],
    ["${a-x}${empty-x}${no-x}", "onex"],
    ["${a:+x}${empty:+x}${no:+x}", "x"],
    ["${a+x}${empty+x}${no+x}", "xx"],
    ["${a:?x}${a?x}${empty?x}", "oneone"],
    ['${no:-${empty:-"$a }"}}', "one }"],
    ["${no:-a\\}b}", "a}b"],
    ["${path#*/}", "y/z.tar.gz"],
    ["${path##*/}", "z.tar.gz"],
    ["${path%.*}", "x/y/z.tar"],
    ["${path%%.*}", "x/y/z"],
    ["${path#no}${path%no}", "x/y/z.tar.gzx/y/z.tar.gz"],
    ["${path/\\//-}", "x-y/z.tar.gz"],
    ["${path//\\//-}", "x-y-z.tar.gz"],
    ["${path//?.*/}", "x/y/"],
    ["${path/no/x}", "x/y/z.tar.gz"],
    ["${version#v}", "1.22.3"],
    ["${version%.\\*}", "v1.22.3"],
    ['${path#"x\\/"}', "y/z.tar.gz"],
    ["${path//\\\\/-}", "x/y/z.tar.gz"],
  ])("%s is read as %j", (text, value) => {
    expect(read(text).value).toBe(value);
  });

  it("minds the escape character that the Dockerfile chose", () => {
    expect(read("C:\\`$a`", "`").value).toBe("C:\\$a");
  });

  it.each([
    ["$no${no2}", ["no", "no2"]],
    ['"$no"', ["no"]],
    ["${no:-x}${no-$no2}${no:+$no3}", ["no2"]],
    ["${a:-$no}${empty+$no}", ["no"]],
    ["${no#x}${no/$no2/$no3}${a%$no4}", ["no", "no", "no2", "no4"]],
  ])("%s lacks %j", (text, missing) => {
    expect(read(text).missing).toEqual(missing);
  });

  it.each([
    ["'x", 'a single quote is not closed in "\'x"'],
    ['"x', 'a double quote is not closed in "\\"x"'],
    ["${a", 'bad substitution in "${a"'],
    ["${a:-x", "'}' is missing in \"${a:-x\""],
    ["${a/x", "'/' is missing in \"${a/x\""],
    ["${}", 'bad substitution in "${}"'],
    ["${a!x}", 'bad substitution in "${a!x}"'],
    ["${a:#x}", 'bad substitution in "${a:#x}"'],
    ["${no?}", "no: must be set | Give no a value under args in images.yaml, or a default: ARG no=..."],
    [
      "${empty:?}",
      "empty: must not be empty | Give empty a value under args in images.yaml, or a default: ARG empty=...",
    ],
    ["${no?say $a}", "no: say one | Give no a value under args in images.yaml, or a default: ARG no=..."],
    ["${a:-".repeat(70), "variables are nested more than 64 deep"],
  ])("%s is refused", (text, problem) => {
    expect(() => read(text)).toThrow(new Error(problem));
  });

  it("is cut in messages", () => {
    expect(() => read(`'${"x".repeat(500)}`)).toThrow(
      new Error(`a single quote is not closed in "'${"x".repeat(76)}..."`),
    );
  });

  it("cannot grow without end, nor a pattern work without end", () => {
    const long = "x".repeat(100_000);
    const lookup = () => long;
    const fail = (problem: string): never => {
      throw new Error(problem);
    };
    const environment = () => ({ lookup, escape: "\\" as const, budget: newBudget() });
    expect(() => expand("$a".repeat(1_000), environment(), fail)).toThrow("grow without end");
    expect(() => expand(`\${a//${"*x".repeat(200)}y/}`, environment(), fail)).toThrow("grow without end");
  });
});

describe("a quoted value", () => {
  it.each(["", "plain:1.2/x", "with space", "it's", "''", '"', "$a ${b}", "\\", "a\\'b\"c`d $", "x='y'"])(
    "of %j is one word of ARG and read back as it was, with either escape",
    (value) => {
      for (const character of ["\\", "`"] as const) {
        const text = `name=${quoted(value)}`;
        const words = splitQuotedWords({ text, at: [...text].map((_, index) => index) }, character);
        expect(words.map((word) => word.text)).toEqual([text]);
        expect(read(quoted(value), character).value).toBe(value);
      }
    },
  );
});
