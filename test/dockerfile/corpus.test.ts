import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Base, findBases } from "../../src/dockerfile/bases.ts";
import { effectiveText } from "../../src/dockerfile/effective-text.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { pinDockerfile } from "../../src/dockerfile/pin.ts";
import { architectureOf } from "../../src/platform.ts";
import { pinOf, settingsFor } from "./settings.ts";

interface Expected {
  readonly bases: readonly string[];
  readonly runs: readonly string[];
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly adds?: readonly string[];
  readonly onbuild?: readonly number[];
}

const folder = join(import.meta.dirname, "../fixtures/dockerfiles");
const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(join(folder, "expected.json"), "utf8"),
);
const files = readdirSync(folder).filter((file) => file.endsWith(".Dockerfile"));

const short = ({ line, use, platform, asWritten }: Base) =>
  `${line} ${use} ${architectureOf(platform)} ${asWritten}`;

it("the table has every file of the corpus", () => {
  expect(files.map((file) => basename(file, ".Dockerfile")).sort()).toEqual(Object.keys(expected).sort());
});

describe.each(files)("%s", (file) => {
  const wanted = expected[basename(file, ".Dockerfile")] as Expected;
  const dockerfile = parseDockerfile(readFileSync(join(folder, file), "utf8"), file);
  const settings = settingsFor({ target: wanted.target, args: wanted.args ?? {} });
  const found = findBases(dockerfile, settings);

  it("has just these bases, on these lines and platforms", () => {
    expect(found.bases.map(short)).toEqual(wanted.bases);
  });

  it("needs to run something of just these platforms", () => {
    expect(found.needsToRun.map(architectureOf)).toEqual(wanted.runs);
  });

  it("tells its secrets, remote files and ONBUILD", () => {
    expect(found.secrets.map(({ id, required, line }) => `${id}${required ? "!" : ""} ${line}`)).toEqual(
      wanted.secrets ?? [],
    );
    expect(found.remoteAdds.map(({ address, line }) => `${address} ${line}`)).toEqual(wanted.adds ?? []);
    if (wanted.onbuild !== undefined) expect(found.carried.onbuild).toEqual(wanted.onbuild);
  });

  it("has pins in place of all bases and nothing else when it is pinned", () => {
    const pinned = pinDockerfile(dockerfile, settings, pinOf);
    const again = parseDockerfile(pinned.text, file);
    const { bases } = findBases(again, { ...settings, target: undefined });
    expect(bases.map(({ asWritten }) => asWritten)).toEqual(found.bases.map(pinOf));
    expect(pinned.buildContexts).toEqual({});
    if (found.bases.some(({ inTrigger }) => inTrigger)) return;
    expect(bases.map(({ line, use }) => [line, use])).toEqual(
      found.bases.map(({ line, use }) => [line, use]),
    );
    expect(pinned.text.split("\n").length).toBe(dockerfile.text.split("\n").length);
  });

  it("pins a second time to the same text", () => {
    const pinned = pinDockerfile(dockerfile, settings, pinOf).text;
    const again = pinDockerfile(
      parseDockerfile(pinned, file),
      { ...settings, target: undefined },
      ({ asWritten }) => asWritten,
    );
    expect(again.text).toBe(pinned);
  });

  it("has an effective text that is its own effective text", () => {
    const text = effectiveText(dockerfile, settings);
    expect(effectiveText(parseDockerfile(text, file), { ...settings, target: undefined })).toBe(text);
  });
});
