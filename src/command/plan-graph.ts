import { basesOf } from "../plan/blast-radius.ts";
import type { ImageFacts } from "../plan/image-facts.ts";
import type { BuildPlan } from "../plan/plan-step.ts";
import { type Outlook, outlooks, type ShownStep, showSteps, summaryLine } from "./plan-outlook.ts";

/** More than these nobody can read, and Mermaid draws at most 500 edges of 50,000 characters of text. */
const mostNodes = 250;
const mostEdges = 400;
const longestLabel = 100;

const styles: Readonly<Record<Outlook | "external", string>> = {
  build: "fill:#ffe8b3,stroke:#b36b00,color:#000",
  conditional: "fill:#fff8e1,stroke:#b36b00,color:#000,stroke-dasharray:4",
  tag: "fill:#e0ecff,stroke:#2457b3,color:#000",
  held: "fill:#e8e8ff,stroke:#3a3a9f,color:#000",
  left: "fill:#e8e8ff,stroke:#3a3a9f,color:#000,stroke-dasharray:4",
  delayed: "fill:#f3e6ff,stroke:#6b3fa0,color:#000,stroke-dasharray:4",
  staying: "fill:#f3e6ff,stroke:#6b3fa0,color:#000",
  keep: "fill:#e6f4ea,stroke:#2e7d32,color:#000",
  blocked: "fill:#fde0e0,stroke:#b3261e,color:#000,stroke-dasharray:4",
  refuse: "fill:#fde0e0,stroke:#b3261e,color:#000",
  external: "fill:#eeeeee,stroke:#666666,color:#000",
};

/**
 * A plan as a Mermaid flowchart: an edge from each base to what is built from it, a class for what comes of an image.
 * The same plan gives the same text. Of a large one what changes comes first, and it is said what is left out.
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function graphLines(plan: BuildPlan, facts: readonly ImageFacts[]): readonly string[] {
  const bases = new Map(facts.map((fact) => [fact.enrolment.name, basesOf(fact)]));
  const under = ({ image }: ShownStep) => bases.get(image) ?? [];
  const shown = showSteps(plan);
  const drawn = choose(shown, under);
  const images = shown.filter((step) => drawn.has(step));
  const left = shown.filter((step) => !drawn.has(step));
  const enrolled = new Set(shown.map(({ image }) => image));
  const externals = [...new Set(images.flatMap(under))].filter((base) => !enrolled.has(base));
  const ids = new Map(
    [...externals, ...images.map(({ image }) => image)].map((name, at) => [name, `n${at}`]),
  );
  const edges = images.flatMap((step) => under(step).map((base) => [ids.get(base), ids.get(step.image)]));
  const classes = (["external", ...outlooks] as const).filter((name) =>
    name === "external" ? externals.length > 0 : images.some(({ outlook }) => outlook === name),
  );
  return [
    "flowchart LR",
    ...externals.map((base) => `  ${ids.get(base)}(["${label(base)}"]):::external`),
    ...images.map(
      ({ image, outlook }) => `  ${ids.get(image)}["${label(image)}<br/>${outlook}"]:::${outlook}`,
    ),
    ...(left.length === 0 ? [] : [`  rest["not drawn: ${label(summaryLine(left))}"]`]),
    ...edges.flatMap(([from, to]) => (from === undefined ? [] : [`  ${from} --> ${to}`])),
    ...classes.map((name) => `  classDef ${name} ${styles[name]}`),
  ];
}

/** As many steps as fit, those first that change something. */
function choose(
  shown: readonly ShownStep[],
  under: (step: ShownStep) => readonly string[],
): ReadonlySet<ShownStep> {
  const nodes = new Set<string>();
  const chosen = new Set<ShownStep>();
  let edges = 0;
  const quietLast = [
    ...shown.filter(({ outlook }) => outlook !== "keep"),
    ...shown.filter(({ outlook }) => outlook === "keep"),
  ];
  for (const step of quietLast) {
    const own = [step.image, ...under(step)];
    const added = own.filter((name) => !nodes.has(name)).length;
    if (nodes.size + added > mostNodes || edges + own.length - 1 > mostEdges) break;
    for (const name of own) nodes.add(name);
    edges += own.length - 1;
    chosen.add(step);
  }
  return chosen;
}

/** Text that stands between quotes and is nothing else there, whatever it is: what Mermaid may read has become a number. */
function label(text: string): string {
  const cut = text.length > longestLabel ? `${text.slice(0, longestLabel - 1)}…` : text;
  return cut.replace(/[^A-Za-z0-9 ./:,@-]/gu, (character) => `#${character.codePointAt(0)};`);
}
