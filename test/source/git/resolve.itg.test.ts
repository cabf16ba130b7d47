import { once } from "node:events";
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Command, run } from "../../../src/run.ts";
import { createLister } from "../../../src/source/git/listing.ts";
import { createGitResolver, type GitDeps } from "../../../src/source/git/resolve.ts";
import { startGitServer } from "../git-server.ts";
import { gitSource, makeRepository, makeTempFolder, removeTempFolder } from "../repository.ts";

const login = { user: "bot", password: "s3cr3t-t0ken" };
const folder = makeTempFolder();
const repository = makeRepository(join(folder, "app.git"));
const first = repository.commit({ Dockerfile: "FROM scratch\n" });
repository.git("tag", "v1.0.0");
repository.git("tag", "--annotate", "--message=x", "v1.2.0");
repository.git("tag", "nightly");
repository.git("branch", "v2.0.0");
const second = repository.commit({ Dockerfile: "FROM scratch\nLABEL a=b\n" });
repository.git("branch", "both");
repository.git("tag", "both", first);
repository.git("update-ref", "refs/pull/7/head", first);
const server = await startGitServer({ root: folder });
const guarded = await startGitServer({ root: folder, login });

afterAll(async () => {
  await server.stop();
  await guarded.stop();
  removeTempFolder(folder);
});

/** The machine's own configuration and helpers are kept out, except where a test brings some. */
function makeDeps(variables: Record<string, string> = {}): GitDeps & { readonly commands: Command[] } {
  const commands: Command[] = [];
  return {
    commands,
    variables: { HOME: folder, ...variables },
    run: (command) => {
      commands.push(command);
      return run(command);
    },
  };
}

const source = (more: Parameters<typeof gitSource>[1] = {}) => gitSource(`${server.origin}/app.git`, more);

describe("a ref is resolved to the commit that git itself would take", () => {
  test.each([
    ["no ref is HEAD", undefined, second, undefined],
    ["a branch", "main", second, undefined],
    ["a tag", "v1.0.0", first, "1.0.0", true],
    ["an annotated tag is followed to its commit", "v1.2.0", first, "1.2.0", true],
    ["a tag that is no version names none", "nightly", first, undefined, true],
    ["a branch called like a version names none", "v2.0.0", first, undefined],
    ["a tag goes before a branch of the same name", "both", first, undefined, true],
    ["a full name picks the branch", "refs/heads/both", second, undefined],
    ["a ref that is neither branch nor tag", "refs/pull/7/head", first, undefined],
  ])("%s", async (_, ref, commit, version, onTag?: boolean) => {
    const facts = await createGitResolver(makeDeps())(source({ ref }));
    expect(facts).toEqual({ commit, version, ...(onTag ? { onTag } : {}) });
  });

  test("REF takes the place of the source's ref", async () => {
    const facts = await createGitResolver(makeDeps())(source({ ref: "main" }), { ref: "v1.0.0" });
    expect(facts).toEqual({ commit: first, version: "1.0.0", onTag: true });
  });
});

test("a full commit is taken as it is, without asking anybody", async () => {
  const deps = makeDeps();
  const ref = "0123456789ABCDEF0123456789abcdef01234567";
  const facts = await createGitResolver(deps)(source({ ref }));
  expect(facts).toEqual({ commit: ref.toLowerCase(), version: undefined });
  expect(deps.commands).toEqual([]);
});

test("the version of a full commit is looked up where it is wanted", async () => {
  const facts = await createGitResolver(makeDeps())(source({ ref: first }), { wantsVersion: true });
  expect(facts).toEqual({ commit: first, version: "1.2.0" });
});

test("a repository is listed once, however many images ask for however many refs", async () => {
  const deps = makeDeps();
  const resolve = createGitResolver(deps);
  await Promise.all(["main", "v1.0.0", "both", undefined].map((ref) => resolve(source({ ref }))));
  await resolve(source({ ref: "nightly", directory: "elsewhere" }));
  expect(deps.commands).toHaveLength(1);
});

