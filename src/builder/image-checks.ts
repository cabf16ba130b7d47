import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import { type Platform, platforms } from "../platform.ts";
import { type PodDoor, runInPod, signalPod, volumeOf } from "./pod-container.ts";
import { ignoredHostUsers, type PodProfile, podProfiles } from "./pod-profiles.ts";
import { lookAtSignatures } from "./signature-check.ts";

/** Something that the builder image has to do; it throws when it does not. */
export interface ImageCheck {
  readonly name: string;
  /** Whether it takes a runtime that maps the owners of volumes. */
  readonly ownUsers: boolean;
  /** Whether it takes a processor of the image's platform: an emulator does not see to namespaces as a kernel does. */
  readonly ownProcessor: boolean;
  /** Gives back what is worth saying of what was seen. */
  readonly look: (door: PodDoor) => Promise<string>;
}

/** Buildah reads what newer Dockerfiles say, and can keep its cache in a registry, from this version on. */
const oldestBuildah = [1, 39] as const;

const rootless = profileOf("rootless");

/** Everything that is looked at in an image of that platform. */
export function imageChecks(platform: Platform): readonly ImageCheck[] {
  return [
    ...toolsOf(platform).map(answers),
    { ...always, name: "user", look: lookAtUser },
    { ...always, name: "sample", look: lookAtSample },
    { ...always, name: "setuid", look: lookAtRights },
    { ...always, name: "exit status", look: lookAtExitStatus },
    { ...always, name: "signals", look: lookAtSignals },
    { ...always, name: ignoredHostUsers.name, look: lookAtRefusal },
    { ...always, name: "signatures", look: (door) => lookAtSignatures(rootless, door) },
    ...podProfiles.map((profile): ImageCheck => {
      const look = (door: PodDoor) => buildHello(profile, door);
      return { name: profile.name, ownUsers: !profile.hostUsers, ownProcessor: true, look };
    }),
  ];
}

/** What an old runtime, and an emulated processor, show as well. */
const always = { ownUsers: false, ownProcessor: false } as const;

/** Each tool with what makes it say its version. */
function toolsOf(platform: Platform): readonly (readonly [string, ...string[]])[] {
  return [
    ["buildah", "--version"],
    ["podman", "--version"],
    ["skopeo", "--version"],
    ["git", "--version"],
    ["kubectl", "version", "--client"],
    ["jq", "--version"],
    ["cosign", "version"],
    ["tini", "--version"],
    ["node", "--version"],
    ["npm", "--version"],
    ["trivy", "--version"],
    ["mmdebstrap", "--version"],
    ["docker-registry", "--version"],
    [platform === "linux/amd64" ? "qemu-aarch64" : "qemu-x86_64", "--version"],
  ];
}

function answers([tool, ...args]: readonly [string, ...string[]]): ImageCheck {
  const look = async (door: PodDoor) => {
    const command = { profile: rootless, name: `tool-${tool}`, args: [tool, ...args] };
    const { stdout } = await runInPod(command, door);
    if (tool === "buildah") assertRecent(stdout);
    return /GitVersion:\s*(\S+)/.exec(stdout)?.[1] ?? /v?\d+(?:\.\d+)+\S*/.exec(stdout)?.[0] ?? "it answers";
  };
  return { ...always, name: tool, look };
}

/** Who a container is that is told nothing else, and whether that user may map ids. */
async function lookAtUser(door: PodDoor): Promise<string> {
  const { user, entryPoint } = door.image.config;
  expect(user === "1000:1000", `user 1000:1000 in the image's config, got ${JSON.stringify(user)}`);
  expect(entryPoint[0] === "tini", `tini as the entry point, got ${JSON.stringify(entryPoint)}`);
  const script = "id -un; grep -c ^image-factory: /etc/subuid /etc/subgid";
  const { stdout } = await runInPod({ profile: rootless, name: "user", args: ["sh", "-c", script] }, door);
  const wanted = "image-factory\n/etc/subuid:1\n/etc/subgid:1";
  expect(stdout.trim() === wanted, `image-factory with ids to map, got ${stdout.trim()}`);
  return "1000, image-factory, with ids to map";
}

/** Pods mount images.yaml into this folder, and the repository's own names a folder beside it. */
async function lookAtSample(door: PodDoor): Promise<string> {
  const file = "/etc/image-factory/sample/hello/Dockerfile";
  const command = { profile: rootless, name: "sample", args: ["test", "-s", file], alsoOk: [1] };
  const { exitCode } = await runInPod(command, door);
  expect(exitCode === 0, `${file}, got no such file`);
  return "what hello is made of lies beside images.yaml as pods have it";
}

