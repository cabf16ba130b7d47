import { expect, it } from "vitest";
import { keepLogin, keepProxyPasswords, keepSecret, redact } from "../src/redact.ts";

it("hides a secret as it is, in an address, in JSON, and as a registry is sent it", () => {
  keepLogin("robot", 'pa"ss/word');
  const sent = Buffer.from('robot:pa"ss/word').toString("base64");
  expect(redact(`a pa"ss/word b`)).toBe("a *** b");
  expect(redact("?token=pa%22ss%2Fword")).toBe("?token=***");
  expect(redact(JSON.stringify({ text: 'pa"ss/word' }))).toBe('{"text":"***"}');
  expect(redact(`Basic ${sent}`)).toBe("Basic ***");
});

it("hides each line of a secret that has several, and the longer of two before its part", () => {
  keepSecret("first-line\nsecond-line\n");
  keepSecret("second-line-and-more");
  expect(redact("x second-line-and-more first-line second-line")).toBe("x *** *** ***");
});

it("hides passwords of proxies as they are written and as they are meant", () => {
  keepProxyPasswords({
    HTTPS_PROXY: "http://team:p%40ssphrase@proxy.example:3128",
    OTHER: "http://a:shown@b",
  });
  expect(redact("p%40ssphrase p@ssphrase shown")).toBe("*** *** shown");
});

it("hides a password in any address, and leaves a user alone", () => {
  expect(redact("see https://bob:hunter2@host/x and ssh://git@host/y")).toBe(
    "see https://bob:***@host/x and ssh://git@host/y",
  );
});

it("hides nothing that every text has", () => {
  keepSecret("abc");
  keepSecret("");
  expect(redact("abc and so on")).toBe("abc and so on");
});
