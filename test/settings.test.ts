import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterEach, beforeEach, expect, test } from "vitest";
import schema from "../factory.schema.json" with { type: "json" };
import { FactoryError } from "../src/errors.ts";
import { readSettings, type Settings, variableOf } from "../src/settings.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "settings-"));
});
afterEach(() => rm(root, { recursive: true }));

async function read(file: string | undefined, env: Record<string, string> = {}): Promise<Settings> {
  if (file !== undefined) await writeFile(join(root, "factory.yaml"), file);
  return readSettings(root, env);
}

/** Everything that the error says, a line each: what a person reads. */
async function problemsOf(
  file: string | undefined,
  env: Record<string, string> = {},
): Promise<readonly string[]> {
  const error: unknown = await read(file, env).catch((thrown: unknown) => thrown);
  if (!(error instanceof FactoryError)) throw new Error(`no FactoryError: ${error}`);
  expect(error).toMatchObject({ code: "settings-invalid", exitStatus: 78 });
  return error.problems.length > 0 ? error.problems : [error.message];
}

test("without a file or a variable everything has its default, with absolute paths", async () => {
  expect(await read(undefined)).toEqual({
    registry: undefined,
    stateDir: join(root, ".factory/state"),
    stateRepository: undefined,
    stateBranch: "main",
    stateTokenVariable: undefined,
    leaseNamespace: undefined,
    workDir: join(root, ".factory"),
    imagesFile: join(root, "images.yaml"),
    jobs: availableParallelism(),
    rebuildsPerMinute: 30,
    insecureRegistries: [],
    authFiles: [],
    trivyDatabase: undefined,
    trivyJavaDatabase: undefined,
    databaseMaxAge: "7d",
    debianMirror: undefined,
    builderImage: undefined,
    layerCache: undefined,
    signedBy: {},
    publish: "tags",
    keepLast: 20,
    keepFor: "14d",
    keepTags: undefined,
    keepStaged: "7d",
  });
});

const examples = {
  registry: "registry.example.org:5000/acme",
  stateDir: "kept",
  stateRepository: "https://git.example.org/acme/state.git",
  stateBranch: "production",
  stateTokenVariable: "GIT_TOKEN",
  leaseNamespace: "image-factory-kargo",
  workDir: "work",
  imagesFile: "enrolled.yaml",
  jobs: 3,
  rebuildsPerMinute: 10,
  insecureRegistries: ["one.internal:5000", "two.internal"],
  authFile: "auth.json",
  authFiles: ["ghcr.json", "harbor.json"],
  trivyDatabase: "mirror.example.org/trivy-db:2",
  trivyJavaDatabase: "mirror.example.org/trivy-java-db:1",
  databaseMaxAge: "36h",
  debianMirror: "https://mirror.example.org/debian",
  builderImage: "ghcr.io/acme/builder:1",
  layerCache: "registry.example.org/layers",
  signedBy: { "ghcr.io/acme/base": "acme.pub", "quay.io/acme/tools": "tools.pub" },
  publish: "unique",
  keepLast: 50,
  keepFor: "90d",
  keepTags: "^v[0-9]",
  keepStaged: "2d",
} as const;

const { authFile: _, ...others } = examples;
const expected = () => ({
  ...others,
  stateDir: join(root, "kept"),
  workDir: join(root, "work"),
  imagesFile: join(root, "enrolled.yaml"),
  signedBy: { "ghcr.io/acme/base": join(root, "acme.pub"), "quay.io/acme/tools": join(root, "tools.pub") },
  authFiles: [join(root, "auth.json"), join(root, "ghcr.json"), join(root, "harbor.json")],
});

test("every key can stand in factory.yaml", async () => {
  expect(await read(JSON.stringify(examples))).toEqual(expected());
});

test("every key can be given by its variable, which wins over the file", async () => {
  const text = (value: unknown) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).map((pair) => pair.join("="))
      : value;
  const env = Object.entries(examples).map(([key, value]) => [variableOf(key), String(text(value))]);
  const file = "registry: ghcr.io\nstateDir: elsewhere\njobs: 9\ninsecureRegistries: [three.internal]\n";
  expect(await read(file, Object.fromEntries(env))).toEqual(expected());
});

