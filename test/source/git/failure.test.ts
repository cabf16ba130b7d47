import { expect, test } from "vitest";
import { FactoryError } from "../../../src/errors.ts";
import { explainFailure, explainGit, lacksCommit, refusesPart } from "../../../src/source/git/failure.ts";

/** What git, ssh and well-known servers print, in the C locale. */
test.each([
  [
    "credentials-invalid",
    "remote: Invalid username or password.\nfatal: Authentication failed for 'https://h/a/'",
  ],
  ["credentials-invalid", "fatal: could not read Username for 'https://h': terminal prompts disabled"],
  [
    "credentials-invalid",
    "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
  ],
  ["credentials-invalid", "Host key verification failed.\nfatal: Could not read from remote repository."],
  ["credentials-invalid", "fatal: unable to access 'https://h/a/': The requested URL returned error: 403"],
  ["credentials-invalid", "fatal: detected dubious ownership in repository at '/srv/a.git'"],
  [
    "settings-invalid",
    "fatal: unable to access 'https://h/a/': SSL certificate problem: self-signed certificate",
  ],
  [
    "settings-invalid",
    "fatal: unable to access 'https://h/a/': server certificate verification failed. CAfile: none",
  ],
  ["source-invalid", "remote: Repository not found.\nfatal: repository 'https://github.com/a/b/' not found"],
  ["source-invalid", "ERROR: Repository not found.\nfatal: Could not read from remote repository."],
  [
    "source-invalid",
    "fatal: '/nope' does not appear to be a git repository\nfatal: Could not read from remote repository.",
  ],
  ["source-invalid", "fatal: transport 'http' not allowed"],
  ["source-unavailable", "fatal: unable to access 'https://h/a/': Could not resolve host: h"],
  [
    "source-unavailable",
    "fatal: unable to access 'https://h/a/': Failed to connect to h port 443 after 1 ms: Couldn't connect to server",
  ],
  [
    "source-unavailable",
    "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.",
  ],
  ["source-unavailable", "ssh: Could not resolve hostname h: Name or service not known"],
  ["source-unavailable", "fatal: unable to access 'https://h/a/': The requested URL returned error: 502"],
  ["source-unavailable", "fatal: unable to access 'https://h/a/': The requested URL returned error: 429"],
  [
    "source-unavailable",
    "error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nfatal: early EOF",
  ],
  [undefined, "error: object file objects/ab/cd is empty\nfatal: loose object is corrupt"],
  [undefined, "fatal: Unable to create 'shallow.lock': File exists."],
])("%s: %s", (code, stderr) => {
  expect(explainGit(stderr)?.code).toBe(code);
});

test("a server that has no such object is told apart from one that does not hand out objects by name", () => {
  expect(lacksCommit("fatal: remote error: upload-pack: not our ref 0123")).toBe(true);
  expect(refusesPart("error: Server does not allow request for unadvertised object 0123")).toBe(true);
  expect(refusesPart("fatal: dumb http transport does not support shallow capabilities")).toBe(true);
  expect(lacksCommit("error: Server does not allow request for unadvertised object 0123")).toBe(false);
});

test("an error names the repository and what git said, and keeps its cause", () => {
  const stderr =
    "remote: Counting objects: 1\rremote: ERROR: no access\nhint: try this\nfatal: Authentication failed for 'https://h/a/'\n";
  const cause = new FactoryError("tool-failed", "git", { cause: { exitCode: 128, stdout: "", stderr } });
  expect(explainFailure(cause, "https://h/a")).toMatchObject({
    code: "credentials-invalid",
    message: expect.stringMatching(/^https:\/\/h\/a: .*Authentication failed/),
    cause,
  });
});

test("what is no failure of git stays what it is, except a time-out, which another try can cure", () => {
  const stopped = new FactoryError("terminated", "stopped");
  expect(explainFailure(stopped, "u")).toBe(stopped);
  const bug = new TypeError("x");
  expect(explainFailure(bug, "u")).toBe(bug);
  expect(explainFailure(new FactoryError("timed-out", "git ls-remote"), "u")).toMatchObject({
    code: "source-unavailable",
  });
});
