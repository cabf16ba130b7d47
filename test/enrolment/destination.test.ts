import { describe, expect, test } from "vitest";
import {
  destination,
  explainRegistry,
  explainRepository,
  namesHost,
} from "../../src/enrolment/destination.ts";

describe("where an image publishes", () => {
  test.each([
    [undefined, undefined, "factory.localhost", "api"],
    ["ghcr.io", undefined, "ghcr.io", "api"],
    ["ghcr.io/acme", undefined, "ghcr.io", "acme/api"],
    ["ghcr.io/acme", "team/x", "ghcr.io", "acme/team/x"],
    ["localhost:5000", "x", "localhost:5000", "x"],
    ["factory.localhost", "team/x", "factory.localhost", "team/x"],
    ["docker.io", undefined, "docker.io", "library/api"],
    ["index.docker.io", "acme/api", "docker.io", "acme/api"],
    [undefined, "nginx", "docker.io", "library/nginx"],
    [undefined, "acme/api", "docker.io", "acme/api"],
    [undefined, "ghcr.io/acme/api", "ghcr.io", "acme/api"],
    [undefined, "registry:5000/api", "registry:5000", "api"],
    [undefined, "localhost/api", "localhost", "api"],
    [undefined, "docker.io/nginx", "docker.io", "library/nginx"],
  ])("registry %s and repository %s of the image api: %s and %s", (registry, repository, host, path) => {
    if (registry !== undefined) expect(explainRegistry(registry)).toBeUndefined();
    if (repository !== undefined) expect(explainRepository(repository)).toBeUndefined();
    expect(destination("api", registry, repository)).toEqual({ registry: host, path });
  });

  test.each([
    "",
    "acme",
    "https://ghcr.io",
    "GHCR.io",
    "ghcr.io/",
    "ghcr.io/Acme",
    "-h.example",
    "h..example",
    "h.example:0",
    "h.example:65536",
    "h.example:x",
    "a b.example",
    `${"a".repeat(64)}.example`,
    "me@h.example",
    "h.example/a//b",
  ])("%j is no registry", (text) => {
    expect(explainRegistry(text)).toMatch(/^expected /);
  });

  test.each([
    "registry.example.com",
    "h.example:5000",
    "localhost",
    "[::1]:5000",
    "127.0.0.1:5000",
    "h.example/a/b_c",
  ])("%s is a registry", (text) => {
    expect(explainRegistry(text)).toBeUndefined();
  });

  test.each([
    "",
    "/a",
    "a/",
    "a//b",
    "A/b",
    "a:v1",
    "a@sha256:x",
    "https://a/b",
    "-a",
    "a b",
    "../a",
    "a".repeat(256),
  ])("%j is no repository", (text) => {
    expect(explainRepository(text)).toMatch(/^expected /);
  });

  test("a repository names a registry where docker would see one", () => {
    expect(["acme/api", "api", "a.b"].map(namesHost)).toEqual([false, false, false]);
    expect(["ghcr.io/api", "h:1/api", "localhost/api"].map(namesHost)).toEqual([true, true, true]);
  });
});
