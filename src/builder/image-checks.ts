import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { FactoryError } from "../errors.ts";
import { platforms } from "../platform.ts";
import { type PodDoor, runInPod, signalPod, volumeOf } from "./pod-container.ts";
import { ignoredHostUsers, type PodProfile, podProfiles } from "./pod-profiles.ts";
import { lookAtSignatures } from "./signature-check.ts";

/** Something that the builder image has to do; it throws when it does not. */
export interface ImageCheck {
  readonly name: string;
  /** Whether it takes a runtime that maps the owners of volumes. */
  readonly ownUsers: boolean;
  /** Gives back what is worth saying of what was seen. */
  readonly look: (door: PodDoor) => Promise<string>;
}

const entryPoint = ["tini", "--", "image-factory"];

/** Each tool with what makes it say its version. */
const tools: readonly (readonly string[])[] = [
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
  [process.arch === "x64" ? "qemu-aarch64" : "qemu-x86_64", "--version"],
];

/** Buildah reads what newer Dockerfiles say, and can keep its cache in a registry, from this version on. */
const oldestBuildah = [1, 39] as const;

const rootless = profileOf("rootless");

export const imageChecks: readonly ImageCheck[] = [
  ...tools.map(
    ([tool = "", ...args]): ImageCheck => ({
      name: tool,
      ownUsers: false,
      look: async (door) => {
        const { stdout } = await runInPod(
          { profile: rootless, name: `tool-${tool}`, args: [tool, ...args] },
          door,
        );
        if (tool === "buildah") assertRecent(stdout);
        return (
          /GitVersion:\s*(\S+)/.exec(stdout)?.[1] ?? /v?\d+(?:\.\d+)+\S*/.exec(stdout)?.[0] ?? "it answers"
        );
      },
    }),
  ),
  {
    name: "setuid",
    ownUsers: false,
    look: async (door) => {
      const found = await runInPod(
        {
          profile: rootless,
          name: "setuid",
          args: ["find", "/usr", "/opt", "/etc", "/home", "-xdev", "-type", "f", "-perm", "/6000"],
          alsoOk: [1],
        },
        door,
      );
      expect(found.stdout === "", `no file that makes its user another, got ${found.stdout.trim()}`);
      return "no file makes its user another";
    },
  },
  {
    name: "exit status",
    ownUsers: false,
    look: async (door) => {
      const unknown = { profile: rootless, name: "exit-status", alsoOk: [64] };
      for (const args of [entryPoint, ["task"]]) {
        const { exitCode } = await runInPod(
          { ...unknown, args: [...args, "build", "IMAGE=no-such-image"] },
          door,
        );
        expect(exitCode === 64, `64 from ${args.join(" ")}, got ${exitCode}`);
      }
      return "64 comes through tini, launcher and node, and through task";
    },
  },
  { name: "signals", ownUsers: false, look: lookAtSignals },
  {
    name: ignoredHostUsers.name,
    ownUsers: false,
    look: async (door) => {
      const args = [...entryPoint, "build", "IMAGE=hello"];
      const { exitCode, stderr } = await runInPod(
        { profile: ignoredHostUsers, name: "host-root", args, alsoOk: [0, 69] },
        door,
      );
      expect(exitCode === 69 && stderr.includes("root of its node"), `a refusal, got ${exitCode}: ${stderr}`);
      return "root of the node is refused: 69";
    },
  },
  { name: "signatures", ownUsers: false, look: (door) => lookAtSignatures(rootless, door) },
  ...podProfiles.map(
    (profile): ImageCheck => ({
      name: profile.name,
      ownUsers: !profile.hostUsers,
      look: (door) => buildHello(profile, door),
    }),
  ),
];

/** A whole build of the sample for both platforms, with a registry that the factory starts inside. */
async function buildHello(profile: PodProfile, door: PodDoor): Promise<string> {
  const { name } = profile;
  const { stdout } = await runInPod({ profile, name, args: [...entryPoint, "build", "IMAGE=hello"] }, door);
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

/** TERM to the first process while a build waits for a registry that never answers. */
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
        args: [...entryPoint, "build", "IMAGE=hello"],
        env: { FACTORY_REGISTRY: `127.0.0.1:${port}` },
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
