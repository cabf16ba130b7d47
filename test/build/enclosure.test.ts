import { expect, test } from "vitest";
import { enclosure, rootIsMountPoint, stepLimits } from "../../src/build/enclosure.ts";

const oci = { kind: "oci", runtime: "/usr/sbin/runc" } as const;
const chroot = { kind: "chroot-in-unshare", proc: "own" } as const;

test("root's buildah ends with the factory, whatever the isolation of its steps", () => {
  for (const isolation of [oci, chroot]) {
    expect(enclosure({ rootless: false, userNamespace: [], isolation })).toEqual(
      expect.arrayContaining(["--pid", "--kill-child"]),
    );
  }
});

test("without root a runtime needs nothing around buildah, and a chroot needs process ids of its own", () => {
  const user = { rootless: true, userNamespace: ["buildah", "unshare"] };
  expect(enclosure({ ...user, isolation: oci })).toEqual([]);
  expect(enclosure({ ...user, isolation: chroot }).slice(0, 4)).toEqual([
    "buildah",
    "unshare",
    "unshare",
    "--pid",
  ]);
});

test("in a plain chroot the tree is mounted first, on the folder that was made for it", () => {
  const words = enclosure({ rootless: false, userNamespace: [], isolation: oci, rootMount: "/w/cache/root" });
  expect(words.indexOf("/w/cache/root")).toBeGreaterThan(words.indexOf("--mount"));
  expect(words.indexOf("--pid")).toBeGreaterThan(words.indexOf("/w/cache/root"));
});

test("a root that is mounted is told from one that was only entered", () => {
  const proc = "75 51 0:44 / /proc rw,relatime - proc proc rw\n";
  expect(rootIsMountPoint(`51 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n${proc}`)).toBe(true);
  expect(rootIsMountPoint(proc)).toBe(false);
});

test.each([
  ["20000", "96365", ["nofile=20000:20000", "nproc=96365:96365"]],
  ["9000000", "unlimited", ["nofile=1048576:1048576", "nproc=1048576:1048576"]],
])(
  "of the machine's limits %s and %s a step gets what buildah would give at most",
  (files, processes, expected) => {
    const text = [
      "Limit                     Soft Limit           Hard Limit           Units     ",
      `Max processes             100                  ${processes.padEnd(20)} processes `,
      `Max open files            1024                 ${files.padEnd(20)} files     `,
    ].join("\n");
    expect(stepLimits(text)).toEqual(expected);
  },
);
