import { expect, test } from "vitest";
import { advisoryFeed } from "../../src/scan/feed.ts";
import { feedSources } from "../../src/scan/feed-registry.ts";

const open = () => {
  throw new Error("no conversation is needed to name a source");
};
const names = (mirror?: string) => feedSources(advisoryFeed, mirror, open).map(({ name }) => name);

test("without a mirror the repositories are Trivy's own, in its order", () => {
  expect(names()).toEqual(["mirror.gcr.io/aquasec/trivy-db:2", "ghcr.io/aquasecurity/trivy-db:2"]);
});

test("a mirror takes their place, with the schema's number as its tag where it has none", () => {
  expect(names("mirror.example.com/team/trivy-db")).toEqual(["mirror.example.com/team/trivy-db:2"]);
  expect(names("mirror.example.com/team/trivy-db:today")).toEqual(["mirror.example.com/team/trivy-db:today"]);
});

test.each(["https://mirror.example.com/trivy-db", "", `m.example/db@sha256:${"0".repeat(64)}`])(
  "a mirror by another form than host/repository[:tag] is an error of the settings: %s",
  (mirror) => {
    expect(() => names(mirror)).toThrow(
      expect.objectContaining({
        code: "settings-invalid",
        message: expect.stringContaining("expected host/repository[:tag]"),
      }),
    );
  },
);
