import { FactoryError } from "../errors.ts";
import { parseReference } from "../registry/reference.ts";
import { checkedWord } from "./options.ts";

/** The base whose dependants are asked for. */
export const baseWord = checkedWord(
  "<reference|name>",
  "Prints every image that is built from this base, through every level: a reference such as node:22, or the name of an enrolled or watched image.",
  (text) => {
    try {
      parseReference(text);
      return true;
    } catch {
      return false;
    }
  },
  "a reference such as node:22, or the name of an image",
);

/** What `npm run plan` prints. */
export type PlanForm = "text" | "json" | "graph" | "dependants";

interface PlanFlags {
  readonly dependants: boolean;
  readonly graph: boolean;
  readonly json: boolean;
}

/** @throws FactoryError "usage" for words and flags that do not go together. */
export function planForm(
  { IMAGE, BASE }: { readonly IMAGE: string | undefined; readonly BASE: string | undefined },
  { dependants, graph, json }: PlanFlags,
): PlanForm {
  const radius = dependants || BASE !== undefined;
  if (IMAGE !== undefined && BASE !== undefined)
    throw usage("BASE and IMAGE both name what dependants are of", "Give one of them.");
  if (radius && IMAGE === undefined && BASE === undefined)
    throw usage("--dependants needs an image or a base", "Name it: IMAGE=<name> or BASE=<reference>.");
  if (graph && (json || radius))
    throw usage(`--graph and ${json ? "--json" : "dependants"} do not go together`, "Ask for one of them.");
  if (radius) return "dependants";
  if (graph) return "graph";
  return json ? "json" : "text";
}

function usage(message: string, hint: string): FactoryError {
  return new FactoryError("usage", message, { hint });
}
