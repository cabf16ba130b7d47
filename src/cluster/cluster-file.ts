import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Problem } from "../enrolment/problem.ts";
import { problemLines } from "../enrolment/problem-lines.ts";
import { type SchemaWords, schemaProblems } from "../enrolment/schema-problems.ts";
import { readYaml, type YamlTree } from "../enrolment/yaml-tree.ts";
import { FactoryError } from "../errors.ts";
import { whenAbsent } from "../when-absent.ts";
import { cluster } from "./cluster-check.generated.js";
import type { ClusterFile } from "./cluster-file.generated.ts";
import { formats } from "./formats.ts";

const words: SchemaWords = {
  definitions: {},
  formats,
  synonyms: { storage_class: "storageClass", timezone: "timeZone", proxy: "proxies" },
};

/**
 * What cluster.yaml of this folder says; nothing where there is no such file.
 * @throws FactoryError "settings-invalid" with every problem as `cluster.yaml:LINE:COLUMN: <path>: expected …, got …`.
 */
export async function readClusterFile(root: string): Promise<ClusterFile> {
  const file = join(root, "cluster.yaml");
  const unreadable = (cause: Error) =>
    new FactoryError("settings-invalid", `${file} cannot be read: ${cause.message}`, { cause });
  const text = await readFile(file, "utf8").catch(whenAbsent(undefined, unreadable));
  return text === undefined ? {} : parseClusterFile(text);
}

/**
 * The text of cluster.yaml, checked.
 * @throws FactoryError as `readClusterFile`.
 */
export function parseClusterFile(text: string): ClusterFile {
  const tree = readYaml(text);
  // A file of comments alone is a null, and means nothing yet.
  const value = tree.value ?? {};
  const problems = tree.problems.length > 0 ? tree.problems : problemsOf(value, tree);
  if (problems.length > 0) {
    throw new FactoryError("settings-invalid", "cluster.yaml is wrong", {
      problems: problemLines(problems, tree, "cluster.yaml"),
      hint: "cluster.schema.json describes every key.",
    });
  }
  return value as ClusterFile;
}

function problemsOf(value: unknown, tree: YamlTree): readonly Problem[] {
  const unfit = cluster(value) ? [] : schemaProblems(cluster.errors ?? [], [], tree, words);
  return unfit.length > 0 ? unfit : contradictions(value as ClusterFile);
}

/** What no schema of one key can say. */
function contradictions({ podProfile = "userns", seccomp, stateRepository, state }: ClusterFile): Problem[] {
  const problems: Problem[] = [];
  if (seccomp === "RuntimeDefault" && podProfile !== "userns-sysadmin") {
    const text = `expected Localhost or Unconfined with podProfile ${podProfile}, got "RuntimeDefault", which forbids the namespaces that a build makes`;
    problems.push({ path: ["seccomp"], text });
  }
  if (stateRepository !== undefined && state !== undefined) {
    const text = "expected stateRepository or state, got both";
    problems.push({ path: ["state"], onKey: true, text });
  }
  return problems;
}
