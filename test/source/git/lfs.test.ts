import { expect, test } from "vitest";
import { parsePointer } from "../../../src/source/git/lfs.ts";

const hash = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
const version = "version https://git-lfs.github.com/spec/v1\n";

test("a pointer names its content, whatever else it says", () => {
  expect(parsePointer(`${version}oid sha256:${hash}\nsize 12345\n`)).toBe(hash);
  expect(
    parsePointer(`${version}ext-0-foo sha256:${hash.replace("4", "5")}\noid sha256:${hash}\nsize 1\n`),
  ).toBe(hash);
});

test.each([
  "",
  "FROM scratch\n",
  version,
  `x\n${version}oid sha256:${hash}\n`,
  `${version}oid sha256:../../etc\nsize 1\n`,
])("%j is a file like any other", (text) => {
  expect(parsePointer(text)).toBeUndefined();
});
