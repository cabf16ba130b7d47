import { expect, test } from "vitest";
import { parseChallenges } from "../../src/registry/challenge.ts";

test.each([
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [
      {
        scheme: "bearer",
        parameters: {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:a/b:pull,push",
        },
      },
    ],
  ],
  [
    'Basic realm="a \\"b\\"", Bearer realm=https://x/t , service=s',
    [
      { scheme: "basic", parameters: { realm: 'a "b"' } },
      { scheme: "bearer", parameters: { realm: "https://x/t", service: "s" } },
    ],
  ],
  [
    "Negotiate, Basic Realm=x",
    [
      { scheme: "negotiate", parameters: {} },
      { scheme: "basic", parameters: { realm: "x" } },
    ],
  ],
  ["", []],
  ['"', []],
])("%s", (header, challenges) => {
  expect(parseChallenges(header)).toEqual(challenges);
});
