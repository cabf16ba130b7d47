import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mergeBaseRecord } from "../../../src/bases/merge-records.ts";
import { type Run, run as realRun } from "../../../src/run.ts";
import { parseGitUrl } from "../../../src/source/git/url.ts";
import { createExchange, type Request } from "../../../src/state/remote/exchange.ts";
import { mergeImage } from "../../../src/state/remote/merge-image.ts";
import { imageLock } from "../../../src/state/shared-state.ts";
import { type GitServer, type GitServerOptions, startGitServer } from "../../source/git-server.ts";
import { makeTempFolder, removeTempFolder } from "../../source/repository.ts";

/** A state folder of its own, as a fresh pod has one. */
export interface Pod {
  readonly stateDir: string;
  readonly ask: (request: Request) => Promise<void>;
  readonly pull: () => Promise<void>;
  readonly push: () => Promise<void>;
  readonly write: (path: string, text: string) => void;
  readonly read: (path: string) => string;
  readonly remove: (path: string) => void;
}

/** A bare repository behind git's own HTTP server, and pods whose state lies in it. */
export interface Pods {
  readonly folder: string;
  readonly server: GitServer;
  /** git in the bare repository. */
  readonly git: (...args: readonly string[]) => string;
  readonly pod: (more?: {
    readonly branch?: string;
    readonly variables?: Record<string, string>;
    readonly run?: Run;
  }) => Pod;
  /** What the branch has at a path. */
  readonly pushed: (path: string) => string;
  readonly end: () => Promise<void>;
}

export async function makePods(options: Omit<GitServerOptions, "root"> = {}): Promise<Pods> {
  const folder = makeTempFolder();
  const bare = join(folder, "state.git");
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["--git-dir", bare, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1" },
    });
  mkdirSync(bare);
  git("init", "--quiet", "--bare", "--initial-branch=main");
  git("config", "http.receivepack", "true");
  const server = await startGitServer({ root: folder, ...options });
  let made = 0;
  return {
    folder,
    server,
    git,
    pod: ({ branch = "main", variables = {}, run = realRun } = {}) => {
      made += 1;
      const stateDir = join(folder, `pod-${made}`);
      const workDir = join(folder, `work-${made}`);
      const named = variables["TOKEN"] === undefined ? undefined : "TOKEN";
      const exchange = createExchange(
        {
          url: parseGitUrl(`${server.origin}/state.git`),
          branch,
          credentials: named === undefined ? undefined : { kind: "variable", name: named, user: "factory" },
        },
        {
          run,
          stateDir,
          variables: { HOME: folder, ...variables },
          signal: undefined,
          baseLock: join(workDir, "locks", "base-images.lock"),
          imageLock: (image) => imageLock(stateDir, image),
          merge: (path, versions) => {
            const name = path.slice(path.indexOf("/") + 1, -".yaml".length);
            if (path.startsWith("images/")) return mergeImage(name, path, versions);
            return path.startsWith("base-images/") ? mergeBaseRecord(name, path, versions) : undefined;
          },
          pauseMs: (tries) => Math.random() * 20 * tries,
        },
      );
      return {
        stateDir,
        ask: exchange,
        pull: () => exchange({ of: "all", pulls: true, pushes: false }),
        push: () => exchange({ of: "all", pulls: false, pushes: true }),
        write: (path, text) => {
          mkdirSync(dirname(join(stateDir, path)), { recursive: true });
          writeFileSync(join(stateDir, path), text);
        },
        read: (path) => readFileSync(join(stateDir, path), "utf8"),
        remove: (path) => rmSync(join(stateDir, path)),
      };
    },
    pushed: (path) => git("show", `main:${path}`),
    end: async () => {
      await server.stop();
      removeTempFolder(folder);
    },
  };
}
