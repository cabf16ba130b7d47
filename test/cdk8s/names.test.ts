import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildName, cronJobNameLength, jobLabel, objectName, rebuildName } from "../../cdk8s/names.ts";

const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** Names as images.yaml takes them. */
const imageName = fc
  .array(fc.stringMatching(/^[a-z0-9]{1,12}$/), { minLength: 1, maxLength: 9 })
  .chain((parts) =>
    fc
      .array(fc.constantFrom(".", "_", "-"), { minLength: parts.length, maxLength: parts.length })
      .map((marks) =>
        parts
          .map((part, index) => part + (marks[index] ?? ""))
          .join("")
          .slice(0, -1),
      ),
  )
  .filter((name) => /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(name));

describe("names of objects", () => {
  it("are the image's name with what they are for, where that fits", () => {
    expect(buildName("hello")).toBe("build-hello");
    expect(buildName("hello", "linux/arm64")).toBe("build-hello--arm64");
    expect(rebuildName("debian-base")).toBe("rebuild-debian-base");
    expect(rebuildName(undefined, "linux/amd64")).toBe("rebuild--amd64");
  });

  it("end in a hash where a name has other characters or is too long", () => {
    expect(buildName("web.front_end")).toMatch(/^build-web-front-end-[0-9a-f]{8}$/);
    expect(rebuildName("a".repeat(60))).toMatch(/^rebuild-a{35}-[0-9a-f]{8}$/);
  });

  it("are labels of Kubernetes, short enough for a CronJob, whatever the image's name", () => {
    fc.assert(
      fc.property(imageName, fc.constantFrom(undefined, "linux/amd64", "linux/arm64"), (name, platform) => {
        for (const made of [buildName(name, platform), rebuildName(name, platform)]) {
          expect(made).toMatch(label);
          expect(made.length).toBeLessThanOrEqual(cronJobNameLength);
        }
        expect(jobLabel(name).length).toBeLessThanOrEqual(63);
      }),
    );
  });

  it("are never the same for two images, nor for an image and a platform of another", () => {
    fc.assert(
      fc.property(fc.uniqueArray(imageName, { minLength: 2, maxLength: 20 }), (names) => {
        const made = names.flatMap((name) => [buildName(name), buildName(name, "linux/arm64")]);
        expect(new Set(made).size).toBe(made.length);
      }),
    );
    expect(buildName("x-arm64")).not.toBe(buildName("x", "linux/arm64"));
    expect(objectName("a.b")).not.toBe(objectName("a-b"));
  });
});
