import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addressOf, pullAddresses } from "../../src/registry/address.ts";
import { parseReference } from "../../src/registry/reference.ts";
import { pullLocations, readRegistriesConf, registryTables } from "../../src/registry/registries-conf.ts";

const digest = `sha256:${"0".repeat(64)}`;
const tables = (registry: unknown) => registryTables({ registry }, "registries.conf");
const places = (text: string, registry: unknown) => {
  const { mirrors, primary } = pullLocations(parseReference(text), tables(registry));
  return [...mirrors, primary].map(({ registry, path }) => `${registry}/${path}`);
};

describe("pullLocations", () => {
  test("asks the mirrors in their order, the registry itself last", () => {
    const registry = [
      {
        prefix: "example.com/foo",
        location: "internal.net/bar",
        mirror: [{ location: "m0.local/mirror-for-foo" }, { location: "m1.local/mirrors/foo" }],
      },
    ];
    expect(places("example.com/foo/image:latest", registry)).toEqual([
      "m0.local/mirror-for-foo/image",
      "m1.local/mirrors/foo/image",
      "internal.net/bar/image",
    ]);
    expect(places("example.com/foobar/image", registry)).toEqual(["example.com/foobar/image"]);
  });

  test("takes the longest prefix", () => {
    const registry = [
      { location: "docker.io", mirror: [{ location: "m.local" }] },
      { prefix: "docker.io/library/debian", location: "d.local/debian" },
    ];
    expect(places("debian:12", registry)).toEqual(["d.local/debian"]);
    expect(places("alpine", registry)).toEqual(["m.local/library/alpine", "docker.io/library/alpine"]);
    expect(places("docker.io:5000/x/y", registry)).toEqual(["docker.io:5000/x/y"]);
  });

  test("a prefix may be one tag of a repository", () => {
    const registry = [{ prefix: "quay.io/a/b:1", location: "other.local/x:2" }];
    expect(places("quay.io/a/b:1", registry)).toEqual(["other.local/x"]);
    expect(places("quay.io/a/b:2", registry)).toEqual(["quay.io/a/b"]);
  });

  test("a wildcard stands for any depth of subdomains and may leave the name as it is", () => {
    const mirror = [{ location: "m.local/all" }];
    expect(places("a.b.example.com/x/y", [{ prefix: "*.example.com", mirror }])).toEqual([
      "m.local/all/x/y",
      "a.b.example.com/x/y",
    ]);
    expect(places("example.com/x/y", [{ prefix: "*.example.com", mirror }])).toEqual(["example.com/x/y"]);
    expect(places("a.example.com/x", [{ prefix: "*.example.com", location: "l.local/p" }])).toEqual([
      "l.local/p/x",
    ]);
  });

  test("mirrors may be for digests or for tags alone", () => {
    const registry = [
      {
        location: "quay.io",
        mirror: [
          { location: "d.local", "pull-from-mirror": "digest-only" },
          { location: "t.local", "pull-from-mirror": "tag-only" },
          { location: "a.local", "pull-from-mirror": "" },
        ],
      },
    ];
    expect(places("quay.io/a/b:1", registry)).toEqual(["t.local/a/b", "a.local/a/b", "quay.io/a/b"]);
    expect(places(`quay.io/a/b@${digest}`, registry)).toEqual(["d.local/a/b", "a.local/a/b", "quay.io/a/b"]);
    const all = [{ location: "quay.io", "mirror-by-digest-only": true, mirror: [{ location: "m.local" }] }];
    expect(places("quay.io/a/b:1", all)).toEqual(["quay.io/a/b"]);
    expect(places(`quay.io/a/b@${digest}`, all)).toEqual(["m.local/a/b", "quay.io/a/b"]);
  });

  test("a location that leaves no repository is refused", () => {
    const registry = [{ prefix: "quay.io/a/b", location: "m.local" }];
    expect(() => places("quay.io/a/b", registry)).toThrow("m.local names no repository");
  });

  test.each([
    [{}, "registry[0].prefix: expected a prefix or a location"],
    [{ prefix: "quay.io" }, "registry[0].location: expected a registry"],
    [{ location: "https://quay.io" }, "without scheme"],
    [{ location: "quay.io", insecure: "yes" }, 'registry[0].insecure: expected true or false, got "yes"'],
    [{ location: "quay.io", mirror: [{}] }, "registry[0].mirror[0].location: expected a string"],
    [
      { location: "quay.io", mirror: [{ location: "m", "pull-from-mirror": "never" }] },
      "expected all, digest-only or tag-only",
    ],
  ])("%j is refused with its place", (table, message) => {
    expect(() => tables([table])).toThrow(expect.objectContaining({ code: "settings-invalid" }));
    expect(() => tables([table])).toThrow(message);
  });
});

