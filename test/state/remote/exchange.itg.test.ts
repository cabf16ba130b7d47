import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sealed, unsealed } from "../../../src/kept.ts";
import { makePods, type Pods } from "./pods.ts";

let pods: Pods;
/** Answered in git's place, to the request whose path has this in it, as often as `times` says. */
let fault: { readonly at: string; times: number; readonly status: number } | undefined;
/** Called after each request was answered. */
let onRequest: (path: string) => void;
beforeEach(async () => {
  fault = undefined;
  onRequest = () => undefined;
  pods = await makePods({
    answer: (path) => {
      onRequest(path);
      if (fault === undefined || fault.times === 0 || !path.includes(fault.at)) return undefined;
      fault.times -= 1;
      return { status: fault.status };
    },
  });
});
afterEach(() => pods.end());

const commits = () => pods.git("log", "--format=%s", "main").trim().split("\n");
const image = (name: string) => `images/${name}.yaml`;

describe("a state folder and its repository", () => {
  it("begin with an empty repository, and what one pod writes is what the next begins with", async () => {
    const first = pods.pod();
    await first.pull();
    first.write(image("api"), "name: api\nfactory:\n  hold:\n    why: x\n    at: 2026-11-21T00:00:00Z\n");
    first.write("receipts/api/t.json", "{}");
    await first.push();
    expect(commits()).toEqual(["2 changes"]);
    expect(pods.git("log", "-1", "--format=%b", "main").trim()).toBe("api: held: x\napi: a receipt is owed");
    const second = pods.pod();
    await second.pull();
    expect(second.read(image("api"))).toBe(first.read(image("api")));
    second.remove("receipts/api/t.json");
    await second.push();
    expect(commits()[0]).toBe("api: its receipt is written");
    await first.pull();
    expect(existsSync(join(first.stateDir, "receipts/api/t.json"))).toBe(false);
  });

  it("speak no word where nothing was written", async () => {
    const pod = pods.pod();
    await pod.pull();
    const before = pods.server.requests.length;
    await pod.push();
    expect(pods.server.requests.length).toBe(before);
  });

  it("keep whatever else lies there as it is: programs, links, line ends, other folders", async () => {
    const pod = pods.pod();
    await pod.pull();
    pod.write(image("api"), "name: api\n");
    await pod.push();
    const clone = join(pods.folder, "clone");
    pods.git("clone", "--quiet", join(pods.folder, "state.git"), clone);
    writeFileSync(join(clone, "images.yaml"), "- name: api\r\n");
    writeFileSync(join(clone, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(join(clone, "bytes"), Buffer.from([0, 255, 254, 10]));
    writeFileSync(join(clone, ".gitattributes"), "* text eol=lf\n");
    const git = (...args: string[]) =>
      pods.git("--git-dir", join(clone, ".git"), "--work-tree", clone, ...args);
    git("add", "--all");
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message=more");
    git("push", "--quiet", "origin", "main");
    await pod.pull();
    expect(pod.read("bytes").length).toBe(4);
    expect(pods.git("ls-tree", "main", "run.sh")).toMatch(/^100755/);
    pod.write(image("web"), "name: web\n");
    await pod.push();
    expect(pods.git("diff", "--name-only", "main~1", "main").trim()).toBe("images/web.yaml");
  });

  it("lose nothing when many pods write different images at the same time", async () => {
    const names = Array.from({ length: 4 }, (_, index) => `image-${index}`);
    await Promise.all(
      names.map(async (name) => {
        const pod = pods.pod();
        await pod.pull();
        pod.write(image(name), `name: ${name}\n`);
        await pod.push();
        pod.write(image(`${name}-b`), `name: ${name}-b\n`);
        await pod.push();
      }),
    );
    const listed = pods.git("ls-tree", "--name-only", "main:images").trim().split("\n");
    expect(listed.sort()).toEqual(names.flatMap((name) => [`${name}-b.yaml`, `${name}.yaml`]).sort());
    expect(commits().length).toBe(8);
  });

  it("are one commit for all who ask at the same time in one process", async () => {
    const pod = pods.pod();
    await pod.pull();
    const names = ["a", "b", "c", "d"];
    for (const name of names) pod.write(image(name), `name: ${name}\n`);
    const busy = pod.ask({ of: { image: "none" }, pulls: true, pushes: false });
    await Promise.all(names.map((name) => pod.ask({ of: { image: name }, pulls: false, pushes: true })));
    await busy;
    expect(commits()).toEqual(["4 changes"]);
  });

  it("push what one caller has written and leave what another one is writing", async () => {
    const pod = pods.pod();
    await pod.pull();
    pod.write(image("api"), "name: api\n");
    pod.write(image("web"), "name: web\n");
    await pod.ask({ of: { image: "api" }, pulls: false, pushes: true });
    expect(pods.git("ls-tree", "--name-only", "main:images").trim()).toBe("api.yaml");
  });
});

describe("a push", () => {
  it("that comes too late is put on top of what came before it, field by field", async () => {
    const [one, two] = [pods.pod(), pods.pod()];
    await one.pull();
    one.write(image("api"), "name: api # by hand\n");
    await one.push();
    await two.pull();
    const at = "at: 2026-11-21T00:00:00Z";
    one.write(image("api"), `name: api # by hand\nfactory:\n  hold:\n    why: one\n    ${at}\n`);
    await one.push();
    two.write(
      image("api"),
      "name: api # by hand\nfactory:\n  publishing:\n    - digest: sha256:" +
        `${"a".repeat(64)}\n      uniqueTag: t\n      ${at}\n`,
    );
    await two.push();
    const text = pods.pushed(image("api"));
    expect(text).toContain("# by hand");
    expect(text).toContain("why: one");
    expect(text).toContain("uniqueTag: t");
    expect(two.read(image("api"))).toBe(text);
  });

  it("whose answer is lost is found to be done, and is not done twice", async () => {
    const pod = pods.pod();
    await pod.pull();
    // The server does the work; the client is told that the gateway gave up.
    const lost = await makePods({ loseAnswer: (path) => path.endsWith("git-receive-pack") });
    try {
      const other = lost.pod();
      await other.pull();
      other.write(image("api"), "name: api\n");
      await other.push();
      expect(lost.git("log", "--format=%s", "main").trim()).toBe("api: what is known of it");
    } finally {
      await lost.end();
    }
  });

  it("waits out a server that is away for a moment, and says where it stays away", async () => {
    const pod = pods.pod();
    await pod.pull();
    pod.write(image("api"), "name: api\n");
    fault = { at: "git-receive-pack", times: 2, status: 503 };
    await pod.push();
    expect(commits().length).toBe(1);
    pod.write(image("web"), "name: web\n");
    fault = { at: "state.git", times: 1_000, status: 503 };
    await expect(pod.push()).rejects.toMatchObject({
      code: "state-unavailable",
      message: expect.stringContaining("state.git does not answer"),
    });
    fault = undefined;
    // What could not be pushed is pushed by whoever comes next.
    await pod.push();
    expect(pods.pushed(image("web"))).toBe("name: web\n");
  });

  it("that the server's own rules refuse says so, and is not repeated", async () => {
    writeFileSync(join(pods.folder, "state.git/hooks/pre-receive"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const pod = pods.pod();
    await pod.pull();
    pod.write(image("api"), "name: api\n");
    const before = pods.server.requests.length;
    await expect(pod.push()).rejects.toMatchObject({ code: "credentials-invalid" });
    expect(pods.server.requests.slice(before).filter((line) => line.startsWith("POST")).length).toBeLessThan(
      4,
    );
  });

  it("has its token from a variable, and from nowhere else", async () => {
    const guarded = await makePods({ login: { user: "factory", password: "s3cret" } });
    try {
      await expect(guarded.pod().pull()).rejects.toMatchObject({ code: "credentials-invalid" });
      const pod = guarded.pod({ variables: { TOKEN: "s3cret" } });
      await pod.pull();
      pod.write(image("api"), "name: api\n");
      await pod.push();
      expect(guarded.pushed(image("api"))).toBe("name: api\n");
    } finally {
      await guarded.end();
    }
  });
});

describe("a branch", () => {
  it("that is missing beside others is refused: to begin it anew would forget every image", async () => {
    const pod = pods.pod();
    await pod.pull();
    pod.write(image("api"), "name: api\n");
    await pod.push();
    await expect(pods.pod({ branch: "mian" }).pull()).rejects.toMatchObject({
      code: "settings-invalid",
      message: expect.stringContaining("has no branch mian; it has main"),
    });
    pods.git("branch", "--move", "main", "other");
    await expect(pod.pull()).rejects.toMatchObject({ code: "settings-invalid" });
    expect(pod.read(image("api"))).toBe("name: api\n");
  });

  it("whose repository was emptied is filled again with what is here", async () => {
    const pod = pods.pod();
    await pod.pull();
    pod.write(image("api"), "name: api\n");
    await pod.push();
    pods.git("update-ref", "-d", "refs/heads/main");
    await pod.pull();
    expect(pod.read(image("api"))).toBe("name: api\n");
    await pod.push();
    expect(pods.pushed(image("api"))).toBe("name: api\n");
  });

  it("that somebody rewrote is what is there now, and what was not pushed yet goes on top", async () => {
    const [pod, other] = [pods.pod(), pods.pod()];
    await pod.pull();
    pod.write(image("api"), "name: api\n");
    await pod.push();
    const first = pods.git("rev-parse", "main").trim();
    pod.write(image("web"), "name: web\n");
    await pod.push();
    await other.pull();
    const tree = pods.git("rev-parse", `${first}^{tree}`).trim();
    const rewritten = pods
      .git("-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", tree, "-m", "rewritten")
      .trim();
    pods.git("update-ref", "refs/heads/main", rewritten);
    other.write(image("new"), "name: new\n");
    await other.push();
    expect(pods.git("ls-tree", "--name-only", "main:images").trim().split("\n")).toEqual([
      "api.yaml",
      "new.yaml",
    ]);
    expect(existsSync(join(other.stateDir, image("web")))).toBe(false);
  });
});

describe("a state folder", () => {
  it("that was there before goes to the repository, and what both have becomes one", async () => {
    const first = pods.pod();
    await first.pull();
    first.write(image("api"), "name: api\nfactory:\n  hold:\n    why: x\n    at: 2026-11-21T00:00:00Z\n");
    await first.push();
    const older = pods.pod();
    older.write(image("api"), "name: api\n");
    older.write(image("web"), "name: web\n");
    await older.pull();
    await older.push();
    expect(pods.pushed(image("api"))).toContain("why: x");
    expect(pods.pushed(image("web"))).toBe("name: web\n");
  });

  it("of another repository is refused", async () => {
    const pod = pods.pod();
    await pod.pull();
    pod.write(image("api"), "name: api\n");
    await pod.push();
    const known = join(pod.stateDir, ".repository/known.json");
    const before = unsealed(pod.read(".repository/known.json")) as object;
    writeFileSync(known, sealed({ ...before, url: "https://git.example.org/other.git" }));
    await expect(pod.pull()).rejects.toMatchObject({ code: "settings-invalid" });
  });

  it("heals what a killed git has left, and what a disk has lost", async () => {
    const pod = pods.pod();
    await pod.pull();
    pod.write(image("api"), "name: api\n");
    await pod.push();
    const git = join(pod.stateDir, ".repository/git");
    writeFileSync(join(git, "shallow.lock"), "");
    writeFileSync(join(pod.stateDir, ".repository/index.lock"), "");
    await pods.pod().pull();
    pod.write(image("web"), "name: web\n");
    await pod.push();
    writeFileSync(join(git, "HEAD"), "nonsense");
    pod.write(image("db"), "name: db\n");
    await pod.push();
    writeFileSync(join(pod.stateDir, ".repository/known.json"), "{");
    pod.write(image("cache"), "name: cache\n");
    await pod.pull();
    await pod.push();
    expect(pods.git("ls-tree", "--name-only", "main:images").trim().split("\n").length).toBe(4);
  });

  it("leaves an image alone on which somebody else works there", async () => {
    const [one, two] = [pods.pod(), pods.pod()];
    await one.pull();
    one.write(image("api"), "name: api\n");
    one.write(image("web"), "name: web\n");
    await one.push();
    await two.pull();
    one.write(image("api"), "name: api\nnote: new\n");
    one.write(image("web"), "name: web\nnote: new\n");
    await one.push();
    const { holdLock, sharedLock } = await import("../../../src/state/lock.ts");
    await sharedLock(two.stateDir, "x");
    const { imageLock } = await import("../../../src/state/shared-state.ts");
    const release = await holdLock(imageLock(two.stateDir, "api"), {});
    await two.pull();
    expect(two.read(image("api"))).toBe("name: api\n");
    expect(two.read(image("web"))).toContain("note: new");
    release();
    await two.pull();
    expect(two.read(image("api"))).toContain("note: new");
  });
});
