import type { Dockerfile } from "./dockerfile.ts";
import { applyEdits } from "./edits.ts";
import { stageGraph } from "./graph.ts";
import { onOneLine, parseDockerfile } from "./parse.ts";
import { stageEdits, stageNames } from "./stage-names.ts";
import type { BuildSettings } from "./variables.ts";

/**
 * The Dockerfile's part of the platform key: the instructions that the target reaches, one to a line, heredocs below.
 * Comments, empty lines, line breaks inside an instruction, `# syntax=` and stages that are not reached are not in
 * it: changing them builds nothing. Images stand as written; their digests are in the key by themselves.
 * @throws FactoryError "dockerfile-invalid".
 */
export function effectiveText(dockerfile: Dockerfile, settings: BuildSettings): string {
  const graph = stageGraph(dockerfile, settings);
  const edits = stageEdits(dockerfile, graph, stageNames(graph), () => undefined);
  const text = applyEdits(dockerfile.text, edits, dockerfile.escape);
  const { globals, stages } = parseDockerfile(text, dockerfile.path);
  const head = dockerfile.escape === "`" ? "# escape=`\n" : "";
  const instructions = [...globals, ...stages.flatMap(({ from, instructions }) => [from, ...instructions])];
  return head + instructions.map(onOneLine).join("");
}