describe("addresses", () => {
  const options = { embedded: "127.0.0.1:5000/pre/", insecureRegistries: ["plain.corp", "10.0.0.9:5000"] };

  test("factory.localhost is what stands behind it, mirrors or not", () => {
    const own = { registry: "factory.localhost", path: "hello" };
    const address = { host: "127.0.0.1:5000", path: "pre/hello", plainHttp: true };
    expect(addressOf(own, options)).toEqual(address);
    const blockedAll = tables([{ location: "factory.localhost", blocked: true }]);
    expect(pullAddresses(own, options, blockedAll)).toEqual({ mirrors: [], primary: address });
    expect(() => addressOf(own, { ...options, embedded: undefined })).toThrow(
      expect.objectContaining({ code: "settings-invalid" }),
    );
  });

  test("plain HTTP is for loopback and listed hosts alone", () => {
    const plain = (registry: string) => addressOf({ registry, path: "x" }, options).plainHttp;
    expect(["localhost:1", "plain.corp", "plain.corp:5000", "10.0.0.9:5000"].every(plain)).toBe(true);
    expect(["10.0.0.9", "10.0.0.9:5001", "docker.io", "evil.plain.corp"].some(plain)).toBe(false);
  });

  test("registries.conf may list a mirror as insecure, and block what it names", () => {
    const mirrored = tables([{ location: "quay.io", mirror: [{ location: "m.corp", insecure: true }] }]);
    const { mirrors, primary } = pullAddresses(parseReference("quay.io/a/b"), options, mirrored);
    expect([mirrors[0]?.plainHttp, primary.plainHttp]).toEqual([true, false]);
    const blocked = tables([{ location: "quay.io", blocked: true }]);
    expect(() => pullAddresses(parseReference("quay.io/a/b:1"), options, blocked)).toThrow(
      expect.objectContaining({
        code: "policy-refused",
        message: "quay.io/a/b:1 is blocked in registries.conf",
      }),
    );
  });
});

describe("readRegistriesConf", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "registries-conf-"));
    await mkdir(join(dir, "system/registries.conf.d"), { recursive: true });
    await mkdir(join(dir, "home/.config/containers/registries.conf.d"), { recursive: true });
  });
  afterEach(() => rm(dir, { recursive: true }));

  const table = (prefix: string, location: string) =>
    `[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"\n`;
  const write = (file: string, text: string) => writeFile(join(dir, file), text);
  const read = async (env: Record<string, string> = {}) => {
    const found = await readRegistriesConf({ HOME: join(dir, "home"), ...env }, join(dir, "system"));
    return Object.fromEntries(found.map(({ prefix, location }) => [prefix, location]));
  };

  test("drop-ins replace tables of one prefix, the user's last", async () => {
    await write("system/registries.conf", table("a", "main") + table("b", "main"));
    await write("system/registries.conf.d/1.conf", table("b", "drop-in"));
    await write("system/registries.conf.d/2.conf", table("b", "later drop-in") + table("c", "drop-in"));
    await write("system/registries.conf.d/3.txt", table("a", "no conf"));
    await write("home/.config/containers/registries.conf.d/1.conf", table("c", "user"));
    expect(await read()).toEqual({ a: "main", b: "later drop-in", c: "user" });
  });

  test("the user's file stands in place of the machine's with its drop-ins", async () => {
    await write("system/registries.conf", table("a", "main"));
    await write("system/registries.conf.d/1.conf", table("b", "drop-in"));
    await write("home/.config/containers/registries.conf", table("c", "user"));
    expect(await read()).toEqual({ c: "user" });
  });

  test("CONTAINERS_REGISTRIES_CONF stands in place of the main file, and has to be there", async () => {
    await write("system/registries.conf", table("a", "main"));
    await write("named.conf", table("d", "named"));
    expect(await read({ CONTAINERS_REGISTRIES_CONF: join(dir, "named.conf") })).toEqual({ d: "named" });
    await expect(read({ CONTAINERS_REGISTRIES_CONF: join(dir, "gone.conf") })).rejects.toThrow("gone.conf");
  });

  test.each([
    '[[registry]]\nlocation = "a"',
    '  [[ "registry" ]]\nlocation = "a"',
    "[['registry']]\nlocation = 'a'",
    'registry = [{ location = "a" }]',
    '"registry" = [\n  { location = "a" },\n]',
  ])("finds tables however they are written: %s", async (text) => {
    await write("system/registries.conf", `unqualified-search-registries = ["docker.io"]\n${text}\n`);
    expect(await read()).toEqual({ a: "a" });
  });

  test("a short name of that word is no table", async () => {
    await write(
      "system/registries.conf.d/names.conf",
      '[aliases]\n  "registry" = "docker.io/library/registry"\n',
    );
    await write("system/registries.conf", table("a", "main"));
    expect(await read()).toEqual({ a: "main" });
  });

  test("a registry that is no list of tables is refused", async () => {
    await write("system/registries.conf", 'registry = "docker.io"\n[aliases]\n');
    await expect(read()).rejects.toMatchObject({ code: "settings-invalid" });
  });

  test("no file says nothing, and one that is no TOML is named", async () => {
    expect(await read()).toEqual({});
    await write("system/registries.conf", "[[registry]\n");
    await expect(read()).rejects.toMatchObject({
      code: "settings-invalid",
      message: expect.stringContaining("registries.conf"),
    });
  });

  test("a folder in place of a file is named", async () => {
    await mkdir(join(dir, "system/registries.conf"));
    await expect(read()).rejects.toMatchObject({ code: "settings-invalid" });
  });
});
