import { describe, expect, test } from "vitest";
import { parseImages } from "../../src/enrolment/parse-images.ts";
import { FactoryError } from "../../src/errors.ts";
import { printable } from "../../src/printable.ts";
import { names, values } from "./images-values.ts";

function refusalOf(text: string): FactoryError {
  try {
    parseImages(text, "images.yaml", "/work");
  } catch (error) {
    if (error instanceof FactoryError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a value of images.yaml is refused with its place, and nothing of it is used", () => {
  test.each([...names, ...values])("$name", ({ entry, says }) => {
    const error = refusalOf(`- ${entry}\n`);
    const lines = error.problems.length === 0 ? [error.message] : error.problems;
    expect(error).toMatchObject({ code: "images-invalid", exitStatus: 65 });
    expect(lines.join("\n")).toContain(says);
    expect(lines[0]).toMatch(/^images\.yaml:1:\d+: /);
    const shown = printable([error.message, error.hint, ...lines].join("\n"));
    expect(shown).not.toMatch(/hunter2|[\u0000-\u0008\u202e\u2028]/);
  });
});
