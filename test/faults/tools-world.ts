import { execFileSync, spawnSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ownRoot } from "../../src/setup/needs.ts";
import { findProgram } from "../../src/setup/programs.ts";
import { makeRepository } from "../source/repository.ts";
import { dockerfileOn, type OpenBoundary, platforms, writeImages } from "./boundary.ts";
import { type CaseResult, runCase } from "./case.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import { type FaultWorld, makeFaultWorld } from "./fault-world.ts";
import type { Misdeed } from "./misdeeds.ts";
import { pushBase } from "./push-base.ts";
import { startTokenGate } from "./token-gate.ts";

/** What must not be found in anything that a run says or leaves. */
const secrets = { registry: "registry-canary-4711", build: "build-canary-4711" };

/** A factory whose tools do what they are told to do wrong. */
export interface ToolsWorld {
  readonly fault: FaultWorld;
  readonly run: (misdeed: Misdeed) => Promise<CaseResult>;
}

/** The real tools behind programs of ours on PATH, and a registry that wants a password, so that there is one to print. */
export async function makeToolsWorld(): Promise<ToolsWorld> {
  let misdeed: Misdeed | undefined;
  let bin = "";
  let met = 0;
  const countMet = async () => {
    const text = await readFile(join(bin, "met"), "utf8").catch(() => "");
    met = text.length;
    return met;
  };
  const open: OpenBoundary = async (world, registry) => {
    const login = { user: "factory", password: secrets.registry };
    const gate = await startTokenGate(registry, login);
    bin = join(world.dir, "bin");
    const auth = Buffer.from(`${login.user}:${login.password}`).toString("base64");
    await world.write("auth.json", JSON.stringify({ auths: { [gate.address]: { auth } } }), 0o600);
    for (const tool of ["buildah", "git", "trivy"])
      await world.write(`bin/${tool}`, wrapper(bin, tool, `Basic ${auth}`), 0o755);
    Object.assign(world.env, {
      PATH: `${bin}:${process.env["PATH"]}`,
      TRIVY: join(bin, "trivy"),
      FACTORY_REGISTRY: gate.address,
      FACTORY_AUTH_FILE: join(world.dir, "auth.json"),
      BUILD_CANARY: secrets.build,
    });
    await pushBase(registry, "base", "1", platforms, "base\n");
    const repository = makeRepository(join(world.dir, "repositories/app.git"));
    // No server fails here: what is "begun" is the tools' honesty, and the "host" is the tool.
    const proxy: FaultProxy = {
      get address() {
        return misdeed?.tool ?? "";
      },
      seen: [],
      met: () => met,
      begin: () => {
        misdeed = undefined;
      },
      stop: async () => undefined,
    };
    return {
      proxy,
      request: /./,
      enrol: (image, fields) =>
        writeImages(
          world,
          image,
          `source: {git: {url: "${repository.dir}", ref: main}}\n  secrets: [{id: canary, env: BUILD_CANARY}]\n  ${fields}`,
        ),
      change: async (marker) => {
        repository.commit({ Dockerfile: dockerfileOn(gate.address), greeting: `${marker}\n` });
      },
      end: () => gate.stop(),
    };
  };
  const fault = await makeFaultWorld(open);
  const { world } = fault;
  const act = async (next: Misdeed) => {
    misdeed = next;
    await rm(join(bin, "met"), { force: true });
    await writeFile(join(bin, `${next.tool}.misdeed`), actOf(next, bin));
    const started = world.start("build", `IMAGE=${fault.image()}`);
    const poll = setInterval(async () => {
      if (next.stop === true && (await countMet()) > 0) {
        clearInterval(poll);
        started.kill("SIGTERM");
      }
    }, 100);
    const ended = await started.ended;
    clearInterval(poll);
    await countMet();
    await rm(join(bin, `${next.tool}.misdeed`));
    return ended;
  };
  const run = async (next: Misdeed): Promise<CaseResult> => {
    const isTold = next.stop !== true;
    const expected = { codes: next.codes, deadlineMs: 6 * 60_000, explains: isTold, tidies: true };
    let said = "";
    const result = await runCase(next.title, fault, expected, async () => {
      const ended = await act(next);
      said = ended.stderr;
      return ended;
    });
    const shown = Object.entries(secrets).flatMap(([name, secret]) => [
      ...(said.includes(secret) ? [`the secret of the ${name} was printed`] : []),
      ...filesWith(secret, world.workDir, join(world.dir, "state"), join(world.dir, "tmp")).map(
        (file) => `the secret of the ${name} is in ${file}`,
      ),
    ]);
    return { ...result, defects: [...result.defects, ...shown] };
  };
  return { fault, run };
}

function filesWith(secret: string, ...dirs: readonly string[]): readonly string[] {
  const { stdout } = spawnSync("grep", ["-rlF", "--", secret, ...dirs], { encoding: "utf8" });
  return stdout.split("\n").filter((file) => file !== "");
}

/** A program that is the tool, unless a misdeed lies beside it. */
function wrapper(bin: string, tool: string, login: string): string {
  const real = tool === "trivy" ? trivyPath() : execFileSync("which", [tool], { encoding: "utf8" }).trim();
  return [
    "#!/bin/sh",
    `real='${real}' node='${process.execPath}' rewrite='${join(import.meta.dirname, "rewrite-pushed.ts")}'`,
    `if [ -f '${bin}/${tool}.misdeed' ]; then LOGIN='${login}'; . '${bin}/${tool}.misdeed'; fi`,
    'exec "$real" "$@"',
    "",
  ].join("\n");
}

/** What the program reads: the misdeed for the calls that it is about, counted. */
function actOf({ when, does, once }: Misdeed, bin: string): string {
  const met = `${bin}/met`;
  const act = `printf x >>'${met}'; ${does}`;
  return `case " $* " in\n${when}) ${once === true ? `if [ ! -s '${met}' ]; then ${act}; fi` : act} ;;\nesac\n`;
}

function trivyPath(): string {
  return process.env["TRIVY"] ?? findProgram("trivy", process.env) ?? join(ownRoot, ".factory/bin/trivy");
}
