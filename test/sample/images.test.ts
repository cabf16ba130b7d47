import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readImages } from "../../src/enrolment/read-images.ts";

test("the images of a fresh clone are a Debian base and hello on top of it, for both platforms", async () => {
  const { images } = await readImages("images.yaml");
  expect(images.map(({ name, source, platforms }) => [name, source.kind, platforms])).toEqual([
    ["debian-base", "debian", ["linux/amd64", "linux/arm64"]],
    ["hello", "folder", ["linux/amd64", "linux/arm64"]],
  ]);
  expect(readFileSync("sample/hello/Dockerfile", "utf8")).toMatch(/^FROM factory\.localhost\/debian-base$/m);
});

test("hello needs nothing of its platform to run while it is built", () => {
  expect(readFileSync("sample/hello/Dockerfile", "utf8")).not.toMatch(/^\s*RUN/im);
});

test("hello says platform and version", () => {
  // Wherever a shell and busybox are; inside the image they are Debian's.
  const script = readFileSync("sample/hello/hello.sh", "utf8");
  const said = execFileSync("sh", ["-c", `busybox() { echo aarch64; }\n${script}`], { encoding: "utf8" });
  expect(said).toMatch(/^hello \d+\.\d+\.\d+ on linux\/arm64, /);
});

test("the sample's advisories cover the release of the base, and are invented", async () => {
  const { releases, advisories } = parse(readFileSync("sample/trivy-db/advisories.yaml", "utf8"));
  expect(releases).toContain("debian 13");
  for (const { id } of advisories) expect(id).toMatch(/^CVE-2099-/);
});
