// npm run test:fresh [SUITE=<suite>] [RUN=<command>]: runs a command in a Debian that has Node and npm alone.
// needs: git mmdebstrap
import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { $ } from "zx";
import { main } from "../src/command/main.ts";
import { textWord } from "../src/command/options.ts";
import { FactoryError } from "../src/errors.ts";
import { childEnvironment } from "../src/run.ts";
import { runInForeground } from "../src/run-in-foreground.ts";
import { ownRoot } from "../src/setup/needs.ts";

const spec = {
  command: "test:fresh",
  summary:
    "Shows that the two commands of the README work on a machine with Node and npm alone: makes a Debian root, clones the last commit into it and runs a command there, twice.",
  words: {
    SUITE: textWord("<suite>", "Debian release. Default: trixie, whose Node is 20."),
    RUN: textWord("<command>", 'What npm runs. Default: "build IMAGE=hello".'),
  },
  flags: { keep: { description: "Keeps the root, and prints where it is." } },
  examples: ["npm run test:fresh", 'npm run test:fresh RUN="doctor" -- --keep'],
};

await main(spec, async ({ words, flags }, { log, print }) => {
  if (process.getuid?.() !== 0)
    throw new FactoryError("machine-lacks", "a root file system can only be entered as root");
  const suite = words.SUITE ?? "trixie";
  await mkdir(join(ownRoot, ".factory"), { recursive: true });
  const root = await mkdtemp(join(ownRoot, ".factory/fresh-"));
  const say = (text: string) => log({ kind: "note", text });
  try {
    say(`${suite}: making a system of nodejs and npm in ${root}`);
    await $({
      quiet: true,
    })`mmdebstrap --quiet --variant=minbase --include=nodejs,npm,ca-certificates ${suite} ${root}`;
    await carryIn(root);
    await $({ quiet: true })`git clone --quiet --no-local ${ownRoot} ${join(root, "root/image-factory")}`;
    const command = words.RUN ?? "build IMAGE=hello";
    say(`npm run ${command}, twice`);
    const status = await enter(root, twice(command));
    if (status !== 0)
      throw new FactoryError("build-failed", `npm run ${command} ended with ${status} on a fresh ${suite}`);
    return 0;
  } finally {
    if (flags.keep) print(root);
    else await rm(root, { recursive: true, force: true });
  }
});

/** A shell script: what the first run started, a registry for one, is there for the second. */
function twice(command: string): string {
  return [
    "cd /root/image-factory",
    "for time in first second; do",
    "  start=$(date +%s)",
    `  npm run ${command} || exit`,
    '  echo "$time time: $(($(date +%s) - start)) s" >&2',
    "done",
  ].join("\n");
}

/** How this machine reaches package archives: nothing of that is in the repository, and a bare machine has its own. */
async function carryIn(root: string): Promise<void> {
  for (const folder of ["etc/apt/apt.conf.d", "usr/local/share/ca-certificates"]) {
    await mkdir(join(root, folder), { recursive: true });
    for (const file of await filesIn(`/${folder}`))
      await copyFile(join("/", folder, file), join(root, folder, file));
  }
  await copyFile("/etc/resolv.conf", join(root, "etc/resolv.conf"));
  await $({ quiet: true })`chroot ${root} update-ca-certificates`;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // docker-clean and its like are the habits of an image, not the way to an archive.
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("docker"))
    .map(({ name }) => name);
}

/** Runs a shell script in the root with processes and mounts of its own: what it leaves behind ends with it. */
async function enter(root: string, script: string): Promise<number> {
  const inside = [
    `mount -t proc proc ${root}/proc`,
    `mount --rbind /sys ${root}/sys`,
    `mount --rbind /dev ${root}/dev`,
    `mount -t tmpfs tmpfs ${root}/run`,
    `exec chroot ${root} env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" sh -c "$SCRIPT"`,
  ];
  const { stdout: cafile } = await $({ quiet: true, nothrow: true })`npm config get cafile`;
  const toRegistries = [
    ...Object.entries(childEnvironment())
      .filter(([name]) => /proxy$/i.test(name))
      .map(([name, value]) => `${name}=${value}`),
    ...(cafile.trim() === "null" || cafile.trim() === "" ? [] : [`npm_config_cafile=${cafile.trim()}`]),
    ...(process.env["NODE_EXTRA_CA_CERTS"] === undefined
      ? []
      : [`NODE_EXTRA_CA_CERTS=${process.env["NODE_EXTRA_CA_CERTS"]}`]),
  ];
  return runInForeground({
    tool: "unshare",
    args: [
      "--mount",
      "--pid",
      "--fork",
      "--kill-child",
      "sh",
      "-euc",
      inside.join("\n"),
      "sh",
      ...toRegistries,
    ],
    env: { SCRIPT: script },
  });
}