describe("many repositories at a time", () => {
  const many = Array.from({ length: 40 }, (_, at) => join(folder, `many-${at}.git`));

  beforeAll(() => {
    repository.git("clone", "--quiet", "--bare", ".", many[0] ?? "");
    for (const dir of many.slice(1)) cpSync(many[0] ?? "", dir, { recursive: true });
    repository.git("push", "--quiet", "--force", many[17] ?? "", `${first}:refs/heads/main`);
    rmSync(many[23] ?? "", { recursive: true });
  });

  test("are asked by fewer processes, each of its own refs", async () => {
    const deps = makeDeps();
    const resolve = createGitResolver(deps);
    const found = await Promise.allSettled(many.map((dir) => resolve(gitSource(dir, { ref: "main" }))));
    const commits = found.map((one) => (one.status === "fulfilled" ? one.value.commit : one.reason));
    expect(commits[23]).toMatchObject({
      code: "source-invalid",
      message: expect.stringContaining("many-23"),
    });
    expect(commits.toSpliced(23, 1)).toEqual(
      many.toSpliced(23, 1).map((dir) => (dir === many[17] ? first : second)),
    );
    expect(deps.commands.length).toBeLessThan(many.length / 2);
  });

  test("of this machine leave it its processors; those of others, which take time alone, do not wait for it", async () => {
    const mostAtOnce = async (urls: readonly string[]) => {
      let [now, most] = [0, 0];
      const counted: GitDeps = {
        ...makeDeps(),
        run: (command) => {
          now += 1;
          most = Math.max(most, now);
          return run(command).finally(() => {
            now -= 1;
          });
        },
      };
      const resolve = createGitResolver(counted);
      await Promise.allSettled(urls.map((url) => resolve(gitSource(url, { ref: "main" }))));
      return most;
    };
    expect(await mostAtOnce(many)).toBeLessThanOrEqual(2 * availableParallelism());
    expect(await mostAtOnce(many.map((_, at) => `${server.origin}/many-${at}.git`))).toBe(16);
  });

  test("with different logins share no process", async () => {
    const deps = makeDeps({ ONE: login.password, OTHER: "wrong" });
    const resolve = createGitResolver(deps);
    const asked = Array.from({ length: 40 }, (_, at) => {
      const credentials = {
        kind: "variable",
        name: at % 2 === 0 ? "ONE" : "OTHER",
        user: login.user,
      } as const;
      return resolve(
        gitSource(`${guarded.origin}/many-${at === 23 ? 21 : at}.git`, { ref: "main", credentials }),
      );
    });
    const found = await Promise.allSettled(asked);
    expect(found.map(({ status }) => status)).toEqual(
      found.map((_, at) => (at % 2 === 0 ? "fulfilled" : "rejected")),
    );
    const shells = deps.commands.filter(({ tool }) => tool === "sh");
    expect(shells.length).toBeGreaterThan(0);
    for (const { args, env } of shells) {
      const urls = args.filter((word) => word.includes("many-"));
      const even = env?.["FACTORY_GIT_PASSWORD"] === login.password;
      expect(urls.map((url) => Number(/many-(\d+)/.exec(url)?.[1]) % 2)).toEqual(
        urls.map(() => (even ? 0 : 1)),
      );
    }
  });

  test("are no words of the shell that asks, whatever they are called", async () => {
    const trace = join(folder, "obeyed-by-a-shell");
    const odd = [`$(touch ${trace})`, `\`touch ${trace}\``, `; touch ${trace} #`, "' \" $@ *"].map(
      (name, at) => join(folder, `odd-${at}`, name.replaceAll("/", "\\"), "app.git"),
    );
    for (const dir of odd) cpSync(many[17] ?? "", dir, { recursive: true });
    const deps = makeDeps();
    const resolve = createGitResolver(deps);
    const all = [...many.toSpliced(23, 1), ...odd];
    const found = await Promise.all(all.map((dir) => resolve(gitSource(dir, { ref: "main" }))));
    expect(found.slice(-odd.length).map(({ commit }) => commit)).toEqual(odd.map(() => first));
    expect(deps.commands.some(({ args }) => args.some((word) => odd.includes(word)))).toBe(true);
    expect(readdirSync(folder)).not.toContain("obeyed-by-a-shell");
    expect(readdirSync("/").filter((name) => name.includes("obeyed-by-a-shell"))).toEqual([]);
  });

  test("are answered as they are listed; what their shell did not come to is asked for alone", async () => {
    const deps = makeDeps();
    const endShells: (() => void)[] = [];
    const slow: GitDeps = {
      ...deps,
      run: async (command) => {
        if (command.tool !== "sh") return deps.run(command);
        for (const line of [`${first}\trefs/heads/main`, "", `${String(command.input).trim()} 0`])
          command.onLine?.(line);
        await new Promise<void>((resolve) => endShells.push(resolve));
        throw new Error("the shell was ended");
      },
    };
    const resolve = createGitResolver(slow);
    const answered: string[] = [];
    const all = many.toSpliced(23, 1).map(async (dir) => {
      const { commit } = await resolve(gitSource(dir, { ref: "main" }));
      answered.push(commit);
      return commit;
    });
    await vi.waitFor(() => expect(answered.length).toBeGreaterThan(0));
    expect(answered).toEqual(endShells.map(() => first));
    await vi.waitFor(() => {
      for (const end of endShells) end();
      expect(answered).toHaveLength(all.length);
    }, 20_000);
    expect((await Promise.all(all)).filter((commit) => commit === second).length).toBeGreaterThan(0);
  });

  test("are asked one by one where there is no shell for them", async () => {
    const deps = makeDeps();
    const without: GitDeps = {
      ...deps,
      run: (command) => deps.run(command.tool === "sh" ? { ...command, tool: "no-such-shell" } : command),
    };
    const resolve = createGitResolver(without);
    const found = await Promise.all(
      many.toSpliced(23, 1).map((dir) => resolve(gitSource(dir, { ref: "v1.0.0" }))),
    );
    expect(found.map(({ commit }) => commit)).toEqual(found.map(() => first));
  });
});

