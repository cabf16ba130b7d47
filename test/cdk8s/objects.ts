import type { FactoryProps } from "../../cdk8s/factory-props.ts";
import { layers } from "../../cdk8s/main.ts";
import type { Manifest } from "../../cdk8s/manifest.ts";
import { probeLayer } from "../../cdk8s/probe-layer.ts";

/** Every object of every layer. */
export function objectsOf(props: FactoryProps): readonly Manifest[] {
  return [...layers(props), probeLayer(props)].flatMap(({ manifests }) => manifests);
}

/** What tests look at in a pod. */
export interface PodShape {
  readonly hostUsers?: boolean;
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: Readonly<Record<string, unknown>> & {
    readonly seccompProfile: { readonly type: string };
  };
  readonly containers: readonly {
    readonly name: string;
    readonly args?: readonly string[];
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
    readonly envFrom?: readonly unknown[];
    readonly imagePullPolicy?: string;
    readonly resources?: { readonly limits: object; readonly requests: object };
    readonly securityContext: {
      readonly allowPrivilegeEscalation: boolean;
      readonly capabilities: { readonly add?: readonly string[]; readonly drop: readonly string[] };
    };
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

interface JobShape {
  readonly backoffLimit: number;
  readonly activeDeadlineSeconds: number;
  readonly ttlSecondsAfterFinished: number;
  readonly podFailurePolicy: {
    readonly rules: readonly {
      readonly action: string;
      readonly onExitCodes?: { readonly containerName: string; readonly values: readonly number[] };
    }[];
  };
  readonly template: { readonly metadata: Manifest["metadata"]; readonly spec: PodShape };
}

export interface CronJobShape {
  readonly schedule: string;
  readonly timeZone: string;
  readonly suspend: boolean;
  readonly concurrencyPolicy: string;
  readonly startingDeadlineSeconds: number;
  readonly jobTemplate: { readonly metadata: Manifest["metadata"]; readonly spec: JobShape };
}

export function cronJobsOf(
  props: FactoryProps,
): ReadonlyMap<string, { readonly metadata: Manifest["metadata"]; readonly spec: CronJobShape }> {
  return new Map(
    objectsOf(props)
      .filter(({ kind }) => kind === "CronJob")
      .map((object) => [
        object.metadata.name,
        { metadata: object.metadata, spec: object["spec"] as CronJobShape },
      ]),
  );
}

export function cronJobOf(props: FactoryProps, name: string): CronJobShape {
  const found = cronJobsOf(props).get(name);
  if (found === undefined) throw new Error(`there is no CronJob ${name}`);
  return found.spec;
}

/** The pod of every object that has one. */
export function podsOf(props: FactoryProps): readonly { readonly name: string; readonly spec: PodShape }[] {
  return objectsOf(props).flatMap((object) => {
    const spec = object["spec"] as {
      readonly template?: { readonly spec: PodShape };
      readonly jobTemplate?: { readonly spec: JobShape };
    };
    const pod = spec?.template?.spec ?? spec?.jobTemplate?.spec.template.spec;
    return pod === undefined ? [] : [{ name: object.metadata.name, spec: pod }];
  });
}