test("the schema describes every setting, with examples that it accepts, and nothing else", async () => {
  const keys = [...Object.keys(await read(undefined)), "authFile"];
  expect(Object.keys(schema.properties).sort()).toEqual(keys.sort());
  const ajv = new Ajv({ strict: true, keywords: ["errorMessage"] });
  for (const [key, property] of Object.entries(schema.properties)) {
    expect(property.description, key).toMatch(/\.$|\w$/);
    expect(property.examples.length, key).toBeGreaterThan(0);
    for (const example of property.examples)
      expect(ajv.validate(property, example), `${key}: ${example}`).toBe(true);
  }
});

test("what is kept has to be a duration, a count, and an expression", async () => {
  for (const [text, problem] of [
    ["keepFor: soon\n", 'factory.yaml:1:10: keepFor: expected a duration like 90d, 36h or 0s, got "soon"'],
    [
      "keepLast: 0\n",
      "factory.yaml:1:11: keepLast: expected a whole number from 1 to 100000, got the number 0",
    ],
  ] as const)
    await expect(read(text)).rejects.toMatchObject({ code: "settings-invalid", problems: [problem] });
  await expect(read('keepTags: "v("\n')).rejects.toThrow('keepTags: expected a regular expression, got "v("');
});

test("the state folder lies in the work folder wherever that is", async () => {
  expect(await read(undefined, { FACTORY_WORK_DIR: "/var/lib/factory" })).toMatchObject({
    workDir: "/var/lib/factory",
    stateDir: "/var/lib/factory/state",
  });
});

test("the older tool's variables count below those of this one and above the file", async () => {
  const older = { IMAGE_FACTORY_STATE_DIR: "/older", IMAGES_YAML: "/older/images.yaml" };
  expect(await read("stateDir: /file\nimagesFile: /file/images.yaml\n", older)).toMatchObject({
    stateDir: "/older",
    imagesFile: "/older/images.yaml",
  });
  expect(await read(undefined, { ...older, FACTORY_STATE_DIR: "/newer" })).toMatchObject({
    stateDir: "/newer",
    imagesFile: "/older/images.yaml",
  });
});

test("the folder of the older tool's variable holds images.yaml too, where there is one and no other is named", async () => {
  const folder = join(root, "older");
  const older = { IMAGE_FACTORY_STATE_DIR: folder };
  expect(await read(undefined, older)).toMatchObject({ imagesFile: join(root, "images.yaml") });
  await mkdir(folder);
  await writeFile(join(folder, "images.yaml"), "[]\n");
  expect(await read(undefined, older)).toMatchObject({
    stateDir: folder,
    imagesFile: join(folder, "images.yaml"),
  });
  const named = { IMAGES_YAML: "/a.yaml" };
  expect(await read(undefined, { ...older, ...named })).toMatchObject({ imagesFile: "/a.yaml" });
  const own = { FACTORY_IMAGES_FILE: "/b.yaml" };
  expect(await read(undefined, { ...older, ...named, ...own })).toMatchObject({ imagesFile: "/b.yaml" });
  expect(await read(undefined, { FACTORY_STATE_DIR: folder })).toMatchObject({
    imagesFile: join(root, "images.yaml"),
  });
  expect(await read("imagesFile: c.yaml\n", older)).toMatchObject({ imagesFile: join(root, "c.yaml") });
});

test("variables of a CI that happen to be named like settings redirect nothing", async () => {
  const stray = {
    REGISTRY: "evil.example.org",
    TAG: "x",
    STATE_DIR: "/x",
    JOBS: "x",
    npm_config_registry: "x",
  };
  expect(await read(undefined, stray)).toEqual(await read(undefined));
});

test("an empty variable is none", async () => {
  expect(await read("registry: ghcr.io/acme\n", { FACTORY_REGISTRY: "", FACTORY_JOBS: "" })).toMatchObject({
    registry: "ghcr.io/acme",
    jobs: availableParallelism(),
    rebuildsPerMinute: 30,
  });
});

test("a misspelt variable is an error that names the one that was meant", async () => {
  expect(await problemsOf(undefined, { FACTORY_REGISTRI: "ghcr.io" })).toEqual([
    'FACTORY_REGISTRI is no setting (did you mean "FACTORY_REGISTRY"?)',
  ]);
});

test("variables of set-up are not taken for misspelt settings", async () => {
  await expect(read(undefined, { FACTORY_BUILDER: "1" })).resolves.toBeDefined();
});