describe("a repository that was begun ahead", () => {
  test("answers the first who asks; who asks later is told what came since", async () => {
    const dir = join(folder, "ahead.git");
    repository.git("clone", "--quiet", "--bare", ".", dir);
    const deps = makeDeps();
    const ended: Promise<unknown>[] = [];
    const run: GitDeps["run"] = (command) => {
      const finished = deps.run(command);
      ended.push(finished);
      return finished;
    };
    const lister = createLister({ ...deps, run });
    lister.ahead(gitSource(dir));
    lister.ahead(gitSource(dir));
    await vi.waitFor(() => expect(ended).toHaveLength(1));
    await Promise.all(ended);
    repository.git("push", "--quiet", "--force", dir, `${first}:refs/heads/main`);
    const commitNow = async () =>
      (await createGitResolver(deps, lister)(gitSource(dir, { ref: "main" }))).commit;
    expect(await commitNow()).toBe(second);
    expect(ended).toHaveLength(1);
    expect(await commitNow()).toBe(first);
  });

  test("tells who asks what went wrong, and the next asks again", async () => {
    const dir = join(folder, "comes-later.git");
    const deps = makeDeps();
    const lister = createLister(deps);
    const resolve = createGitResolver(deps, lister);
    lister.ahead(gitSource(dir));
    lister.ahead(gitSource("ext::sh -c true"));
    await expect(resolve(gitSource(dir))).rejects.toMatchObject({ code: "source-invalid" });
    await expect(lister.list(gitSource("ext::sh -c true"))).rejects.toMatchObject({
      code: "source-invalid",
    });
    repository.git("clone", "--quiet", "--bare", ".", dir);
    expect((await resolve(gitSource(dir))).commit).toBe(second);
  });

  test("is asked no more once the command ends", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const connected = once(silent, "connection") as Promise<[Socket]>;
    const lister = createLister(makeDeps());
    lister.ahead(gitSource(`http://127.0.0.1:${port}/silent.git`));
    const [socket] = await connected;
    const left = once(socket.resume(), "close");
    await lister.close();
    await left;
    silent.close();
  });
});

test("a missing ref names the one that comes nearest", async () => {
  await expect(createGitResolver(makeDeps())(source({ ref: "v1.0.1" }))).rejects.toMatchObject({
    code: "source-ref-missing",
    message: expect.stringContaining('no branch or tag "v1.0.1"'),
    hint: expect.stringContaining("v1.0.0"),
  });
});

test("an empty repository has no HEAD to build", async () => {
  makeRepository(join(folder, "empty"));
  await expect(createGitResolver(makeDeps())(gitSource(join(folder, "empty")))).rejects.toMatchObject({
    code: "source-ref-missing",
  });
});

