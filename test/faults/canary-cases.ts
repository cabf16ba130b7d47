import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { embeddedRegistryStatus } from "../../src/registry/embedded/daemon.ts";
import { makeWorld } from "../end-to-end/world.ts";
import { canariesBelow, canariesIn } from "./canary-search.ts";
import type { CanaryWorld, Watched } from "./canary-world.ts";
import type { TitledCase } from "./run-titled.ts";

/** A run that could give secrets away: it tells where it did, and whether it ended as it was meant to. */
type CanaryCase = TitledCase<CanaryWorld>;

const how = "search";

/** One command in circumstances of its own; everything is searched after it. */
function command(
  title: string,
  expected: Expected,
  arrange: (canary: CanaryWorld) => Promise<void>,
  words: readonly [string, ...string[]] = ["build", "IMAGE=app"],
): CanaryCase {
  return {
    title,
    how,
    run: async (canary) => {
      canary.proxy.begin();
      await arrange(canary);
      const watched = await canary.run(...words);
      canary.proxy.begin();
      canary.answer(undefined);
      await canary.enrol();
      return [...unexpected(watched, expected), ...watched.defects, ...(await canary.search())];
    },
  };
}

/** How a run is meant to end, so that it is known to have come as far as it should. */
interface Expected {
  readonly code: number;
  readonly says: RegExp;
}

function unexpected(
  { ended: { status, stdout, stderr }, seen }: Watched,
  { code, says }: Expected,
): readonly string[] {
  return [
    ...(status === code && says.test(stdout + stderr) ? [] : [`exit ${status}: ${stderr.slice(-400)}`]),
    ...(seen === 0 ? ["no process was seen"] : []),
  ];
}

const published: Expected = { code: 0, says: /"kind": "published"|: published sha256:/ };

/** The cases that `npm test` runs too. */
export const firstCases: readonly CanaryCase[] = [
  command("a build with --json", published, ({ change }) => change(), ["build", "IMAGE=app", "--json"]),
  command(
    "a step that fails and prints its secrets",
    { code: 65, says: /app linux\/\w+: building at STEP/ },
    ({ change }) => change(true),
  ),
];

const forGood = (kind: string, fault: "500" | "401") => async (canary: CanaryWorld) => {
  await canary.change();
  canary.proxy.begin({ kind, nth: 1, fault, forGood: true });
};

/** Killed, a run leaves what it had in memory until the next one begins. */
const killed: CanaryCase = {
  title: "a build that is killed, and the one after it",
  how,
  run: async (canary) => {
    await canary.change();
    const started = canary.world.start("build", "IMAGE=app");
    canary.proxy.begin(undefined, (_, { kind }) => {
      if (kind === "buildah PATCH upload" || kind === "buildah PUT upload") started.kill("SIGKILL");
    });
    const first = await canary.watch(started);
    const left = (await canary.search()).filter((text) => !text.includes(" in /dev/shm/"));
    canary.proxy.begin();
    const second = await canary.run("build", "IMAGE=app");
    return [
      ...(first.ended.status === null ? [] : ["the build was not killed"]),
      ...first.defects,
      ...left,
      ...unexpected(second, published),
      ...second.defects,
      ...(await canary.search()),
    ];
  },
};

/** The embedded registry's password is in its auth file, and nowhere else. */
const embedded: CanaryCase = {
  title: "the embedded registry's own password",
  how,
  run: async () => {
    const world = await makeWorld();
    try {
      await world.write("app/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
      await world.write("images.yaml", "- {name: app, source: {folder: app}, scan: {os: none}}\n");
      const ended = await world.run("build", "IMAGE=app", "--json");
      const auth = join(world.workDir, "auth.json");
      const { address = "" } = await embeddedRegistryStatus(world.workDir);
      const file = JSON.parse(await readFile(auth, "utf8")) as { auths: Record<string, { auth: string }> };
      const [, password = ""] = Buffer.from(file.auths[address]?.auth ?? "", "base64")
        .toString()
        .split(":");
      const canaries = { embedded: password };
      return [
        ...(ended.status === 0 && password !== ""
          ? []
          : [`exit ${ended.status}: ${ended.stderr.slice(-400)}`]),
        ...canariesIn(Buffer.from(ended.stdout + ended.stderr), canaries),
        ...(await canariesBelow(world.dir, canaries, [auth])),
      ];
    } finally {
      await world.end();
    }
  },
};

const nothing = async () => undefined;

export const canaryCases: readonly CanaryCase[] = [
  ...firstCases,
  killed,
  command(
    "a registry that refuses to store",
    { code: 75, says: /PUT \S+ answered 500/ },
    forGood("factory PUT manifest by tag", "500"),
  ),
  command(
    "a registry that refuses buildah's upload",
    { code: 75, says: /buildah exited with 125/ },
    forGood("buildah POST upload", "500"),
  ),
  command(
    "a registry that takes the password no more",
    { code: 78, says: /answered 401/ },
    forGood("factory PUT manifest by tag", "401"),
  ),
  command("a git server that forbids", { code: 78, says: /app: https:.* 403/ }, async ({ answer }) =>
    answer(403),
  ),
  command("a git server that fails", { code: 75, says: /app: https:.* 50/ }, async ({ answer }) =>
    answer(503),
  ),
  command("a git server behind a proxy that is down", { code: 75, says: /git\.invalid/ }, ({ enrol }) =>
    enrol('{git: {url: "https://git.invalid/team/app.git", credentials: {variable: CANARY_TOKEN}}}'),
  ),
  command("a base behind a proxy that is down", { code: 75, says: /registry\.invalid/ }, async (canary) => {
    await canary.world.write("folder/Dockerfile", "FROM registry.invalid/team/base:1\n");
    await canary.enrol("{folder: folder}");
  }),
  command("a scan", { code: 0, says: /app/ }, nothing, ["scan", "IMAGE=app", "--json"]),
  command("a plan", { code: 0, says: /app/ }, nothing, ["plan", "--json"]),
  command("a status", { code: 0, says: /app/ }, nothing, ["status"]),
  command("a history", { code: 0, says: /sha256/ }, nothing, ["history", "IMAGE=app", "--json"]),
  command("the doctor", { code: 0, says: /buildah/ }, nothing, ["doctor"]),
  embedded,
];
