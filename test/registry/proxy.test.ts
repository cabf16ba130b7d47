import { describe, expect, test } from "vitest";
import { isLoopback } from "../../src/registry/host.ts";
import { proxyFor } from "../../src/registry/proxy.ts";

const env = { HTTPS_PROXY: "http://proxy:3128", HTTP_PROXY: "http://plain:3128" };

describe("proxyFor", () => {
  test("takes the variable of the protocol, in either case, with http as default scheme", () => {
    expect(proxyFor(new URL("https://ghcr.io/v2/"), env)).toBe("http://proxy:3128");
    expect(proxyFor(new URL("http://registry:5000/v2/"), env)).toBe("http://plain:3128");
    expect(proxyFor(new URL("https://ghcr.io/"), { https_proxy: "proxy:1" })).toBe("http://proxy:1");
    expect(proxyFor(new URL("https://ghcr.io/"), {})).toBeUndefined();
  });

  test("never leaves the machine for loopback", () => {
    for (const host of ["127.0.0.1:5000", "127.8.9.1", "localhost:5000", "[::1]:5000"]) {
      expect(proxyFor(new URL(`http://${host}/v2/`), env)).toBeUndefined();
    }
  });

  test.each([
    ["*", "ghcr.io", true],
    ["ghcr.io", "ghcr.io", true],
    ["ghcr.io", "sub.ghcr.io", true],
    ["ghcr.io", "notghcr.io", false],
    [".corp", "a.corp", true],
    [".corp", "corp", false],
    ["*.corp", "a.b.corp", true],
    ["a, CORP ,b", "x.corp", true],
    ["corp:5000", "corp:5000", true],
    ["corp:5000", "corp:5001", false],
    ["corp:443", "corp", true],
    ["10.0.0.0/8", "10.1.2.3", true],
    ["10.0.0.0/8", "11.1.2.3", false],
    ["10.0.0.0/99", "10.1.2.3", false],
    ["fd00::/8", "[fd00::1]", true],
    ["10.0.0.1", "10.0.0.1:5000", true],
    ["10.0.0.1", "10.0.0.12", false],
    ["", "ghcr.io", false],
  ])("NO_PROXY=%s and %s: direct is %s", (noProxy, host, direct) => {
    const proxy = proxyFor(new URL(`https://${host}/`), { ...env, NO_PROXY: noProxy });
    expect(proxy === undefined).toBe(direct);
  });

  test("refuses a proxy that it could not use, without printing it", () => {
    const proxy = () => proxyFor(new URL("https://ghcr.io/"), { HTTPS_PROXY: "socks5://user:secret@p:1" });
    expect(proxy).toThrow(expect.objectContaining({ code: "settings-invalid" }));
    expect(proxy).not.toThrow("secret");
  });
});

test("only this machine's own names are loopback", () => {
  expect(["127.0.0.1", "127.0.0.1:5000", "LOCALHOST:1", "[::1]:5"].every(isLoopback)).toBe(true);
  expect(["127.evil.example", "localhost.example", "10.0.0.1", "::2"].some(isLoopback)).toBe(false);
});
