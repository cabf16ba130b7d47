import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseImages } from "../../../src/enrolment/parse-images.ts";
import { digestOf } from "../../../src/registry/digest.ts";
import type { HttpRequest, Transport } from "../../../src/registry/transport.ts";
import { createSourceOpener } from "../../../src/resolve/open-source.ts";
import { fetchArchive } from "../../../src/source/archive/download.ts";
import { identifyFolder } from "../../../src/source/folder.ts";
import { type ArchiveServer, startArchiveServer } from "../archive-server.ts";
import { makeTempFolder, removeTempFolder } from "../repository.ts";
import { packTar, pax, type TarPart } from "./tar.ts";

let folder: string;
let workDir: string;
const servers: ArchiveServer[] = [];
beforeEach(() => {
  folder = makeTempFolder();
  workDir = join(folder, "work");
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  removeTempFolder(folder);
});

async function serve(options?: { tags: boolean }): Promise<ArchiveServer> {
  const server = await startArchiveServer(options);
  servers.push(server);
  return server;
}

/** What one run sees of an archive: `fields` are those of source.archive. */
async function look(fields: string, entry = "") {
  const text = `- {name: app, source: {archive: {${fields}}}${entry}}\n`;
  const [enrolment] = parseImages(text, "images.yaml", folder).images;
  if (enrolment === undefined) throw new Error("nothing is enrolled");
  const sources = createSourceOpener({
    run: async () => {
      throw new Error("no process");
    },
    workDir,
    stateDir: join(folder, "state"),
    variables: {},
    ensureGit: async () => undefined,
    refOf: () => undefined,
    openDebian: async () => {
      throw new Error("no debian source");
    },
  });
  const handle = await sources.open(enrolment);
  const files = handle.files("linux/amd64");
  return { handle, files, close: sources.close };
}

async function filesOf(fields: string, entry?: string) {
  const { files, close } = await look(fields, entry);
  await close();
  return files;
}

const dockerfile: TarPart = { name: "Dockerfile", content: "FROM scratch\nCOPY . /\n" };
const greeting: TarPart = { name: "bin/greet", content: "#!/bin/sh\necho hello\n", mode: "0000755" };
const packed = packTar([dockerfile, greeting]);

describe("the files of an archive", () => {
  test("are the same source as a folder with them, whoever packed them, when and how", async () => {
    const server = await serve();
    fs.mkdirSync(join(folder, "app/bin"), { recursive: true });
    fs.writeFileSync(join(folder, "app/Dockerfile"), "FROM scratch\nCOPY . /\n");
    fs.writeFileSync(join(folder, "app/bin/greet"), "#!/bin/sh\necho hello\n", { mode: 0o755 });
    const tar = (...words: readonly string[]) =>
      execFileSync("tar", ["--create", "--file=-", "-C", join(folder, "app"), ...words], {
        umask: 0o77,
      } as object);
    const other = [
      pax({ mtime: "99.5", uname: "somebody", "SCHILY.xattr.user.a": "b" }),
      { ...greeting, uid: "0000000", mode: "0000511", mtime: "00000000007" },
      pax({ comment: "1f3c" }, "g"),
      { name: "bin", type: "5", mode: "0000700" },
      { ...dockerfile, name: "./Dockerfile", mode: "0000600" },
    ];
    const forms: Readonly<Record<string, Uint8Array>> = {
      "a.tar": packed,
      "a.tar.gz": gzipSync(packed),
      "a.tgz": gzipSync(packTar(other), { level: 1 }),
      "a.tar.zst": zstdCompressSync(packed),
      "gnu.tar": tar("--format=gnu", "."),
      "pax.tar.gz": tar("--format=posix", "--gzip", "--sort=name", "Dockerfile", "bin"),
      "v7.tar": tar("--format=v7", "--owner=0", "--mtime=2001-01-01", "bin", "Dockerfile"),
    };
    const seen = new Set<string>();
    for (const [name, bytes] of Object.entries(forms)) {
      server.put(name, bytes);
      seen.add(await filesOf(`url: "http://${server.address}/files/${name}"`));
      fs.writeFileSync(join(folder, name), bytes);
      seen.add(await filesOf(`path: ${name}`));
    }
    const paths = { dockerfile: "Dockerfile", context: "." };
    const { treeId } = await identifyFolder({ kind: "folder", path: join(folder, "app") }, paths, {
      workDir,
    });
    expect([...seen]).toEqual([treeId]);
  });

  test("are chosen by directory, context and ignore file as of any source", async () => {
    const parts = ["app-1.4/", "app-1.4/server/", "app-1.4/server/sub/"].map((name) => ({ name, type: "5" }));
    fs.writeFileSync(
      join(folder, "a.tar"),
      packTar([
        ...parts,
        { name: "README", content: "x" },
        { name: "app-1.4/docker/Dockerfile", content: "FROM scratch\n" },
        { name: "app-1.4/server/.dockerignore", content: "*.log\n" },
        { name: "app-1.4/server/a.log", content: "x" },
        { name: "app-1.4/server/sub/a", content: "x" },
        { name: "app-1.4/server/sub/b", type: "1", target: "app-1.4/server/sub/a" },
      ]),
    );
    const { handle, close } = await look(
      "path: a.tar, directory: app-1.4//",
      ", dockerfile: docker/Dockerfile, context: server",
    );
    expect(handle.dockerfile).toBe("FROM scratch\n");
    const tree = await handle.checkout("linux/amd64");
    expect(fs.readdirSync(tree.dir, { recursive: true, encoding: "utf8" }).sort()).toEqual([
      ".dockerignore",
      "sub",
      "sub/a",
      "sub/b",
    ]);
    expect(fs.statSync(join(tree.dir, "sub/b")).nlink).toBe(1);
    await tree.dispose();
    await close();
    expect(fs.readdirSync(join(workDir, "cache/contexts"))).toEqual([]);
    await expect(look("path: a.tar, directory: app-1.5")).rejects.toMatchObject({
      code: "source-invalid",
      message: `${join(folder, "a.tar")} has no folder app-1.5, which directory names`,
    });
    await expect(look("path: a.tar")).rejects.toMatchObject({
      code: "dockerfile-invalid",
      message: `${join(folder, "a.tar")} has no Dockerfile Dockerfile`,
    });
  });
});

