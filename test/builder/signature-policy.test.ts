import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readKeys, signaturePolicy } from "../../src/builder/signature-policy.ts";

const key = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n";
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "keys-"));
  writeFileSync(join(dir, "acme.pub"), key);
  writeFileSync(join(dir, "other"), "not a key");
});
afterAll(() => rmSync(dir, { recursive: true }));

test("a repository with a key is taken with a signature by it alone, every other as it is", async () => {
  const policy = signaturePolicy(await readKeys({ "ghcr.io/acme/base": join(dir, "acme.pub") }));
  expect(policy).toEqual({
    default: [{ type: "insecureAcceptAnything" }],
    transports: {
      docker: {
        "ghcr.io/acme/base": [
          {
            type: "sigstoreSigned",
            keyData: Buffer.from(key).toString("base64"),
            signedIdentity: { type: "matchRepository" },
          },
        ],
      },
    },
  });
});

test.each(["other", "none.pub"])("a key file that is none is named with its repository: %s", async (file) => {
  await expect(readKeys({ "ghcr.io/acme/base": join(dir, file) })).rejects.toMatchObject({
    code: "settings-invalid",
    message: expect.stringMatching(new RegExp(`ghcr.io/acme/base.*${file}`)),
  });
});
