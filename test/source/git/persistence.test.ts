import { describe, expect, test } from "vitest";
import { FactoryError } from "../../../src/errors.ts";
import { persistently } from "../../../src/source/git/persistence.ts";

const failed = (stderr: string) =>
  new FactoryError("tool-failed", "git failed", { cause: { exitCode: 128, stdout: "", stderr } });

/** How often a server is asked that answers so for ever. */
async function asks(stderr: string, onUnknown = false): Promise<number> {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    throw failed(stderr);
  };
  const ended = persistently(ask, { signal: undefined, onUnknown, sleep: async () => undefined });
  await expect(ended).rejects.toThrow("git failed");
  return asked;
}

describe("a git server is asked", () => {
  test("three times for what it could not answer", async () => {
    expect(await asks("fatal: unable to access 'https://a/': The requested URL returned error: 503")).toBe(3);
    expect(await asks("error: RPC failed; curl 56 Recv failure: Connection reset by peer")).toBe(3);
  });

  test("twice when it refuses or knows nothing: a token service may err", async () => {
    expect(await asks("fatal: Authentication failed for 'https://a/b.git/'")).toBe(2);
    expect(await asks("fatal: repository 'https://a/b.git/' not found")).toBe(2);
  });

  test("once when another answer cannot be expected", async () => {
    expect(await asks("git@a: Permission denied (publickey).")).toBe(1);
    expect(await asks("fatal: unable to access: SSL certificate problem: self-signed certificate")).toBe(1);
    expect(await asks("fatal: remote error: upload-pack: not our ref 7777")).toBe(1);
  });

  test("again for words that git never said before, unless they may be about our own copy", async () => {
    expect(await asks("fatal: protocol error: bad line length character: <htm", true)).toBe(3);
    expect(await asks("fatal: index-pack failed")).toBe(1);
  });

  test("until it answers", async () => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      if (asked === 1) throw failed("fatal: the remote end hung up unexpectedly");
      return "refs";
    };
    expect(
      await persistently(ask, { signal: undefined, onUnknown: false, sleep: async () => undefined }),
    ).toBe("refs");
  });
});