describe("what went wrong decides the exit status", () => {
  test("nobody listens: another try can cure it", async () => {
    const closed = await startGitServer({ root: folder });
    await closed.stop();
    await expect(createGitResolver(makeDeps())(gitSource(`${closed.origin}/app.git`))).rejects.toMatchObject({
      code: "source-unavailable",
      exitStatus: 75,
    });
  });

  test("a server's own fault: another try can cure it, and the next try asks again", async () => {
    let broken = true;
    const flaky = await startGitServer({
      root: folder,
      answer: () => (broken ? { status: 503 } : undefined),
    });
    const resolve = createGitResolver(makeDeps());
    const flakySource = gitSource(`${flaky.origin}/app.git`);
    await expect(resolve(flakySource)).rejects.toMatchObject({ code: "source-unavailable" });
    broken = false;
    expect((await resolve(flakySource)).commit).toBe(second);
    await flaky.stop();
  });

  test.each(["/nowhere.git", "http"])("no such repository (%s): images.yaml is wrong", async (where) => {
    const url = where === "http" ? `${server.origin}/nowhere.git` : join(folder, where);
    await expect(createGitResolver(makeDeps())(gitSource(url))).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringContaining(url),
    });
  });
});

describe("credentials", () => {
  const guardedSource = (credentials: Parameters<typeof gitSource>[1]) =>
    gitSource(`${guarded.origin}/app.git`, credentials);
  const byVariable = guardedSource({
    credentials: { kind: "variable", name: "BOT_TOKEN", user: login.user },
  });

  test("a token comes from the variable that the source names, and shows in no command line", async () => {
    const deps = makeDeps({ BOT_TOKEN: login.password });
    expect((await createGitResolver(deps)(byVariable)).commit).toBe(second);
    expect(JSON.stringify(deps.commands.map(({ tool, args }) => [tool, args]))).not.toContain(login.password);
    expect(guarded.requests.at(-1)).toContain(" as bot");
  });

  test("a token comes from a file, whose last line break is not part of it", async () => {
    const path = join(folder, "token");
    writeFileSync(path, `${login.password}\n`, { mode: 0o600 });
    const byFile = guardedSource({ credentials: { kind: "file", path, user: login.user } });
    expect((await createGitResolver(makeDeps())(byFile)).commit).toBe(second);
  });

  test("without credentials the machine's own helper is asked", async () => {
    const home = join(folder, "home");
    makeRepository(home);
    const helper = `!printf 'username=${login.user}\\npassword=${login.password}\\n'`;
    writeFileSync(
      join(home, ".gitconfig"),
      `[credential]\n\thelper = "${helper.replaceAll("\\", "\\\\")}"\n`,
    );
    expect((await createGitResolver(makeDeps({ HOME: home }))(guardedSource({}))).commit).toBe(second);
  });

  test.each([
    ["none at all", {}, guardedSource({})],
    ["a wrong token", { BOT_TOKEN: "wrong" }, byVariable],
    ["a variable that is not set", {}, byVariable],
    ["a token with a line break", { BOT_TOKEN: "a\nb" }, byVariable],
    [
      "a file that is not there",
      {},
      guardedSource({ credentials: { kind: "file", path: "/nope", user: "bot" } }),
    ],
  ])("%s is told apart from a server that is away", async (_, variables, badSource) => {
    const failure = createGitResolver(makeDeps(variables))(badSource);
    await expect(failure).rejects.toMatchObject({ code: "credentials-invalid", exitStatus: 78 });
    await expect(failure).rejects.not.toThrow(/wrong|a\nb/);
  });

  test("a redirect to another server is not followed with the token", async () => {
    const thief = await startGitServer({ root: folder, login });
    const redirecting = await startGitServer({
      root: folder,
      answer: (path) => ({ status: 302, headers: { Location: `${thief.origin}${path}` } }),
    });
    const deps = makeDeps({ BOT_TOKEN: login.password });
    const redirected = gitSource(`${redirecting.origin}/app.git`, { credentials: byVariable.credentials });
    await expect(createGitResolver(deps)(redirected)).rejects.toMatchObject({ code: "credentials-invalid" });
    expect(thief.requests.length).toBeGreaterThan(0);
    expect(thief.requests.join()).not.toContain(" as ");
    await redirecting.stop();
    await thief.stop();
  });
});