describe("an archive at an address", () => {
  test("is asked for by one request while it is unchanged, and unpacked once", async () => {
    const server = await serve();
    server.put("a.tar.gz", gzipSync(packed));
    const fields = `url: "http://${server.address}/latest/a.tar.gz"`;
    const first = await filesOf(fields);
    expect(server.asked).toEqual(["/latest/a.tar.gz 302", "/files/a.tar.gz 200"]);
    server.forget();
    expect(await filesOf(fields)).toBe(first);
    expect(server.asked).toEqual(["/latest/a.tar.gz 302", "/files/a.tar.gz 304"]);
    server.put("a.tar.gz", gzipSync(packTar([dockerfile])));
    expect(await filesOf(fields)).not.toBe(first);
  });

  test("is fetched anew by each run where the server has no entity tags", async () => {
    const server = await serve({ tags: false });
    server.put("a.tar", packed);
    const fields = `url: "http://${server.address}/files/a.tar"`;
    expect(await filesOf(fields)).toBe(await filesOf(fields));
    expect(server.asked).toEqual(["/files/a.tar 200", "/files/a.tar 200"]);
  });

  test("is not asked for while one of its digest is kept, and refused with another", async () => {
    const server = await serve();
    server.put("a.tar", packed);
    const fields = `url: "http://${server.address}/files/a.tar", digest: "${digestOf(packed)}"`;
    await filesOf(fields);
    server.forget();
    await filesOf(fields);
    expect(server.asked).toEqual([]);
    const other = packTar([dockerfile]);
    await expect(
      look(`url: "http://${server.address}/files/a.tar", digest: "${digestOf(other)}"`),
    ).rejects.toMatchObject({
      exitStatus: 65,
      message: `http://${server.address}/files/a.tar is ${digestOf(packed)}, and images.yaml says ${digestOf(other)}`,
    });
  });

  test("that was spoilt in the cache is fetched again for a build", async () => {
    const server = await serve();
    server.put("a.tar", packed);
    const fields = `url: "http://${server.address}/files/a.tar", digest: "${digestOf(packed)}"`;
    const planned = await filesOf(fields);
    const kept = join(workDir, "cache/archives", digestOf(packed).slice("sha256:".length));
    for (const spoil of [() => fs.writeFileSync(kept, packed.subarray(1)), () => fs.rmSync(kept)]) {
      const { handle, close } = await look(fields);
      spoil();
      const tree = await handle.checkout("linux/amd64");
      expect(tree.treeId).toBe(planned);
      await tree.dispose();
      await close();
    }
    expect(fs.readFileSync(kept)).toEqual(packed);
  });

  test("that nothing was built of for two weeks is removed when another one comes", async () => {
    const server = await serve();
    const fields = `url: "http://${server.address}/files/a.tar"`;
    const archives = () =>
      fs.readdirSync(join(workDir, "cache/archives")).filter((name) => !name.endsWith(".json"));
    const others = ["first", "second"].map((content) => packTar([dockerfile, { name: "a", content }]));
    for (const other of others) {
      server.put("a.tar", other);
      await filesOf(fields);
    }
    const first = join(workDir, "cache/archives", digestOf(others[0] ?? "").slice("sha256:".length));
    const longAgo = Date.now() / 1_000 - 20 * 86_400;
    fs.utimesSync(first, longAgo, longAgo);
    server.put("a.tar", packed);
    await filesOf(fields);
    expect([archives().length, fs.existsSync(first)]).toEqual([2, false]);
  });

  test("that is in use is not fetched again for that, however long ago it came", async () => {
    const server = await serve();
    const folder = join(workDir, "cache/archives");
    const fields = (name: string) => `url: "http://${server.address}/files/${name}"`;
    server.put("a.tar", packed);
    await filesOf(fields("a.tar"));
    const longAgo = Date.now() / 1_000 - 20 * 86_400;
    for (const name of fs.readdirSync(folder)) fs.utimesSync(join(folder, name), longAgo, longAgo);
    await filesOf(fields("a.tar"));
    server.put("b.tar", packTar([dockerfile]));
    await filesOf(fields("b.tar"));
    server.forget();
    await filesOf(fields("a.tar"));
    expect(server.asked).toEqual(["/files/a.tar 304"]);
  });

  test("that changes between plan and build is not built", async () => {
    fs.writeFileSync(join(folder, "a.tar"), packed);
    await filesOf("path: a.tar");
    const { handle, close } = await look("path: a.tar");
    fs.writeFileSync(join(folder, "a.tar"), packTar([dockerfile]));
    await expect(handle.checkout("linux/amd64")).rejects.toMatchObject({
      exitStatus: 75,
      message: `${join(folder, "a.tar")} changed while it was read`,
    });
    await close();
  });
});

