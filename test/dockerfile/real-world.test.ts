import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Base, findBases } from "../../src/dockerfile/bases.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { pinDockerfile } from "../../src/dockerfile/pin.ts";
import type { BuildSettings } from "../../src/dockerfile/variables.ts";
import { architectureOf, type Platform, platforms } from "../../src/platform.ts";
import { normaliseBase } from "../../src/resolve/dockerfile-bases.ts";
import { pinOf } from "./settings.ts";

const folder = join(import.meta.dirname, "corpus");

/** One Dockerfile with target and args, and the rows of the table below it. */
interface Case {
  readonly title: string;
  readonly file: string;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly rows: readonly string[];
}

function parseCase(block: string): Case {
  const [title = "", ...rows] = block.trim().split("\n");
  const [file = "", ...words] = title.split(" ");
  const given = Object.fromEntries(words.map((word) => word.split("=", 2)));
  const { target, ...args } = given as Record<string, string>;
  return { title, file, target, args, rows: rows.map((row) => row.trim()).filter((row) => row !== "none") };
}

const [, ...blocks] = readFileSync(join(folder, "bases.txt"), "utf8").trim().split("\n\n");
const cases = blocks.map(parseCase);

/** What a row says of a build for one platform; undefined where it says that this one does not take the image. */
function rowFor(row: string, platform: Platform): string | undefined {
  const [line, use, reference, onAmd64, onArm64] = row.split(/ +/);
  const of = platform === "linux/amd64" ? onAmd64 : onArm64;
  return of === "-" ? undefined : `${line} ${use} ${reference} ${of}`;
}

const shown = ({ line, use, reference, platform }: Base) =>
  `${line} ${use} ${reference} ${architectureOf(platform)}`;

it("every Dockerfile of the corpus, at least 60, stands in its table", () => {
  const files = readdirSync(folder).flatMap((file) => /^(.+)\.Dockerfile$/.exec(file)?.[1] ?? []);
  expect(files.length).toBeGreaterThanOrEqual(60);
  expect([...new Set(cases.map(({ file }) => file))].sort()).toEqual(files.sort());
});

describe.each(cases)("$title", ({ file, target, args, rows }) => {
  const dockerfile = parseDockerfile(readFileSync(join(folder, `${file}.Dockerfile`), "utf8"));
  const settings = (platform: Platform): BuildSettings => ({
    platform,
    buildPlatform: "linux/amd64",
    target,
    args,
  });
  const [, line, refused] = /^(\d+) +refused +(.+)$/.exec(rows[0] ?? "") ?? [];

  it.each(platforms)("takes for %s what the table says", (platform) => {
    if (refused !== undefined) {
      const text = `Dockerfile:${line}: ${refused}`;
      expect(() => findBases(dockerfile, settings(platform))).toThrow(text);
      return;
    }
    const { bases } = findBases(dockerfile, settings(platform), normaliseBase);
    expect(bases.map(shown)).toEqual(rows.flatMap((row) => rowFor(row, platform) ?? []));
  });

  it.runIf(refused === undefined)("names its pins and nothing else when it is pinned", () => {
    for (const platform of platforms) {
      const { text } = pinDockerfile(dockerfile, settings(platform), pinOf);
      const again = findBases(parseDockerfile(text), { ...settings(platform), target: undefined });
      expect(again.bases.map(({ asWritten }) => asWritten)).toEqual(
        findBases(dockerfile, settings(platform)).bases.map(pinOf),
      );
    }
  });
});
