/** An object as it is sent to the API server. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** One kustomize layer: applied by itself, in the order of its folder's number. */
export interface Layer {
  /** `10-namespace`. */
  readonly folder: string;
  /** Text of its README.md. */
  readonly readme: string;
  readonly manifests: readonly Manifest[];
  /** Files beside the manifests. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Labels of everything that the factory writes. */
export const commonLabels = {
  "app.kubernetes.io/part-of": "image-factory",
  "app.kubernetes.io/managed-by": "image-factory-synth",
} as const;

/** What NetworkPolicies, and people who list pods, select by. */
export const podLabels = { "app.kubernetes.io/name": "image-factory" } as const;
