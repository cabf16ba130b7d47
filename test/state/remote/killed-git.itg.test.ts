import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Run, run } from "../../../src/run.ts";
import { makePods, type Pods } from "./pods.ts";

let pods: Pods;
/** Asked before each request is answered. */
let onRequest: (path: string) => void;
beforeEach(async () => {
  onRequest = () => undefined;
  pods = await makePods({
    answer: (path) => {
      onRequest(path);
      return undefined;
    },
  });
});
afterEach(() => pods.end());

/** Kills with SIGKILL the git that runs this word for a state folder, once what `when` waits for is there. */
async function kill(word: string, stateDir: string, when: () => boolean): Promise<void> {
  for (let tries = 0; tries < 4_000; tries++) {
    const found = when() ? readdirSync("/proc").filter((id) => isGit(wordsOf(id), word, stateDir)) : [];
    for (const id of found) process.kill(Number(id), "SIGKILL");
    if (found.length > 0) return;
    await sleep(5);
  }
  throw new Error(`no git ${word} was seen`);
}

function isGit(words: readonly string[], word: string, stateDir: string): boolean {
  return words[1] === `--git-dir=${join(stateDir, ".repository/git")}` && words[2] === word;
}

function wordsOf(id: string): readonly string[] {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

interface Moment {
  readonly word: "push" | "fast-import" | "fetch";
  readonly title: string;
  /** What the server does with each push, until the moment is over: a hook. */
  readonly hook?: string;
  readonly at: "request" | "hook" | "start";
  /** Whether the server does what it was asked for although nobody waits for its answer any more. */
  readonly lands?: true;
}

const moments: readonly Moment[] = [
  { word: "push", title: "a push before the server answers", at: "request" },
  {
    word: "push",
    title: "a push that the server takes all the same",
    hook: "sleep 1",
    at: "hook",
    lands: true,
  },
  { word: "push", title: "a push that the server lets go", hook: "sleep 1; exit 1", at: "hook" },
  { word: "fetch", title: "a fetch", at: "request" },
  { word: "fast-import", title: "the making of a commit", at: "start" },
];

/** A door to processes in which git is killed at this moment, so many times. */
function deadly({ word, hook, at }: Moment, times: number) {
  const left = { times };
  const stateDir = join(pods.folder, "pod-1");
  const reached = join(pods.folder, "reached");
  const script = join(pods.folder, "state.git/hooks/pre-receive");
  let asked = false;
  onRequest = () => {
    asked = true;
  };
  const door: Run = async (command) => {
    if (command.args[1] !== word || left.times === 0) return run(command);
    left.times -= 1;
    asked = false;
    rmSync(reached, { force: true });
    if (hook !== undefined) {
      writeFileSync(script, `#!/bin/sh\ntouch ${reached}\n${hook}\n`);
      chmodSync(script, 0o755);
    }
    const when = { request: () => asked, hook: () => existsSync(reached), start: () => true }[at];
    // What reads all its work from us ends soon: it waits for a pipe instead, until it is dead.
    const started = at === "start" ? run({ ...command, args: stalled(command.args) }) : run(command);
    await Promise.all([started.catch(() => undefined), kill(word, stateDir, when)]);
    if (hook !== undefined) rmSync(script);
    return started;
  };
  return { door, left };
}

/** The same git, which waits for something else to read first. */
function stalled(args: readonly string[]): readonly string[] {
  const pipe = join(pods.folder, "nobody-writes");
  if (!existsSync(pipe)) execFileSync("mkfifo", [pipe]);
  return [...args, `--import-marks=${pipe}`];
}

const image = (name: string) => `images/${name}.yaml`;

describe("git that is killed with SIGKILL in the middle of", () => {
  it.each(moments)(
    "$title, once: the run does it again, and what was recorded is there once",
    async (moment) => {
      const { door, left } = deadly(moment, 0);
      const pod = pods.pod({ run: door });
      await pod.pull();
      pod.write(image("before"), "name: before\n");
      await pod.push();
      left.times = 1;
      pod.write(image("api"), "name: api\n");
      await pod.pull();
      await pod.push();
      expect(left.times).toBe(0);
      expect(pods.pushed(image("api"))).toBe("name: api\n");
      expect(pods.pushed(image("before"))).toBe("name: before\n");
      const subjects = pods.git("log", "--format=%s", "main").trim().split("\n");
      expect(subjects).toEqual(["api: what is known of it", "before: what is known of it"]);
    },
  );

  it.each(moments)("$title, every time: the next run loses nothing of it or of others", async (moment) => {
    const { door, left } = deadly(moment, 0);
    const pod = pods.pod({ run: door });
    await pod.pull();
    left.times = 1_000;
    pod.write(image("api"), "name: api\n");
    const both = async () => {
      await pod.pull();
      await pod.push();
    };
    if (moment.lands === true) await both();
    else await expect(both()).rejects.toMatchObject({ exitStatus: 75 });
    expect(left.times).toBeLessThan(1_000);
    left.times = 0;
    await sleep(moment.hook === undefined ? 0 : 1_200);
    const other = pods.pod();
    await other.pull();
    other.write(image("web"), "name: web\n");
    await other.push();
    await both();
    expect(pods.pushed(image("api"))).toBe("name: api\n");
    expect(pods.pushed(image("web"))).toBe("name: web\n");
    expect(pod.read(image("web"))).toBe("name: web\n");
    expect(pods.git("log", "--format=%s", "main").trim().split("\n").toSorted()).toEqual([
      "api: what is known of it",
      "web: what is known of it",
    ]);
  });
});