/** No file makes who runs it somebody else, but for the two that give a user of the image its own ids. */
async function lookAtRights(door: PodDoor): Promise<string> {
  const inPod = async (...args: readonly string[]) => {
    const { stdout } = await runInPod({ profile: ignoredHostUsers, name: "rights", args }, door);
    return stdout.trim();
  };
  const setuid = await inPod("find", "/", "-xdev", "-type", "f", "-perm", "/6000");
  expect(setuid === "", `no file that makes its user another, got ${setuid}`);
  const places = ["/usr", "/opt", "/etc", "/home", "/root", "/srv", "/var"];
  const capable = (await inPod("getcap", "-r", ...places)).split("\n").sort();
  const wanted = ["/usr/bin/newgidmap cap_setgid=ep", "/usr/bin/newuidmap cap_setuid=ep"];
  expect(
    JSON.stringify(capable) === JSON.stringify(wanted),
    `${wanted.join(", ")} alone, got ${capable.join(", ")}`,
  );
  return "no file makes its user another; newuidmap and newgidmap have one capability each";
}

async function lookAtExitStatus(door: PodDoor): Promise<string> {
  for (const command of [door.image.config.entryPoint, ["task"]]) {
    const args = [...command, "plan", "IMAGE=no-such-image"];
    const { exitCode } = await runInPod({ profile: rootless, name: "exit-status", alsoOk: [64], args }, door);
    expect(exitCode === 64, `64 from ${command.join(" ")}, got ${exitCode}`);
  }
  return "64 comes through tini, launcher and node, and through task";
}

async function lookAtRefusal(door: PodDoor): Promise<string> {
  const args = [...door.image.config.entryPoint, "build", "IMAGE=hello"];
  const command = { profile: ignoredHostUsers, name: ignoredHostUsers.name, args, alsoOk: [0, 69] };
  const { exitCode, stderr } = await runInPod(command, door);
  expect(exitCode === 69 && stderr.includes("root of its node"), `a refusal, got ${exitCode}: ${stderr}`);
  return "root of the node is refused: 69";
}

/** A whole build of the sample for both platforms, with a registry that the factory starts inside. */
async function buildHello(profile: PodProfile, door: PodDoor): Promise<string> {
  const { name } = profile;
  const args = [...door.image.config.entryPoint, "build", "IMAGE=hello"];
  const { stdout } = await runInPod({ profile, name, args }, door);
  const state = await readFile(join(volumeOf(door.scratch, name, "state"), "images/hello.yaml"), "utf8");
  for (const platform of platforms)
    expect(state.includes(platform), `${platform} in the state, got\n${state}`);
  const digest = /\/hello@(sha256:[0-9a-f]{64})/.exec(stdout)?.[1] ?? "";
  const host = await readFile(join(volumeOf(door.scratch, name, "work"), "cache/build-host.json"), "utf8");
  expect(
    host.includes('"storageDriver":"overlay"') && !host.includes("mountProgram"),
    `overlay, got ${host}`,
  );
  return `hello for ${platforms.join(" and ")} on overlay: ${digest.slice(0, 19)}`;
}

/** TERM to the first process while a command waits for a registry that never answers. */
async function lookAtSignals(door: PodDoor): Promise<string> {
  const name = "signals";
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = silent.address() as { readonly port: number };
    const asked = new Promise<"asked">((resolve) => {
      silent.once("connection", () => resolve("asked"));
    });
    const ended = runInPod(
      {
        profile: rootless,
        name,
        args: [...door.image.config.entryPoint, "promote", `FROM=127.0.0.1:${port}/a:1`, "TO=2"],
        alsoOk: [143],
      },
      door,
    );
    const first = await Promise.race([asked, ended]);
    if (first === "asked") await signalPod(name, "TERM", door);
    const { exitCode, stderr } = await ended;
    expect(exitCode === 143, `143 after TERM, got ${exitCode}: ${stderr}`);
    return "TERM reaches node, and 143 comes back";
  } finally {
    silent.close();
  }
}

function assertRecent(version: string): void {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
  const [leastMajor, leastMinor] = oldestBuildah;
  const recent = Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
  expect(recent, `buildah ${oldestBuildah.join(".")} or later, got ${version.trim()}`);
}

function expect(holds: boolean, expected: string): void {
  if (!holds) throw new FactoryError("tool-failed", `expected ${expected}`);
}

function profileOf(name: string): PodProfile {
  const found = podProfiles.find((profile) => profile.name === name);
  if (found === undefined) throw new Error(`there is no profile ${name}`);
  return found;
}
