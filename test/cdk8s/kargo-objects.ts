import { kargoLayer } from "../../cdk8s/kargo/kargo-layer.ts";
import { kargoProps } from "./samples.ts";

export const props = await kargoProps();
export const { manifests, readme } = kargoLayer(props);

export interface StageSpec {
  readonly requestedFreight: readonly {
    readonly origin: { readonly name: string };
    readonly sources: { readonly stages?: readonly string[]; readonly requiredSoakTime?: string };
  }[];
  readonly promotionTemplate: {
    readonly spec: {
      readonly steps: readonly { readonly uses: string; readonly config: Readonly<Record<string, string>> }[];
    };
  };
  readonly verification?: {
    readonly analysisTemplates: readonly { readonly name: string }[];
    readonly args: readonly { readonly name: string; readonly value: string }[];
  };
}

export function find(kind: string, name: string, of = manifests) {
  return of.find((object) => object.kind === kind && object.metadata.name === name);
}

export function specOf<T>(kind: string, name: string, of = manifests): T {
  const found = find(kind, name, of);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found["spec"] as T;
}

export function stage(name: string): StageSpec {
  return specOf("Stage", name);
}

export function subscription(name: string, of = manifests): Readonly<Record<string, unknown>> {
  const { subscriptions } = specOf<{
    readonly subscriptions: readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[];
  }>("Warehouse", name, of);
  const [only] = subscriptions;
  return only?.["image"] ?? only?.["git"] ?? {};
}

/** Origin by the Stages that it comes through, and how long it stands there. */
export function requests(name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    stage(name).requestedFreight.map(({ origin, sources: { stages = [], requiredSoakTime } }) => [
      origin.name,
      [...stages, ...(requiredSoakTime === undefined ? [] : [requiredSoakTime])].join(" "),
    ]),
  );
}
