import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import PQueue from "p-queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseClusterFile } from "../../src/cluster/cluster-file.ts";
import { readImages } from "../../src/enrolment/read-images.ts";
import { type ErrorCode, FactoryError, worstStatus } from "../../src/errors.ts";
import { createRegistryClient } from "../../src/registry/client.ts";
import { createCredentialStore } from "../../src/registry/credentials.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { ensureEmbeddedRegistry, stopEmbeddedRegistry } from "../../src/registry/embedded/daemon.ts";
import { imageManifestBytes, indexBytes } from "../../src/registry/manifest.ts";
import { ociConfigType, ociIndexType, ociManifestType } from "../../src/registry/media-types.ts";
import { childEnvironment, run } from "../../src/run.ts";
import { parseSettings } from "../../src/settings-file.ts";
import { ownRoot } from "../../src/setup/needs.ts";
import { nodeVariables, nodeWords } from "../command-start.ts";
import {
  anchorsOf,
  blocksOf,
  codeIn,
  examples,
  linksOf,
  namedCommands,
  pages,
  readme,
  rowsOf,
  tableOf,
} from "./documents.ts";
import {
  clusterTable,
  commandsTable,
  fieldsTable,
  type Help,
  parseHelp,
  type Schema,
  settingsTable,
  wordsTable,
} from "./tables.ts";

const scripts = (
  JSON.parse(readFileSync(join(ownRoot, "package.json"), "utf8")) as { scripts: Record<string, string> }
).scripts;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "documents-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Two at a time: there are two cores. */
const turns = new PQueue({ concurrency: 2 });

/** Runs a shell text on the Node that runs this test. */
async function shell(text: string, env: Readonly<Record<string, string>>, cwd = ownRoot): Promise<Ended> {
  return turns.add(async () => {
    const PATH = `${dirname(process.execPath)}:${process.env["PATH"]}`;
    const child = spawn("sh", ["-eu", "-c", text], {
      cwd,
      env: { ...childEnvironment(), PATH, ...nodeVariables, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
      });
    }
    const [status] = (await once(child, "close")) as [number | null];
    return { status, output };
  });
}

/** The file that a command of package.json starts. */
function scriptOf(command: string): string {
  const [, name] = /^exec sh src\/setup\/start\.sh (\S+)$/.exec(scripts[command] ?? "") ?? [];
  if (name === undefined) throw new Error(`package.json has no command ${command} that set-up starts`);
  return join("scripts", `${name}.ts`);
}

/** Node as start.sh starts it, for a shell. */
const node = ["node", ...nodeWords.map((word) => `'${word}'`)].join(" ");

const helps = new Map<string, Promise<Help>>();

/** What `--help` prints; every command is asked once. */
function helpOf(command: string): Promise<Help> {
  const known = helps.get(command) ?? askForHelp(command);
  helps.set(command, known);
  return known;
}

async function askForHelp(command: string): Promise<Help> {
  const { status, output } = await shell(`${node} ${scriptOf(command)} --help`, {});
  expect(status, command).toBe(0);
  return parseHelp(command, output);
}

/** The command of an example and what npm hands on to it. */
function parseExample(example: string): { readonly command: string; readonly words: string } {
  const [, command, words = ""] =
    /^npm (?:run (?:-s )?)?([\w:-]+)(.*)$/.exec(example.replaceAll(" -- ", " ")) ?? [];
  if (command === undefined) throw new Error(`not an example: ${example}`);
  return { command, words };
}

function readSchema(file: string): Schema {
  return JSON.parse(readFileSync(join(ownRoot, file), "utf8"));
}

