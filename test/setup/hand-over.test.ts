import { expect, test } from "vitest";
import { FactoryError } from "../../src/errors.ts";
import type { Run } from "../../src/run.ts";
import {
  findEngine,
  type HandOver,
  handOver,
  handOverArgs,
  variablesToPass,
} from "../../src/setup/hand-over.ts";

const build: HandOver = {
  image: "registry.example/builder@sha256:abc",
  root: "/home/me/factory",
  workDir: "/home/me/factory/.factory",
  stateDir: "/home/me/factory/.factory/state",
  paths: [],
  command: "build",
  words: ["IMAGE=hello", "--json", "a b"],
  variables: ["FACTORY_REGISTRY", "GIT_TOKEN"],
  certificates: {},
  terminal: false,
};

test("the command and its words stand unchanged after the image, in the same work tree", () => {
  const args = handOverArgs(build);
  expect(args.slice(args.indexOf(build.image))).toEqual([
    build.image,
    "src/setup/start.sh",
    "build",
    "IMAGE=hello",
    "--json",
    "a b",
  ]);
  expect(args).toEqual(
    expect.arrayContaining([
      "--volume=/home/me/factory:/home/me/factory",
      "--workdir=/home/me/factory",
      "--entrypoint=sh",
    ]),
  );
});

test("variables go by name alone, and set-up is told that it only checks there", () => {
  const variables = handOverArgs(build).filter((arg) => arg.startsWith("--env="));
  expect(variables.slice(0, 3)).toEqual([
    "--env=FACTORY_REGISTRY",
    "--env=GIT_TOKEN",
    "--env=FACTORY_BUILDER=1",
  ]);
});

test("the work and state folders of the machine count, not those that the image has for a pod", () => {
  const args = handOverArgs({ ...build, variables: ["FACTORY_WORK_DIR"], stateDir: "/srv/state" });
  expect(args.filter((arg) => /FACTORY_(?:WORK|STATE)_DIR/.test(arg))).toEqual([
    "--env=FACTORY_WORK_DIR=/home/me/factory/.factory",
    "--env=FACTORY_STATE_DIR=/srv/state",
  ]);
  expect(args).toContain("--volume=/srv/state:/srv/state");
});

test("a terminal, and credentials that may only be read, are given where there are such", () => {
  const args = handOverArgs({ ...build, terminal: true, authFile: "/home/me/.docker/config.json" });
  expect(args).toContain("--tty");
  expect(args).toContain("--volume=/home/me/.docker/config.json:/run/image-factory/auth.json:ro");
  expect(handOverArgs(build)).not.toContain("--tty");
});

test("what lies outside the work tree is there inside too, once", () => {
  const args = handOverArgs({
    ...build,
    paths: ["/home/me/factory/images.yaml", "/srv/state", "/srv/app", "/srv/state"],
  });
  expect(args.filter((arg) => arg.startsWith("--volume=/srv"))).toEqual([
    "--volume=/srv/app:/srv/app",
    "--volume=/srv/state:/srv/state",
  ]);
  expect(args.filter((arg) => arg.startsWith("--volume=/home"))).toEqual([
    "--volume=/home/me/factory:/home/me/factory",
  ]);
});

test("two clones do not share one volume of layers", () => {
  const volume = (workDir: string) =>
    handOverArgs({ ...build, workDir }).find((arg) => arg.endsWith(`:${workDir}/storage`));
  expect(volume("/a/.factory")).toMatch(/^--volume=image-factory-[0-9a-f]+:/);
  expect(volume("/a/.factory")?.split(":")[0]).not.toBe(volume("/b/.factory")?.split(":")[0]);
});

test("of the environment goes along what the factory reads and what images.yaml names, and no more", () => {
  const env = {
    FACTORY_REGISTRY: "r.example",
    AWS_SECRET_ACCESS_KEY: "x",
    NPM_TOKEN: "y",
    HTTPS_PROXY: "http://proxy:3128",
    npm_config_dry_run: "true",
    npm_config_tag: "v1",
    NO_COLOR: undefined,
    IMAGE_FACTORY_STATE_DIR: "/older",
    IMAGES_YAML: "/older/images.yaml",
  };
  expect(variablesToPass(env, ["NPM_TOKEN", "UNSET"])).toEqual([
    "FACTORY_REGISTRY",
    "HTTPS_PROXY",
    "IMAGES_YAML",
    "IMAGE_FACTORY_STATE_DIR",
    "NPM_TOKEN",
    "npm_config_dry_run",
  ]);
});

const path = { PATH: "/nowhere" };
const why = new FactoryError("machine-lacks", "buildah 1.28.2 cannot run a step here", {
  problems: ["overlay: no"],
});
const props = {
  root: "/f",
  workDir: "/f/.factory",
  stateDir: "/f/state",
  paths: [],
  command: "build",
  words: [],
  variables: [],
};
const neverRun: Run = () => Promise.reject(new Error("a process was started"));

test("without an engine the reason stays the message, and an engine is named as a remedy", async () => {
  const deps = {
    run: neverRun,
    runInForeground: async () => 0,
    log: () => undefined,
    env: path,
    terminal: false,
  };
  expect(await findEngine(deps)).toBeUndefined();
  await expect(handOver({ ...props, image: "builder" }, why, deps)).rejects.toMatchObject({
    code: "machine-lacks",
    message: why.message,
    problems: why.problems,
    hint: expect.stringContaining("podman or docker"),
  });
});
