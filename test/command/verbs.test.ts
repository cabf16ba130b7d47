import { expect, test } from "vitest";
import { helpText, parseWords } from "../../src/command/options.ts";

const spec = {
  command: "registry",
  summary: "Keeps a registry.",
  verbs: { start: "Starts it.", stop: "Ends it." },
  words: {},
  flags: {},
} as const;

test("a verb may stand as a bare word, or be left out", () => {
  expect(parseWords(["stop"], {}, spec)).toMatchObject({ kind: "run", verb: "stop" });
  expect(parseWords([], {}, spec)).toMatchObject({ kind: "run", verb: undefined });
});

test("a word that is no verb is refused with those that are", () => {
  expect(() => parseWords(["stpo"], {}, spec)).toThrow(
    'expected start, stop (did you mean "stop"?), got "stpo"',
  );
});

test("two verbs are one too many", () => {
  expect(() => parseWords(["start", "stop"], {}, spec)).toThrow('expected start, stop, got "stop"');
});

test("a command without verbs takes no bare word", () => {
  const { verbs: _verbs, ...plain } = spec;
  expect(() => parseWords(["start"], {}, plain)).toThrow('expected KEY=value, got "start"');
});

test("the help names each verb and what it does", () => {
  expect(helpText(spec)).toContain("npm run registry start|stop [-- --flag …]");
  expect(helpText(spec)).toMatch(/^ {2}stop {4}Ends it\.$/m);
});
