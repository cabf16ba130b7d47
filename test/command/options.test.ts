import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type Allowance,
  allowWords,
  checkedWord,
  choiceWord,
  helpText,
  numberWord,
  parseWords,
  switchWord,
  textWord,
} from "../../src/command/options.ts";
import { buildWords } from "../../src/command/words.ts";
import { FactoryError } from "../../src/errors.ts";

const build = {
  command: "build",
  summary: "Builds, scans and publishes images.",
  words: {
    IMAGE: textWord("<name>[,<name>…]", "Which images: names, globs, or all."),
    TAG: checkedWord("<tag>", "One more tag, this once.", (text) => /^\w[\w.-]*$/.test(text), "a tag"),
    JOBS: numberWord("<number>", "How many builds side by side.", 1),
    PLATFORM: choiceWord(["linux/amd64", "linux/arm64"], "Builds and stages this platform alone."),
    FORCE: switchWord("Builds anew."),
    ...allowWords,
  },
  flags: { "dry-run": { description: "Says what would be done." }, json: { description: "Prints JSON." } },
  examples: ["npm run build IMAGE=hello"],
} as const;

function words(...argv: string[]) {
  const parsed = parseWords(argv, {}, build);
  if (parsed.kind === "help") throw new Error("help was asked for");
  return parsed;
}

function failure(argv: readonly string[], env: Readonly<Record<string, string>> = {}): FactoryError {
  try {
    parseWords(argv, env, build);
  } catch (error) {
    if (error instanceof FactoryError) return error;
    throw error;
  }
  throw new Error(`${argv.join(" ")} was accepted`);
}

describe("the words of a command", () => {
  test("are KEY=value, and everything after the first = is the value", () => {
    const parsed = words("IMAGE=a,b", "WHY=x=y = z", "TAG=v1", "JOBS=2", "PLATFORM=linux/arm64", "FORCE=1");
    expect(parsed.words).toEqual({
      IMAGE: "a,b",
      TAG: "v1",
      JOBS: 2,
      PLATFORM: "linux/arm64",
      FORCE: true,
      ALLOW: undefined,
      WHY: "x=y = z",
    });
    expectTypeOf(parsed.words.JOBS).toEqualTypeOf<number | undefined>();
    expectTypeOf(parsed.words.PLATFORM).toEqualTypeOf<"linux/amd64" | "linux/arm64" | undefined>();
    expectTypeOf(parsed.words.ALLOW).toEqualTypeOf<readonly Allowance[] | undefined>();
  });

  test("are as if not given where PIN or REF is empty, for Kargo cannot leave a word out", () => {
    const spec = { ...build, words: buildWords };
    const parsed = parseWords(["IMAGE=a", "PIN=", "REF="], {}, spec);
    expect(parsed).toMatchObject({ words: { IMAGE: "a", PIN: undefined, REF: undefined } });
    expect(() => parseWords(["TAG="], {}, spec)).toThrow("TAG needs a value");
  });

  test("are all undefined, and flags false, where nothing is given", () => {
    const parsed = words();
    expect(Object.values(parsed.words).every((value) => value === undefined)).toBe(true);
    expect(parsed.flags).toEqual({ "dry-run": false, json: false });
  });

  test.each([
    [["IMGE=a"], 'unknown key "IMGE" (did you mean "IMAGE"?)'],
    [["image=a"], 'unknown key "image" (did you mean "IMAGE"?)'],
    [["__proto__=a"], 'unknown key "__proto__"'],
    [["constructor=a"], 'unknown key "constructor"'],
    [["IMAGE=a", "IMAGE=a"], "IMAGE is given twice"],
    [["IMAGE="], "IMAGE needs a value: IMAGE=<name>[,<name>…]"],
    [["hello"], 'expected KEY=value, got "hello" (did you mean IMAGE=hello?)'],
    [["=hello"], 'expected KEY=value, got "=hello"'],
    [["--image=hello"], 'unknown flag "--image=hello"; write IMAGE=<value>, without dashes'],
    [["--jsn"], 'unknown flag "--jsn" (did you mean "--json"?)'],
    [["-json"], 'unknown flag "-json" (did you mean "--json"?)'],
    [["--json=false"], 'unknown flag "--json=false"'],
    [["--constructor"], 'unknown flag "--constructor"'],
    [["TAG=a b"], 'TAG: expected a tag, got "a b"'],
    [["JOBS=0"], 'JOBS: expected a whole number, at least 1, got "0"'],
    [["JOBS=many"], 'JOBS: expected a whole number, at least 1, got "many"'],
    [
      ["PLATFORM=linux/arm"],
      'PLATFORM: expected linux/amd64, linux/arm64 (did you mean "linux/arm64"?), got "linux/arm"',
    ],
    [["FORCE=true"], 'FORCE: expected 1, got "true"'],
    [["FORCE=0"], 'FORCE: expected 1, got "0"'],
    [["TAG=a\u001bb"], "TAG: expected one line of text, got control characters"],
    [["ALLOW=platform-loss"], "ALLOW needs WHY=<text> too"],
    [
      ["ALLOW=platform-lost", "WHY=x"],
      'ALLOW: expected platform-loss, held, wait (did you mean "platform-loss"?), got "platform-lost"',
    ],
    [["ALLOW=platform-loss", "WHY= "], "2 arguments are wrong"],
  ])("%j: %s", (argv, message) => {
    const error = failure(argv);
    expect(error.exitStatus).toBe(64);
    expect(error.message).toBe(message);
    expect(error.hint).toBe("npm run build -- --help lists what it takes.");
  });

  test("may allow a safety by name, with a reason", () => {
    expect(words("ALLOW=platform-loss,platform-loss", "WHY=release").words).toMatchObject({
      ALLOW: ["platform-loss"],
      WHY: "release",
    });
  });

  test("have all that is wrong with them reported at once", () => {
    expect(failure(["IMGE=a", "hello", "--x"]).problems).toHaveLength(3);
  });

  test("are never read from the environment", () => {
    const env = {
      IMAGE: "a",
      TAG: "v9",
      FORCE: "1",
      REGISTRY: "x",
      npm_config_tag: "next",
      npm_config_registry: "x",
    };
    expect(parseWords([], env, build)).toMatchObject({
      kind: "run",
      words: { IMAGE: undefined, TAG: undefined, FORCE: undefined },
    });
  });
});