describe("a request for an archive", () => {
  type Answer = { readonly status: number; readonly location?: string; readonly body?: Buffer };

  /** Asks by another transport; a body that is missing is the archive. */
  async function ask(answers: (request: HttpRequest, count: number) => Answer, more: object = {}) {
    const requests: HttpRequest[] = [];
    const transport: Transport = async (request) => {
      requests.push(request);
      const {
        status,
        location,
        body = status === 200 ? packed : Buffer.alloc(0),
      } = answers(request, requests.length);
      return { status, headers: { location }, body: Readable.from([body]) };
    };
    const download = fetchArchive(
      {
        url: "https://example.com/a.tar?signature=hunter2",
        credentials: undefined,
        file: join(folder, "got"),
        check: async () => undefined,
        ...more,
      },
      {
        transport,
        clock: { now: Date.now, random: () => 1, sleep: async () => undefined },
        variables: { TOKEN: "hunter2" },
      },
    );
    return download.then(
      (done) => ({ done, requests, error: undefined }),
      (error: Error) => ({ done: undefined, requests, error }),
    );
  }

  test.each([
    [undefined, "Bearer hunter2"],
    ["reader", `Basic ${Buffer.from("reader:hunter2").toString("base64")}`],
  ])(
    "sends the token of user %s to its own host, and not to where that leads on to",
    async (user, header) => {
      const { done, requests } = await ask(
        ({ url }) =>
          url.host === "example.com"
            ? { status: 302, location: "https://cdn.example.net/x" }
            : { status: 200 },
        { credentials: { kind: "variable", name: "TOKEN", user } },
      );
      expect(done?.digest).toBe(digestOf(packed));
      expect(requests.map(({ url, headers }) => [url.host, headers["authorization"]])).toEqual([
        ["example.com", header],
        ["cdn.example.net", undefined],
      ]);
    },
  );

  test("without its token says which variable lacks it, and asks nobody", async () => {
    const { error, requests } = await ask(() => ({ status: 200 }), {
      credentials: { kind: "variable", name: "OTHER", user: undefined },
    });
    expect(error).toMatchObject({
      code: "credentials-invalid",
      message: "variable OTHER, which holds the token for https://example.com/a.tar?…, is not set or empty",
    });
    expect(requests).toEqual([]);
  });

  test.each([
    ["http://example.net/a.tar", "which is no https address"],
    ["https://127.0.0.1/a.tar", "which is an address of this machine or its link"],
    ["http://169.254.169.254/latest/", "which is an address of this machine or its link"],
    ["file:///etc/passwd", "which is no https address"],
    ["", "which is no https address"],
  ])("is not led on to %s", async (location, says) => {
    const { error, requests } = await ask(() => ({ status: 302, location }));
    expect(error).toMatchObject({ exitStatus: 75, message: expect.stringContaining(says) });
    expect(new Set(requests.map(({ url }) => url.host))).toEqual(new Set(["example.com"]));
  });

  test("that is led around for ever is given up", async () => {
    const { error, requests } = await ask(() => ({ status: 302, location: "https://example.com/a.tar" }));
    expect(error).toMatchObject({ exitStatus: 65, message: expect.stringContaining("answered 302") });
    expect(requests).toHaveLength(6);
  });

  test.each([401, 403, 404, 410])("that is answered %i once is asked again", async (status) => {
    const { done } = await ask((_, count) => ({ status: count === 1 ? status : 200 }));
    expect(done?.size).toBe(packed.length);
  });

  test.each([
    [401, 78],
    [403, 78],
    [404, 65],
    [400, 65],
    [429, 75],
    [500, 75],
    [304, 65],
  ])("that is answered %i for good ends with %i, and shows no signature", async (status, exitStatus) => {
    const { error } = await ask(() => ({ status }));
    expect(error).toMatchObject({
      exitStatus,
      message: expect.stringMatching(new RegExp(`^example\\.com: GET /a\\.tar answered ${status} `)),
      hint: expect.stringMatching(/\.$/),
    });
    expect(JSON.stringify([error?.message, (error as { hint?: string }).hint])).not.toContain("hunter2");
  });
});