describe("the documents' tables", () => {
  it("show every field, setting, command and word as schemas, package.json and help texts have them", async () => {
    const all = await Promise.all(Object.keys(scripts).map(helpOf));
    const generated = {
      Field: fieldsTable(readSchema("images.schema.json")),
      Setting: settingsTable(readSchema("factory.schema.json")),
      "Cluster key": clusterTable(readSchema("cluster.schema.json")),
      Command: commandsTable(all),
      Word: wordsTable(all),
    };
    const expected = new Map<string, string>();
    for (const [firstColumn, fresh] of Object.entries(generated)) {
      const { page, table } = tableOf(firstColumn);
      expected.set(
        page.path,
        (expected.get(page.path) ?? page.text).replace(table, () => fresh),
      );
    }
    for (const [path, text] of expected) await expect(text).toMatchFileSnapshot(join(ownRoot, path));
  });

  it("show every exit code of errors.ts with its codes", () => {
    const source = readFileSync(join(ownRoot, "src/errors.ts"), "utf8");
    const codes = [...source.matchAll(/^ {2}"?([a-z-]+)"?: \d+,$/gm)].map(([, code = ""]) => code);
    expect(codes.length).toBeGreaterThan(20);
    const shown = rowsOf(tableOf("Code").table).flatMap(([status, , , names = ""]) =>
      codeIn(names).map((name) => `${name} ${status}`),
    );
    expect(shown.toSorted()).toEqual(
      codes.map((code) => `${code} ${new FactoryError(code as ErrorCode, "").exitStatus}`).toSorted(),
    );
  });

  it("are followed in the order of exit codes for several images", () => {
    const [, list = ""] = /first that applies of ([\d,\s]+)\./.exec(tableOf("Code").page.text) ?? [];
    const order = list.split(",").map(Number) as Parameters<typeof worstStatus>[0] extends Iterable<infer S>
      ? S[]
      : never;
    expect(order.length).toBe(rowsOf(tableOf("Code").table).length - 1);
    for (let from = 0; from < order.length; from += 1)
      expect(worstStatus(order.slice(from).toReversed())).toBe(order[from]);
  });
});

