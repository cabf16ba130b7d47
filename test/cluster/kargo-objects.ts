import type { ClusterApi } from "../../src/cluster/api.ts";
import type { KubeObject } from "../../src/cluster/objects.ts";
import type { Verification } from "./kargo-verification.ts";

/** What a Warehouse found, as Freight has it. */
export interface FreightImage {
  readonly repoURL: string;
  readonly tag: string;
  readonly digest: string;
}

interface Origin {
  readonly kind: "Warehouse";
  readonly name: string;
}

export interface Warehouse extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly generation?: number };
  readonly spec: {
    readonly interval: string;
    readonly subscriptions: readonly { readonly image?: Subscription }[];
  };
  readonly status?: { readonly lastHandledRefresh?: string };
}

export interface Subscription {
  readonly repoURL: string;
  readonly imageSelectionStrategy: string;
  readonly constraint?: string;
  readonly allowTagsRegexes?: readonly string[];
}

export interface Freight extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly creationTimestamp?: string };
  readonly origin: Origin;
  readonly images: readonly FreightImage[];
  readonly status?: { readonly verifiedIn?: Readonly<Record<string, { readonly verifiedAt: string }>> };
}

/** What a Stage has of each Warehouse, and how its verification went. */
export interface Collection {
  readonly id: string;
  readonly items: Readonly<
    Record<
      string,
      { readonly name: string; readonly origin: Origin; readonly images: readonly FreightImage[] }
    >
  >;
  readonly verificationHistory?: readonly {
    readonly id: string;
    readonly phase: string;
    readonly startTime: string;
    readonly analysisRun: { readonly name: string; readonly namespace: string; readonly phase: string };
  }[];
}

export interface Stage extends KubeObject {
  readonly spec: {
    readonly requestedFreight: readonly {
      readonly origin: Origin;
      readonly sources: {
        readonly direct?: boolean;
        readonly stages?: readonly string[];
        readonly requiredSoakTime?: string;
      };
    }[];
    readonly promotionTemplate: { readonly spec: { readonly steps: readonly PromotionStep[] } };
    readonly verification?: Verification;
  };
  readonly status?: { readonly freightHistory?: readonly Collection[] };
}

export interface PromotionStep {
  readonly uses: string;
  readonly config: Readonly<Record<string, string>>;
}

export interface Promotion extends KubeObject {
  readonly spec: {
    readonly stage: string;
    readonly freight: string;
    readonly steps: readonly PromotionStep[];
  };
  readonly status?: { readonly phase?: string };
}

/** Objects of one namespace, by the plural of their kind. */
export interface KargoApi {
  readonly list: <T extends KubeObject>(plural: string) => Promise<readonly T[]>;
  readonly get: <T extends KubeObject>(plural: string, name: string) => Promise<T>;
  readonly apply: <T extends KubeObject>(plural: string, object: T) => Promise<void>;
  /** Replaces what this has said of the status before. */
  readonly say: (plural: string, object: KubeObject, status: object) => Promise<void>;
}

/** @param api of an administrator. */
export function kargoApi(api: ClusterApi, namespace: string): KargoApi {
  const pathOf = (plural: string) => {
    const group = plural.startsWith("analysis") ? "argoproj.io" : "kargo.akuity.io";
    return `/apis/${group}/v1alpha1/namespaces/${namespace}/${plural}`;
  };
  const ask = async (...request: Parameters<ClusterApi["request"]>) => {
    const { status, body } = await api.request(...request);
    if (status >= 300) throw new Error(`${request[0]} ${request[1]}: ${JSON.stringify(body)}`);
    return body;
  };
  const as = "?fieldManager=kargo-stand-in&force=true";
  return {
    list: async <T>(plural: string) =>
      ((await ask("GET", pathOf(plural))) as { readonly items: readonly T[] }).items,
    get: async <T>(plural: string, name: string) => (await ask("GET", `${pathOf(plural)}/${name}`)) as T,
    apply: async (plural, object) => {
      await ask("PATCH", `${pathOf(plural)}/${object.metadata.name}${as}`, object);
    },
    say: async (plural, { metadata: { name } }, status) => {
      const kinds: Readonly<Record<string, string>> = {
        warehouses: "Warehouse",
        freights: "Freight",
        stages: "Stage",
        promotions: "Promotion",
      };
      const object = {
        apiVersion: "kargo.akuity.io/v1alpha1",
        kind: kinds[plural],
        metadata: { name, namespace },
        status,
      };
      await ask("PATCH", `${pathOf(plural)}/${name}/status${as}`, object);
    },
  };
}