test.each([
  ["FACTORY_JOBS", "many"],
  ["FACTORY_JOBS", "0"],
  ["FACTORY_JOBS", "1.5"],
  ["FACTORY_JOBS", "-1"],
  ["FACTORY_REGISTRY", "https://ghcr.io/acme"],
  ["FACTORY_REGISTRY", "user:secret@ghcr.io"],
  ["FACTORY_REGISTRY", "ghcr.io/Acme"],
  ["FACTORY_INSECURE_REGISTRIES", "one.internal,,two.internal"],
  ["FACTORY_INSECURE_REGISTRIES", "http://one.internal"],
  ["FACTORY_DEBIAN_MIRROR", "file:///mirror"],
])("%s=%s is refused by the name of the variable", async (name, text) => {
  const [problem, ...others] = await problemsOf(undefined, { [name]: text });
  expect(problem).toMatch(new RegExp(`^${name}: expected .+, got `));
  expect(others).toEqual([]);
});

test.each(["user:secret@ghcr.io", "secret@ghcr.io", "https://user:secret@ghcr.io/acme"])(
  "a password in an address is not repeated: %s",
  async (text) => {
    const inFile = await problemsOf(`registry: "${text}"\n`);
    const inVariable = await problemsOf(undefined, { FACTORY_REGISTRY: text });
    for (const [problem] of [inFile, inVariable]) {
      expect(problem).toMatch(/expected host.*, got a text of \d+ characters with an @ in it$/);
      expect(problem).not.toContain("secret");
    }
  },
);

test("all wrong variables are told at once", async () => {
  const problems = await problemsOf(undefined, { FACTORY_JOBS: "many", FACTORY_REGISTRY: "https://ghcr.io" });
  expect(problems.map((problem) => problem.split(":")[0])).toEqual(["FACTORY_JOBS", "FACTORY_REGISTRY"]);
});

test("all that is wrong in the file is told at once, each with its line and column", async () => {
  const file =
    "# where\nregistri: ghcr.io\njobs: many\ninsecureRegistries:\n  - one.internal\n  - http://two\n";
  expect(await problemsOf(file)).toEqual([
    'factory.yaml:2:1: registri: expected a known key (did you mean "registry"?), got "registri"',
    'factory.yaml:3:7: jobs: expected a whole number from 1 to 1024, got "many"',
    'factory.yaml:6:5: insecureRegistries[1]: expected host or host:port, got "http://two"',
  ]);
});

test.each([
  ["a list", "- registry\n", "factory.yaml:1:1: expected a mapping of settings, got a list"],
  ["a text", "ghcr.io\n", 'factory.yaml:1:1: expected a mapping of settings, got "ghcr.io"'],
  [
    "a number where a text belongs",
    "registry: 5\n",
    "factory.yaml:1:11: registry: expected host, host:port or host/prefix, without a scheme or credentials, got the number 5",
  ],
  [
    "a text where a list belongs",
    "insecureRegistries: a\n",
    'factory.yaml:1:21: insecureRegistries: expected a list of hosts, got "a"',
  ],
  [
    "nothing where a text belongs",
    "registry:\n",
    "factory.yaml:1:10: registry: expected host, host:port or host/prefix, without a scheme or credentials, got nothing",
  ],
])("%s is an error", async (_title, file, problem) => {
  expect(await problemsOf(file)).toEqual([problem]);
});

test("a key that stands twice is an error at the second", async () => {
  expect((await problemsOf("jobs: 1\njobs: 2\n"))[0]).toMatch(
    /^factory\.yaml:2:1: jobs: expected each key once/,
  );
});

test("YAML that cannot be read is an error with its place", async () => {
  expect((await problemsOf("registry: [\n"))[0]).toMatch(/^factory\.yaml:\d+:\d+: /);
});

test("aliases that multiply are refused, not expanded", async () => {
  const levels = ["a: &a [x, x]"];
  for (const [below, level] of ["ab", "bc", "cd", "de", "ef", "fg"]) {
    levels.push(`${level}: &${level} [${Array(10).fill(`*${below}`).join(", ")}]`);
  }
  expect((await problemsOf(`${levels.join("\n")}\n`))[0]).toContain("expected aliases for at most");
});

test("an empty file and one of comments alone are no settings", async () => {
  const defaults = await read(undefined);
  expect(await read("")).toEqual(defaults);
  expect(await read("# nothing yet\n")).toEqual(defaults);
});

test("a file that is there and cannot be read is an error, not an absence", async () => {
  await rm(root, { recursive: true });
  await writeFile(root, "");
  expect((await problemsOf(undefined))[0]).toContain("factory.yaml cannot be read");
  await rm(root);
  root = await mkdtemp(join(tmpdir(), "settings-"));
});
