import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { selectImages } from "../../src/enrolment/selection.ts";
import { FactoryError } from "../../src/errors.ts";

const images = ["base", "web-api", "web-ui", "tool.x"].map((name) => ({ name }));

function selected(words: string | undefined): readonly string[] {
  return selectImages(images, words).map(({ name }) => name);
}

function failure(words: string | undefined, from: readonly { name: string }[] = images): FactoryError {
  try {
    selectImages(from, words);
  } catch (error) {
    if (error instanceof FactoryError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("IMAGE=", () => {
  test.each([
    ["base", ["base"]],
    ["web-ui,base", ["base", "web-ui"]],
    ["base,base, base ,", ["base"]],
    ["all", ["base", "web-api", "web-ui", "tool.x"]],
    ["web-*", ["web-api", "web-ui"]],
    ["*", ["base", "web-api", "web-ui", "tool.x"]],
    ["web-u?", ["web-ui"]],
    ["tool.*", ["tool.x"]],
    ["web-*,base", ["base", "web-api", "web-ui"]],
  ])("%s selects %j, in the order of images.yaml", (words, names) => {
    expect(selected(words)).toEqual(names);
  });

  test.each([undefined, "", " , "])("%j is a usage error with the list", (words) => {
    const error = failure(words);
    expect(error.exitStatus).toBe(64);
    expect(error.message).toBe("no image is named");
    expect(error.hint).toBe("Name one: IMAGE=<name>, or IMAGE=all. Enrolled: base, web-api, web-ui, tool.x");
  });

  test("of an unknown name is a usage error that says which one may be meant", () => {
    const error = failure("web-apy");
    expect(error.exitStatus).toBe(64);
    expect(error.message).toBe('no enrolled image is called "web-apy" (did you mean "web-api"?)');
    expect(error.hint).toBe("Enrolled: base, web-api, web-ui, tool.x");
  });

  test("has every wrong word reported at once", () => {
    expect(failure("bse,x*,web-ui").problems).toEqual([
      'no enrolled image is called "bse" (did you mean "base"?)',
      'no enrolled image matches "x*"',
    ]);
  });

  test("finds nothing where nothing is enrolled, and says so", () => {
    expect(failure("all", []).message).toBe('images.yaml enrols no image, so none is called "all"');
    expect(failure(undefined, []).hint).toMatch(/images\.yaml enrols no image yet\.$/);
  });

  test("lists at most thirty images", () => {
    const many = Array.from({ length: 31 }, (_, index) => ({ name: `i${index}` }));
    expect(failure("x", many).hint).toMatch(/, i29, … \(31 in all\)$/);
  });

  test("selects exactly what is named, whatever the names and their order", () => {
    const name = fc.stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/).filter((text) => text !== "all");
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), fc.nat(), (names, seed) => {
        const wanted = names.filter((_, index) => (seed >> index) % 2 === 1);
        if (wanted.length === 0) return;
        const found = selectImages(
          names.map((each) => ({ name: each })),
          [...wanted].reverse().join(","),
        );
        expect(found.map((each) => each.name)).toEqual(wanted);
      }),
    );
  });
});
