import { describe, expect, test } from "vitest";
import { noIgnoreRules, readIgnoreRules } from "../../src/source/ignore.ts";

/** Judges a path the way a walk does: from the top down. */
function ignores(text: string, path: string): boolean {
  const rules = readIgnoreRules(text, ".dockerignore");
  const parts = path.split("/");
  let verdict: ReturnType<typeof rules.judge> | undefined;
  for (let depth = 1; depth <= parts.length; depth += 1) {
    verdict = rules.judge(parts.slice(0, depth).join("/"), verdict);
  }
  return verdict?.ignored ?? false;
}

describe("patterns mean what they mean to Docker", () => {
  test.each([
    // [ignore file, ignored paths, paths that are sent]
    ["node_modules", ["node_modules", "node_modules/a/b"], ["app/node_modules", "node_modules2"]],
    ["**/node_modules", ["node_modules", "app/node_modules", "a/b/node_modules/c"], ["a/node_modules2"]],
    ["*/temp*", ["a/temp", "a/temporary.txt", "a/temp/b"], ["temp", "a/b/temp"]],
    ["*/*/temp*", ["a/b/temp"], ["a/temp", "a/b/c/temp"]],
    ["temp?", ["tempa", "tempb"], ["temp", "tempab", "temp/"]],
    ["*.md", ["README.md", ".md"], ["docs/README.md"]],
    ["**/*.md", ["README.md", "docs/README.md", "a/b/c.md"], ["README.mdx"]],
    ["*.md\n!README.md", ["other.md"], ["README.md"]],
    ["*.md\n!README*.md\nREADME-secret.md", ["a.md", "README-secret.md"], ["README.md", "README-a.md"]],
    ["*.md\nREADME-secret.md\n!README*.md", ["a.md"], ["README-secret.md"]],
    ["*\n!src", ["package.json", "docs/a"], ["src", "src/a/b"]],
    ["**\n!src/**/*.ts", ["src/a.js", "a.ts"], ["src/a.ts", "src/a/b.ts"]],
    ["docs\n!docs/keep", ["docs", "docs/a"], ["docs/keep", "docs/keep/all"]],
    ["docs/**", ["docs/a", "docs/a/b"], ["docs", "docs2/a"]],
    ["docs/*", ["docs/a", "docs/a/b"], ["docs"]],
    ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a/c", "b"]],
    ["**.log", ["a.log", "x/a.log"], ["a.logs"]],
    ["/rooted", ["rooted", "rooted/a"], ["a/rooted"]],
    ["trailing/", ["trailing", "trailing/a"], ["a/trailing"]],
    ["./a//b/../c/", ["a/c"], ["a/b", "a"]],
    ["  padded  \r\n!  padded/kept\r", ["padded/a"], ["padded/kept"]],
    ["[ab]c", ["ac", "bc"], ["cc", "abc"]],
    ["[^a-c]x", ["dx"], ["ax", "bx", "x"]],
    ["[\\]\\-]", ["]", "-"], ["a", "\\"]],
    ["a-b/*-c", ["a-b/x-c"], ["a_b/x-c", "a-b/xc"]],
    ["a[.]b", ["a.b"], ["axb"]],
    ["a.b+(c)|{d}$", ["a.b+(c)|{d}$"], ["axb+(c)|{d}$", "a.bb"]],
    ["\\*literal\\?", ["*literal?"], ["xliteral?"]],
    ["\\#hash\n\\!bang", ["#hash", "!bang"], ["hash"]],
    ["# comment\n\n   \n#a", [], ["# comment", "#a", "a"]],
    [" #spaced", ["#spaced"], []],
    ["\uFEFFfirst\nsecond", ["first", "second"], []],
    [".", [], ["a", "a/b"]],
    ["/", [], ["a"]],
    ["..", [], ["a"]],
    ["é*", ["étude"], ["e"]],
    ["a?b", ["a😀b"], ["ab"]],
    ["Case", ["Case"], ["case"]],
  ])("%j", (text, ignored, sent) => {
    for (const path of ignored)
      expect({ path, ignored: ignores(text, path) }).toEqual({ path, ignored: true });
    for (const path of sent) expect({ path, ignored: ignores(text, path) }).toEqual({ path, ignored: false });
  });
});

test.each(["a\n[b", "a\n[]", "a\n[z-a]", "a\n[a-]", "a\nb\\", "a\n!", "a\n! "])(
  "%j is refused with its line",
  (text) => {
    expect(() => readIgnoreRules(text, "app/.dockerignore")).toThrow(/app\/\.dockerignore:2: /);
  },
);

test("an ignored directory is entered only where an exception may bring something of it back", () => {
  const rules = readIgnoreRules("*\n!src/keep/*.ts\n!docs", ".dockerignore");
  const enter = (path: string) => rules.mayHoldExceptions(path);
  expect(["src", "src/keep", "src/keep/deeper", "docs", "docs/a"].map(enter)).not.toContain(false);
  expect(["node_modules", "sr", "src/other", "docs2"].map(enter)).not.toContain(true);
  expect(readIgnoreRules("a\n!**/b", "").mayHoldExceptions("a")).toBe(true);
});

test("without an ignore file everything is sent", () => {
  expect(noIgnoreRules.judge("a", undefined).ignored).toBe(false);
});
