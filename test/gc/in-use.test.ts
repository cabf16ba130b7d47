import { expect, test } from "vitest";
import { parseInUse } from "../../src/gc/in-use.ts";
import { digestOf } from "../../src/registry/digest.ts";

const [one, two] = [digestOf("1"), digestOf("2")];

test("digests, references by digest and by tag are read, as kubectl prints them in one line or in many", () => {
  const text = `docker-pullable://r.example.com/app@${one} ${two}\n\n  nginx\nr.example.com:5000/app:v1\r\n`;
  expect(parseInUse(text, "pods")).toEqual({
    digests: new Set([one, two]),
    tags: [
      { registry: "docker.io", path: "library/nginx", tag: "latest" },
      { registry: "r.example.com:5000", path: "app", tag: "v1" },
    ],
  });
});

test("every line that is none is named", () => {
  const text = `${one}\nNAME READY\nhttp://x/y\n`;
  expect(() => parseInUse(text, "pods.txt")).toThrow(
    expect.objectContaining({
      code: "usage",
      problems: expect.arrayContaining([
        'pods.txt:2: expected a digest or a reference, got "NAME"',
        'pods.txt:3: expected a digest or a reference, got "http://x/y"',
      ]),
    }),
  );
});

test("a list without any image is refused: a listing that failed looks so", () => {
  for (const text of ["", "\n \n"])
    expect(() => parseInUse(text, "stdin")).toThrow("stdin names no image in use");
});
