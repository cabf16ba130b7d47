import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventLine } from "../src/command/event-line.ts";
import { FactoryError } from "../src/errors.ts";
import { keepSecret, redacted } from "../src/redaction.ts";
import { run } from "../src/run.ts";

const secret = "canary-of-redaction";
let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "redaction-"));
  keepSecret(`${secret}\nsecond line of it\n`, "someone");
});
afterAll(() => rm(dir, { recursive: true }));

it("no error, no line of the log and no log file has a secret that a tool has printed", async () => {
  const logFile = join(dir, "log");
  const failing = run({ tool: "sh", args: ["-c", `echo token ${secret} >&2; exit 1`], logFile });
  const error = await failing.catch((caught: unknown) => caught as FactoryError);
  expect(error).toMatchObject({ message: expect.stringContaining("token [secret]") });
  expect(await readFile(logFile, "utf8")).toBe("token [secret]\n");
  expect(eventLine({ kind: "note", text: `STEP: RUN ${secret}` })).toBe("STEP: RUN [secret]");
  expect(new FactoryError("bug", "x", { problems: [secret] }).problems).toEqual(["[secret]"]);
});

it("every line of a secret counts, and how HTTP sends a password", () => {
  const basic = Buffer.from(`someone:${secret}\nsecond line of it\n`).toString("base64");
  expect(redacted(`second line of it; Basic ${basic}`)).toBe("[secret]; Basic [secret]");
});

it("a word too short to be a secret stays where it stands", () => {
  keepSecret("main");
  expect(redacted("branch main")).toBe("branch main");
});
