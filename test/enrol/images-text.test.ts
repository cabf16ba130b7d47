import { describe, expect, it } from "vitest";
import { withEntries } from "../../src/enrol/images-text.ts";
import type { Image } from "../../src/enrolment/images-file.generated.ts";
import { parseImages } from "../../src/enrolment/parse-images.ts";

const api: Image = { name: "api", source: { git: "github:acme/api" }, tags: ["latest"] };
const cli: Image = {
  name: "cli",
  source: { git: { url: "github:acme/cli", ref: "v1.0.0" } },
  platforms: ["linux/amd64"],
  tags: ["{version}", "latest"],
};
const apiText = "- name: api\n  source:\n    git: github:acme/api\n  tags: [latest]\n";
const cliText =
  '- name: cli\n  source:\n    git:\n      url: github:acme/cli\n      ref: v1.0.0\n  platforms: [linux/amd64]\n  tags: ["{version}", latest]\n';
const indented = (text: string, by: string) => text.replaceAll(/^/gm, by).slice(0, -by.length);

describe("entries that are added to images.yaml", () => {
  it.each([
    ["a list", "- name: a\n  source: {folder: a}\n", `\n${apiText}`, ""],
    [
      "entries that stand close together",
      "- name: a\n  source: {folder: a}\n- name: b\n  source: {folder: b}\n",
      apiText,
      "",
    ],
    [
      "entries that stand apart",
      "- name: a\n  source: {folder: a}\n\n# b\n- name: b\n  source: {folder: b} # b's\n",
      `\n${apiText}`,
      "",
    ],
    ["a last line without line feed", "- name: a\n  source: {folder: a}", `\n\n${apiText}`, ""],
    [
      "comments of the last entry, and others",
      "- name: a\n  source:\n    folder: a\n\n  # tags: [x]\n    # y\n",
      `\n${apiText}`,
      "\n# the end\n",
    ],
    [
      "a block text",
      "- name: a\n  source: {folder: a}\n  labels:\n    x: |\n      y\n",
      `\n${apiText}`,
      "\n",
    ],
    [
      "a block text that keeps its end",
      "- name: a\n  source: {folder: a}\n  labels:\n    x: |+\n      y\n\n",
      apiText,
      "",
    ],
    ["only comments", "# nothing yet\n", apiText, ""],
    ["nothing", "", apiText, ""],
    ["the mark of a document's end", "---\n- name: a\n  source: {folder: a}\n", `\n${apiText}`, "...\n"],
    [
      "defaults before the list",
      "defaults: {tags: [x]}\nimages:\n  - name: a\n    source: {folder: a}\n",
      `\n${indented(apiText, "  ")}`,
      "",
    ],
    [
      "defaults behind the list",
      "images:\n- name: a\n  source: {folder: a}\n",
      `\n${apiText}`,
      "\n# those\ndefaults:\n  tags: [x]\n",
    ],
    [
      "wide indentation",
      "-   name: a\n    source: {folder: a}\n",
      "\n-   name: api\n    source:\n      git: github:acme/api\n    tags: [latest]\n",
      "",
    ],
  ])("stand behind the last one and change no other byte: %s", (_, before, added, after) => {
    const text = withEntries(before + after, [api]);
    expect(text).toBe(before + added + after);
    expect(parseImages(text, "images.yaml", "/x").images.at(-1)?.name).toBe("api");
  });

  it("come in their order, each in the style of the list", () => {
    const before = "- name: a\n  source: {folder: a}\n";
    expect(withEntries(before, [api, cli])).toBe(`${before}\n${apiText}\n${cliText}`);
    expect(withEntries("", [api, cli])).toBe(`${apiText}\n${cliText}`);
  });

  it("have the file's own line ends and leave its byte order mark", () => {
    const before = "\uFEFF- name: a\r\n  source: {folder: a}\r\n";
    const text = withEntries(before, [api]);
    expect(text).toBe(`${before}\r\n${apiText.replaceAll("\n", "\r\n")}`);
    expect(parseImages(text.slice(1), "images.yaml", "/x").images).toHaveLength(2);
  });

  it("take the place of an empty list's brackets alone", () => {
    expect(withEntries("[]\n", [api])).toBe(apiText);
    expect(withEntries("# top\n[] # none\n# end\n", [api])).toBe(`# top\n # none\n${apiText}# end\n`);
    expect(withEntries("images: []\ndefaults: {tags: [x]}\n", [api])).toBe(
      `images:\n${indented(apiText, "  ")}defaults: {tags: [x]}\n`,
    );
    expect(withEntries("images: [\n  # none\n]\n", [api])).toBe(
      `images: \n  # none\n\n${indented(apiText, "  ")}`,
    );
  });

  it("go into a list in brackets", () => {
    const flow =
      '{name: cli, source: {git: {url: github:acme/cli, ref: v1.0.0}}, platforms: [linux/amd64], tags: ["{version}", latest]}';
    const text = withEntries("images: [\n  {name: a, source: {folder: a}}, # a\n]\n", [cli]);
    expect(text).toBe(`images: [\n  {name: a, source: {folder: a}}, ${flow}, # a\n]\n`);
    expect(parseImages(text, "images.yaml", "/x").images).toHaveLength(2);
  });

  it("are refused where the list is an alias", () => {
    expect(() => withEntries("defaults: &a []\nimages: *a\n", [api])).toThrow(/not written where it is used/);
  });
});
