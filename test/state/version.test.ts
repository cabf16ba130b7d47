import { describe, expect, it } from "vitest";
import { isVersion, owedTo, plainVersion, type VersionPart, versionAfter } from "../../src/state/version.ts";

describe("a version of a version file", () => {
  it.each([
    ["1.2.3", undefined, "1.2.4"],
    ["1.2.3", "patch", "1.2.4"],
    ["1.2.3", "minor", "1.3.0"],
    ["1.2.3", "major", "2.0.0"],
    ["v1.2.9", undefined, "v1.2.10"],
    ["1.9", undefined, "1.10"],
    ["1.9", "patch", "1.9.1"],
    ["7", undefined, "8"],
    ["7", "minor", "7.1"],
    ["0.0.0", undefined, "0.0.1"],
    ["1.2.3-rc.1", undefined, undefined],
    ["1.2.3-rc.1", "major", undefined],
  ] as const)("%s with BUMP=%s is followed by %s", (version, part: VersionPart | undefined, after) => {
    expect(versionAfter(version, part)).toBe(after);
  });

  it.each(["1.2.3", "v1", "0.1", "2026.11.21", "1.0.0-rc.1", "1.0.0-0a-b"])("may be %s", (text) => {
    expect(isVersion(text)).toBe(true);
  });

  it.each([
    "",
    "latest",
    "1.2.3.4",
    "01.2",
    "1.2.3+build",
    "1.2.3-",
    "1.2.3-rc/1",
    "1..2",
    "1.2\n1.3",
    "V1",
    " 1",
    "1.9999999999999999",
    `1.2.3-${"x".repeat(128)}`,
  ])("may not be %j", (text) => {
    expect(isVersion(text)).toBe(false);
  });

  it("loses its v where {version} stands for it", () => {
    expect([plainVersion("v1.2.3"), plainVersion("1.2.3")]).toEqual(["1.2.3", "1.2.3"]);
  });

  it("is owed an increment while the file holds what was published or what it held then", () => {
    const published = { tag: "1.2.4", held: "1.2.3", next: "1.2.5" };
    expect(["1.2.3", "1.2.4", "1.2.5", "2.0.0"].map((held) => owedTo(held, published))).toEqual([
      "1.2.5",
      "1.2.5",
      undefined,
      undefined,
    ]);
    expect(owedTo("1.0.0-rc.1", { tag: "1.0.0-rc.1", held: "1.0.0-rc.1" })).toBeUndefined();
    expect(owedTo("1.2.3", undefined)).toBeUndefined();
  });
});
