import { expect, test } from "vitest";
import { containerSpec } from "../../src/builder/container-spec.ts";
import { ignoredHostUsers, podProfiles } from "../../src/builder/pod-profiles.ts";

type Spec = {
  readonly mounts: readonly { readonly destination: string; readonly uidMappings?: unknown }[];
  readonly linux: {
    readonly namespaces: readonly { readonly type: string }[];
    readonly seccomp: { readonly syscalls: readonly { readonly names: readonly string[] }[] };
  };
};

function specOf(name: string): Spec {
  const profile = [...podProfiles, ignoredHostUsers].find((one) => one.name === name);
  if (profile === undefined) throw new Error(`no profile ${name}`);
  const run = { rootDir: "/r", args: ["true"], env: {}, cwd: "/", volumes: { "/work": "/v/work" } };
  return containerSpec({ profile, ...run }) as Spec;
}

const refused = (name: string) => specOf(name).linux.seccomp.syscalls.flatMap(({ names }) => names);

test("a pod with users of its own has its volumes mapped to them, another has them as they are", () => {
  const volume = (name: string) => specOf(name).mounts.find(({ destination }) => destination === "/work");
  expect(volume("userns")?.uidMappings).toEqual([{ containerID: 0, hostID: 1_000_000, size: 65_536 }]);
  expect(volume("rootless")).not.toHaveProperty("uidMappings");
});

test("only a pod whose hostUsers: false was ignored is root among the users of the node", () => {
  const isHostRoot = [...podProfiles, ignoredHostUsers].filter(
    ({ hostUsers, uid }) => hostUsers && uid === 0,
  );
  expect(isHostRoot.map(({ name }) => name)).toEqual(["host-root"]);
  expect(specOf("userns").linux.namespaces).toContainEqual({ type: "user" });
  expect(specOf("host-root").linux.namespaces).not.toContainEqual({ type: "user" });
});

test("the profile for builds lets a step make namespaces and pivot into its root, and nobody load a kernel", () => {
  for (const name of ["userns", "rootless"]) {
    expect(refused(name)).not.toEqual(expect.arrayContaining(["unshare"]));
    expect(refused(name)).not.toEqual(expect.arrayContaining(["pivot_root"]));
    expect(refused(name)).toEqual(expect.arrayContaining(["kexec_load", "bpf", "setns"]));
  }
});
