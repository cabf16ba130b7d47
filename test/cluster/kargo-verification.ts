import { randomBytes } from "node:crypto";
import type { KubeObject } from "../../src/cluster/objects.ts";
import { type Digests, evaluate } from "./kargo-expressions.ts";

interface Argument {
  readonly name: string;
  readonly value?: string;
}

/** Of a Stage what says how it is verified. */
export interface Verification {
  readonly analysisTemplates: readonly { readonly name: string }[];
  readonly analysisRunMetadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly args: readonly Argument[];
}

export interface Template extends KubeObject {
  readonly spec: { readonly args: readonly Argument[]; readonly metrics: readonly object[] };
}

export interface AnalysisRunObject extends KubeObject {
  readonly spec: { readonly metrics: readonly object[]; readonly args: readonly Argument[] };
  readonly status?: { readonly phase?: string };
}

/** The AnalysisRun that Kargo makes of a Stage's verification: of its templates' metrics, and of both's arguments. */
export function analysisRun(
  { name: stage, namespace }: { readonly name: string; readonly namespace: string },
  { analysisRunMetadata, args }: Verification,
  templates: readonly Template[],
  digests: Digests,
  labels: Readonly<Record<string, string>> = {},
): AnalysisRunObject {
  const given = new Map(args.map(({ name, value = "" }) => [name, evaluate(value, digests)]));
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisRun",
    metadata: {
      name: kargoName(stage),
      namespace,
      labels: { ...analysisRunMetadata?.labels, ...labels },
    },
    spec: {
      metrics: templates.flatMap(({ spec }) => spec.metrics),
      // What a Stage does not have, or has empty, is the template's own.
      args: templates.flatMap(({ spec }) =>
        spec.args.map((arg) => ({ name: arg.name, value: given.get(arg.name) || (arg.value ?? "") })),
      ),
    },
  };
}

/** `<stage>.<26 characters that grow>.<7 characters>`. */
export function kargoName(stage: string): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${stage}.${time}${randomBytes(7).toString("hex")}.${randomBytes(4).toString("hex").slice(0, 7)}`;
}
