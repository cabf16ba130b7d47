import { describe, expect, it } from "vitest";
import { checkOwners, type Owner } from "../../src/promote/owners.ts";
import { digestOf } from "../../src/registry/digest.ts";
import type { Repository } from "../../src/registry/reference.ts";
import type { ImageState } from "../../src/state/image-state.ts";

const apps: Repository = { registry: "ghcr.io", path: "acme/apps" };
const left = { digest: digestOf("a"), at: "2026-11-01T00:00:00.000Z" };
const owner = (name: string, tags: Owner["enrolment"]["tags"], recorded: ImageState["tags"] = {}): Owner => ({
  enrolment: { name, repository: apps, tags, position: "images.yaml:3:5" },
  state: { repository: "ghcr.io/acme/apps", tags: recorded } as ImageState,
});
const owners = [
  owner("api", ["latest", "v{version}", "{commit}"], { prod: left, "1.0-rc": { ...left, once: true } }),
  owner("web", ["web-{date}", "web"]),
];
const check = (image: string | undefined, tag: string, repository = apps) =>
  checkOwners([{ repository, tags: [tag] }], image, owners);

describe("a tag that an enrolled image owns", () => {
  it.each([
    ["latest", "ghcr.io/acme/apps:latest is the tag latest of api (images.yaml:3:5)"],
    ["v1.2.3", "ghcr.io/acme/apps:v1.2.3 is the tag v{version} of api"],
    ["8d5c0e1f7a0b4c9d2e3f4a5b6c7d8e9f0a1b2c3d", "is the tag {commit} of api"],
    ["prod", "ghcr.io/acme/apps:prod is a tag of api, which was put there on 2026-11-01"],
  ])("is not set to another image: %s", (tag, said) => {
    expect(() => check("web", tag)).toThrow(said);
    expect(() => check(undefined, tag)).toThrow(said);
  });

  it("is its own to set, unless it names a commit, version or day, or was given once", () => {
    expect(() => check("api", "latest")).not.toThrow();
    expect(() => check("api", "prod")).not.toThrow();
    expect(() => check("api", "v1.2.3")).toThrow("is made of v{version} in images.yaml");
    expect(() => check("api", "1.0-rc")).toThrow("was given by TAG= on 2026-11-01, and is not moved");
    expect(() => check("web", "web-2026-11-21")).toThrow("is made of web-{date}");
  });

  it("is no other one that looks like it, and none of another repository", () => {
    for (const tag of ["latest2", "v", "1.2.3", "8d5c0e1f", "web-1"])
      expect(() => check(undefined, tag)).not.toThrow();
    expect(() => check(undefined, "latest", { ...apps, path: "acme/other" })).not.toThrow();
  });

  it("is never where images wait for their scan", () => {
    const staging = { ...apps, path: "acme/apps-staging" };
    expect(() => check("api", "x", staging)).toThrow("is where api waits for its scan");
  });

  it("is named with every other one that is refused", () => {
    expect(() =>
      checkOwners([{ repository: apps, tags: ["latest", "web", "free"] }], undefined, owners),
    ).toThrow("2 tags are not for a promotion to set");
  });
});