describe("the documents' commands", () => {
  it("name every command of package.json at least once", () => {
    const named = new Set(examples.map((example) => parseExample(example).command));
    expect(Object.keys(scripts).filter((command) => !named.has(command))).toEqual([]);
  });

  it("are commands of package.json, also where a sentence names them", () => {
    expect(namedCommands.filter(({ command }) => !(command in scripts))).toEqual([]);
  });

  // A setting that does not exist is found after the words were read, and before anything is done.
  it.concurrent.each([...new Set(examples)])("%s is accepted by its command", async (example) => {
    const { command, words } = parseExample(example);
    const env = {
      FACTORY_NOTHING_OF_THE_KIND: "1",
      COMMIT: "8d5c0e1f7a0b4c9d2e3f4a5b6c7d8e9f0a1b2c3d",
      DIGEST: `sha256:${"0123456789abcdef".repeat(4)}`,
      SECOND: "1795237836",
    };
    const script = scriptOf(command);
    const text = readFileSync(join(ownRoot, script), "utf8");
    if (!text.includes("readSettings(") && !text.includes("openFactory(")) {
      const help = await helpOf(command);
      for (const [given] of words.matchAll(/"[^"]*"|'[^']*'|\S+/g)) {
        const word = given.replaceAll(/["']/g, "");
        const isTest = command === "check" && existsSync(join(ownRoot, word));
        expect(isTest || help.takes.includes(word.replace(/=.*/, "")), word).toBe(true);
      }
      return;
    }
    const { status, output } = await shell(`${node} ${script} ${words}`, env);
    expect(output).toContain("FACTORY_NOTHING_OF_THE_KIND is no setting");
    expect(status).toBe(78);
  });
});

describe("the documents' YAML", () => {
  const yaml = pages.flatMap((page) => blocksOf(page, "yaml"));

  it.each(yaml.filter((text) => text.startsWith("# images.yaml\n")))(
    "enrols what it says: %s",
    async (text) => {
      const file = join(dir, "images.yaml");
      await writeFile(file, text);
      const { images, watched } = await readImages(file);
      expect([...images, ...watched].map(({ name }) => name)).toEqual(
        [...text.matchAll(/^ *- name: (\S+)$/gm)].map(([, name]) => name),
      );
    },
  );

  it("enrols a first image in five lines", () => {
    const [first = ""] = blocksOf(readme, "yaml");
    expect(first.trim().split("\n").slice(1)).toHaveLength(5);
  });

  it.each(yaml.filter((text) => text.startsWith("# factory.yaml\n")))("sets what it says: %s", (text) => {
    expect(Object.keys(parseSettings(text))).toEqual([...text.matchAll(/^(\w+):/gm)].map(([, key]) => key));
  });

  it.each(yaml.filter((text) => text.startsWith("# cluster.yaml\n")))("says of a cluster: %s", (text) => {
    expect(Object.keys(parseClusterFile(text))).toEqual(
      [...text.matchAll(/^(\w+):/gm)].map(([, key]) => key),
    );
  });

  it("is of images.yaml, factory.yaml or cluster.yaml", () => {
    for (const text of yaml) expect(text).toMatch(/^# (?:images|factory|cluster)\.yaml\n/);
  });
});

describe("the documents' links", () => {
  it.each(pages)("of $path lead to files and headings that are there", (page) => {
    const lost = linksOf(page).filter((address) => {
      const [file = "", heading] = address.split("#");
      const target = join(ownRoot, file === "" ? page.path : join(dirname(page.path), file));
      if (!existsSync(target)) return true;
      return heading !== undefined && !anchorsOf(readFileSync(target, "utf8")).has(heading);
    });
    expect(lost).toEqual([]);
  });

  it("of the README lead to every page of docs/", () => {
    const named = new Set(linksOf(readme).map((address) => address.replace(/#.*/, "")));
    expect(pages.filter((page) => page !== readme && !named.has(page.path))).toEqual([]);
  });
});

describe("the README's way to verify", () => {
  const workDir = () => join(dir, ".factory");
  const log = () => undefined;
  afterAll(() => stopEmbeddedRegistry({ workDir: workDir(), log }));

  it("gets the index of a published image by curl, and shows its digest and platforms", async () => {
    const { address } = await ensureEmbeddedRegistry({ workDir: workDir(), log });
    const credentials = createCredentialStore({ authFiles: [join(workDir(), "auth.json")], run, env: {} });
    const client = createRegistryClient({ embedded: address, credentials, log });
    const repository = { registry: "factory.localhost", path: "team/hello" };
    const push = async (architecture: "amd64" | "arm64") => {
      const config = new TextEncoder().encode(JSON.stringify({ os: "linux", architecture }));
      await client.putBlob(repository, config);
      const bytes = imageManifestBytes({
        config: { mediaType: ociConfigType, digest: digestOf(config), size: config.length },
        layers: [],
      });
      const digest = digestOf(bytes);
      await client.putManifest(repository, digest, ociManifestType, bytes);
      const platform = `linux/${architecture}` as const;
      return { platform, mediaType: ociManifestType, digest, size: bytes.length };
    };
    const children = [await push("amd64"), await push("arm64")] as const;
    const index = indexBytes(children, {});
    await client.putManifest(repository, "latest", ociIndexType, index);
    const image = `${address}/team/hello@${digestOf(index)}`;

    const [first, ...parts] = section("Verifying what was published");
    expect(first).toContain("image=$(");
    expect(parts).toHaveLength(2);
    const { status, output } = await shell(parts.join("\n"), { image }, dir);
    expect(output).toBe(
      `index.json: OK\n${children.map(({ platform, digest }) => `${platform.slice(6)} ${digest}\n`).join("")}`,
    );
    expect(status).toBe(0);
  });
});

/** The shell blocks below a heading. */
function section(heading: string): readonly string[] {
  const [, rest = ""] = readme.text.split(`\n## ${heading}\n`);
  const [own = ""] = rest.split("\n## ");
  return blocksOf({ path: readme.path, text: own }, "sh");
}
