import { describe, expect, it } from "vitest";
import { promoteWords, subjectOf } from "../../src/command/promote-words.ts";

const to = (text: string) => promoteWords.TO.parse(text);

describe("TO= of a promotion", () => {
  it("takes tags of the image's own repository, and tags of others with theirs", () => {
    expect(to("prod, ghcr.io/acme/api:prod,127.0.0.1:5000/api:1.0")).toEqual({
      value: [
        { tag: "prod", repository: undefined },
        { tag: "prod", repository: { registry: "ghcr.io", path: "acme/api" } },
        { tag: "1.0", repository: { registry: "127.0.0.1:5000", path: "api" } },
      ],
    });
  });

  it.each([
    ["ghcr.io/acme/api", "expected a tag behind ghcr.io/acme/api, such as ghcr.io/acme/api:latest"],
    [`ghcr.io/acme/api:1@sha256:${"a".repeat(64)}`, "expected a tag to set, and a digest is none"],
    ["-x", "expected a tag or a reference"],
    ["prod,", "expected a tag or a reference"],
    ["GHCR.io/Acme/api:1", "a repository is written in lower case"],
    [`ghcr.io/acme/api:sha256-${"a".repeat(64)}`, "registries keep receipts under"],
    ["20261121T170000Z-0123456789ab", "names one publication for ever"],
    ["ghcr.io/acme/api:20261121T170000Z-0123456789ab", "names one publication for ever"],
    ["--help/x:1", "expected"],
  ])("refuses %s in a sentence", (text, said) => {
    expect(to(text)).toEqual({ expected: expect.stringContaining(said) });
  });
});

describe("what is promoted", () => {
  const none = { IMAGE: undefined, DIGEST: undefined, FROM: undefined };
  const from = { registry: "docker.io", path: "library/debian", tag: "13" };

  it("is an image and perhaps one of its publications, or a reference, and one of them", () => {
    expect(subjectOf({ ...none, IMAGE: "api", DIGEST: "2" })).toEqual({ image: "api", publication: "2" });
    expect(subjectOf({ ...none, FROM: from })).toEqual({ from });
    expect(() => subjectOf(none)).toThrow("expected IMAGE= or FROM=");
    expect(() => subjectOf({ ...none, IMAGE: "api", FROM: from })).toThrow("one of them");
    expect(() => subjectOf({ ...none, FROM: from, DIGEST: "2" })).toThrow(
      "FROM= names a digest behind its @",
    );
  });

  it("is what Docker takes a reference for, and a sentence where it is none", () => {
    expect(promoteWords.FROM.parse("debian")).toEqual({ value: { ...from, tag: "latest" } });
    expect(promoteWords.FROM.parse("debian@13")).toEqual({
      expected: expect.stringContaining("sha256:<64 hex"),
    });
  });
});
