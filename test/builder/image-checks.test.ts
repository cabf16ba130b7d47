import { expect, test } from "vitest";
import { imageChecks } from "../../src/builder/image-checks.ts";
import { whySkipped } from "../../src/builder/test-builder.ts";
import { parseConfig } from "../../src/builder/unpacked-image.ts";

test("each platform's image has to have the emulator of the other", () => {
  const emulators = (platform: "linux/amd64" | "linux/arm64") =>
    imageChecks(platform).flatMap(({ name }) => (name.startsWith("qemu") ? [name] : []));
  expect(emulators("linux/amd64")).toEqual(["qemu-aarch64"]);
  expect(emulators("linux/arm64")).toEqual(["qemu-x86_64"]);
});

test("an emulated image is not said to build, and everything else of it is looked at", () => {
  const lacks = { owners: undefined, processor: true };
  const skipped = imageChecks("linux/arm64").filter((check) => whySkipped(check, lacks) !== undefined);
  expect(skipped.map(({ name }) => name)).toEqual(["userns", "userns-sysadmin", "rootless"]);
});

test("an old runtime skips the pods with users of their own alone, and is named", () => {
  const lacks = { owners: "/usr/sbin/runc", processor: false };
  const reasons = imageChecks("linux/amd64").map((check) => [check.name, whySkipped(check, lacks)] as const);
  expect(reasons.filter(([, why]) => why !== undefined)).toEqual([
    ["userns", expect.stringContaining("/usr/sbin/runc is older")],
    ["userns-sysadmin", expect.stringContaining("/usr/sbin/runc is older")],
  ]);
});

test("a machine that lacks nothing skips nothing", () => {
  const lacks = { owners: undefined, processor: false };
  expect(imageChecks("linux/amd64").filter((check) => whySkipped(check, lacks) !== undefined)).toEqual([]);
});

test("containers run with what the image's config says", () => {
  const config = { User: "1000:1000", Env: ["PATH=/bin", "OPTIONS=a=b"], Entrypoint: ["tini", "--"] };
  expect(parseConfig({ architecture: "amd64", config }, "linux/amd64")).toEqual({
    user: "1000:1000",
    env: { PATH: "/bin", OPTIONS: "a=b" },
    entryPoint: ["tini", "--"],
    workingDir: "/",
  });
});

test("an image of another platform than the one that is tested is refused", () => {
  expect(() => parseConfig({ architecture: "amd64" }, "linux/arm64")).toThrow(
    "expected an image for linux/arm64, got one for amd64",
  );
});