describe("flags", () => {
  test("are read from the arguments", () => {
    expect(words("--json", "--dry-run").flags).toEqual({ "dry-run": true, json: true });
  });

  test.each([
    [{ npm_config_dry_run: "true" }, { "dry-run": true, json: false }],
    [{ npm_config_json: "true" }, { "dry-run": false, json: true }],
    [
      { npm_config_dry_run: "", npm_config_json: "false" },
      { "dry-run": false, json: false },
    ],
    [
      { npm_config_yes: "true", npm_config_cache: "/x" },
      { "dry-run": false, json: false },
    ],
  ])("are read where npm leaves them: %j", (env, flags) => {
    expect(parseWords([], env, build)).toMatchObject({ kind: "run", flags });
  });

  test("that npm took from a command without a dry run stop it, for it would be a real run", () => {
    const clean = { command: "clean", summary: "Cleans.", words: {}, flags: {} };
    expect(() => parseWords([], { npm_config_dry_run: "true" }, clean)).toThrow(
      expect.objectContaining({ code: "usage", message: 'unknown flag "--dry-run": clean has no dry run' }),
    );
  });

  test("are never taken for words: npm drops what stands behind them", () => {
    const error = failure([], { npm_config_image: "hello" });
    expect(error.message).toBe("npm has taken --image for itself; write IMAGE=<value>, without dashes");
    expect(parseWords(["IMAGE=a"], { npm_config_image: "hello" }, build)).toMatchObject({
      words: { IMAGE: "a" },
    });
  });
});

describe("help", () => {
  test.each([["--help"], ["-h"], ["IMGE=a", "--help"]])(
    "is asked for by %s, and nothing else counts then",
    (...argv) => {
      expect(parseWords(argv, {}, build)).toEqual({ kind: "help" });
    },
  );

  test("names how to call the command, each word and each flag", () => {
    expect(helpText(build)).toBe(`npm run build [KEY=value …] [-- --flag …]

Builds, scans and publishes images.

Words
  IMAGE=<name>[,<name>…]            Which images: names, globs, or all.
  TAG=<tag>                         One more tag, this once.
  JOBS=<number>                     How many builds side by side.
  PLATFORM=linux/amd64|linux/arm64  Builds and stages this platform alone.
  FORCE=1                           Builds anew.
  ALLOW=platform-loss|held|wait     Steps over these safeties, this once.
  WHY=<text>                        The reason, which is recorded.

Flags, after --
  --dry-run                         Says what would be done.
  --json                            Prints JSON.
  --help                            Prints this.

Examples
  npm run build IMAGE=hello`);
  });

  test("of a command that takes nothing is as short as that", () => {
    expect(helpText({ command: "doctor", summary: "Looks around.", words: {}, flags: {} })).toBe(
      "npm run doctor [-- --flag …]\n\nLooks around.\n\nFlags, after --\n  --help  Prints this.",
    );
  });
});
