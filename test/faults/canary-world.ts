import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { hostPlatform } from "../../src/platform.ts";
import { type Ended, makeWorld, type World } from "../end-to-end/world.ts";
import { startRegistry } from "../registry/real-registry.ts";
import { startGitServer } from "../source/git-server.ts";
import { makeRepository } from "../source/repository.ts";
import { watchProcesses } from "./canary-processes.ts";
import { type Canaries, canariesBelow, canariesIn } from "./canary-search.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { startTlsFront } from "./tls-front.ts";

/** A factory all of whose secrets are canaries, and one image that is built with them. */
export interface CanaryWorld {
  readonly world: World;
  readonly proxy: FaultProxy;
  readonly canaries: Canaries;
  /** Makes the next build a new one; its last step fails if `fails`. */
  readonly change: (fails?: boolean) => Promise<void>;
  /** What the git server answers from now on in place of git. */
  readonly answer: (status: number | undefined) => void;
  /** Enrols another source in place of the world's own. */
  readonly enrol: (source?: string) => Promise<void>;
  /** Runs a command and tells which canaries it, its children or its output gave away, and how many processes there were. */
  readonly run: (command: string, ...words: readonly string[]) => Promise<Watched>;
  readonly watch: (started: ReturnType<World["start"]>) => Promise<Watched>;
  /** Where files hold a canary that are not meant to: everything that the factory, the registry or a tool wrote. */
  readonly search: () => Promise<readonly string[]>;
  readonly end: () => Promise<void>;
}

export interface Watched {
  readonly ended: Ended;
  readonly seen: number;
  readonly defects: readonly string[];
}

const busybox = "/usr/bin/busybox";

/** Prints all that a step can see of itself and of other processes. */
const showAll =
  "env; cat /proc/self/environ /proc/1/environ; for at in /proc/[0-9]*; do cat $at/cmdline $at/environ; done; cat /proc/mounts; ls -R /run /tmp; true";

export async function makeCanaryWorld(): Promise<CanaryWorld> {
  const random = () => randomBytes(15).toString("hex");
  const canaries = {
    registry: `registry-${random()}`,
    token: `token-${random()}`,
    variable: `variable-${random()}`,
    file: `file-${random()}`,
    proxy: `proxy-${random()}`,
  };
  const registry = await startRegistry({ auth: { user: "robot", password: canaries.registry } });
  const proxy = await startFaultProxy(registry.address);
  const world = await makeWorld();
  let status: number | undefined;
  const git = await startGitServer({
    root: join(world.dir, "git"),
    login: { user: "x-access-token", password: canaries.token },
    answer: () => (status === undefined ? undefined : { status }),
  });
  const repository = makeRepository(join(world.dir, "git/app"));
  const front = await startTlsFront(join(world.dir, "git"), Number(new URL(git.origin).port));
  const [given, temporary, home] = ["given", "tmp", "home"].map((name) => join(world.dir, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(temporary);
  await mkdir(home);
  const auth = Buffer.from(`robot:${canaries.registry}`).toString("base64");
  await world.write("given/auth.json", JSON.stringify({ auths: { [proxy.address]: { auth } } }), 0o600);
  await world.write("given/secret", `${canaries.file}\n`, 0o600);
  const refusing = `http://team:${canaries.proxy}@127.0.0.1:9`;
  Object.assign(world.env, {
    FACTORY_REGISTRY: `${proxy.address}/team`,
    FACTORY_AUTH_FILE: join(given, "auth.json"),
    IMAGE_FACTORY_STATE_DIR: join(world.dir, "state"),
    TMPDIR: temporary,
    HOME: home,
    GIT_SSL_CAINFO: front.certificate,
    CANARY_TOKEN: canaries.token,
    CANARY_VARIABLE: canaries.variable,
    HTTP_PROXY: refusing,
    HTTPS_PROXY: refusing,
    NO_PROXY: "127.0.0.1,localhost",
  });
  let changes = 0;
  const change = async (fails = false) => {
    changes += 1;
    const mounts = "--mount=type=secret,id=variable --mount=type=secret,id=file";
    const step = (script: string) => JSON.stringify(["/bin/busybox", "sh", "-c", script]);
    repository.commit({
      busybox: await readFile(busybox),
      greeting: `change ${changes}\n`,
      Dockerfile: [
        "FROM scratch",
        "COPY --chmod=755 busybox /bin/busybox",
        "ENV PATH=/bin",
        `RUN ["/bin/busybox", "--install", "-s", "/bin"]`,
        "COPY greeting /",
        `RUN ${step(showAll)}`,
        `RUN ${mounts} ${step(`cat /run/secrets/variable /run/secrets/file; ${showAll}; exit ${fails ? 1 : 0}`)}`,
        "",
      ].join("\n"),
    });
  };
  const enrol = (
    source = `{git: {url: "${front.origin}/app/.git", credentials: {variable: CANARY_TOKEN}}}`,
  ) =>
    world.write(
      "images.yaml",
      `- name: app\n  source: ${source}\n  platforms: [${hostPlatform()}]\n  tags: [stable]\n  scan: {os: none}\n  secrets:\n    - {id: variable, env: CANARY_VARIABLE}\n    - {id: file, file: ${join(given, "secret")}}\n`,
    );
  await enrol();
  await change();
  const watch: CanaryWorld["watch"] = async (started) => {
    let isOver = false;
    const ending = started.ended.finally(() => {
      isOver = true;
    });
    const { defects, seen } = await watchProcesses(started.pid, canaries, () => isOver);
    const ended = await ending;
    const printed = (["stdout", "stderr"] as const).flatMap((stream) =>
      canariesIn(Buffer.from(ended[stream]), canaries).map((name) => `${name} in ${stream}`),
    );
    return { ended, seen, defects: [...defects, ...printed] };
  };
  return {
    world,
    proxy,
    canaries,
    change,
    enrol,
    watch,
    answer: (next) => {
      status = next;
    },
    run: (command, ...words) => watch(world.start(command, ...words)),
    search: async () => {
      const inMemory = (await readdir("/dev/shm").catch(() => [])).filter((name) =>
        name.startsWith("image-factory-"),
      );
      const places = [world.dir, registry.dir, ...inMemory.map((name) => join("/dev/shm", name))];
      const found = await Promise.all(places.map((place) => canariesBelow(place, canaries, [given])));
      return found.flat();
    },
    end: async () => {
      await front.stop();
      await git.stop();
      await proxy.stop();
      await world.end();
      await registry.stop();
    },
  };
}
