import { describe, expect, it } from "vitest";
import type { FactoryProps } from "../../cdk8s/factory-props.ts";
import type { Manifest } from "../../cdk8s/manifest.ts";
import { objectsOf } from "./objects.ts";
import { kargoProps, propsOf, richProps, sampleProps } from "./samples.ts";

interface Security {
  readonly privileged?: boolean;
  readonly capabilities?: { readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
}

interface PodTemplate {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly securityContext?: Security;
    readonly containers: readonly {
      readonly securityContext?: Security;
      readonly ports?: readonly object[];
    }[];
    readonly initContainers?: readonly { readonly securityContext?: Security }[];
    readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  };
}

/** Every pod that anything in an object would start, Jobs of an analysis with them. */
function templatesIn(value: unknown): readonly PodTemplate[] {
  if (value === null || typeof value !== "object") return [];
  const own = "spec" in value && Array.isArray((value.spec as PodTemplate["spec"])?.containers);
  return own ? [value as PodTemplate] : Object.values(value).flatMap(templatesIn);
}

/** @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline */
const baselineCapabilities =
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  );

/** What the Pod Security level `baseline` would refuse. */
function violationsOf({ metadata, spec }: PodTemplate): readonly string[] {
  const contexts = [spec, ...spec.containers, ...(spec.initContainers ?? [])].map(
    ({ securityContext }) => securityContext as Security | undefined,
  );
  return [
    ...["hostNetwork", "hostPID", "hostIPC"].filter((field) => spec[field] === true),
    ...(spec.volumes ?? []).filter((volume) => "hostPath" in volume).map(() => "hostPath"),
    ...contexts.flatMap((context) => [
      ...(context?.privileged === true ? ["privileged"] : []),
      ...(context?.seccompProfile?.type === "Unconfined" ? ["seccomp"] : []),
      ...(context?.capabilities?.add ?? []).filter((name) => !baselineCapabilities.includes(name)),
    ]),
    ...Object.entries(metadata?.annotations ?? {}).flatMap(([name, value]) =>
      name.startsWith("container.apparmor.security") && value === "unconfined" ? ["apparmor"] : [],
    ),
  ];
}

function ofKind(props: FactoryProps, kind: string): readonly Manifest[] {
  return objectsOf(props).filter((object) => object.kind === kind);
}

describe("a namespace", () => {
  it.each([
    "podProfile: userns\n",
    "podProfile: userns\nseccomp: Unconfined\n",
    "podProfile: userns\nappArmor: Unconfined\n",
    "podProfile: userns-sysadmin\n",
    "podProfile: rootless\n",
    "podProfile: rootless\nseccomp: Unconfined\n",
  ])("has the Pod Security level that lets its pods in and no more, with %j", async (cluster) => {
    const props = await propsOf("- {name: a, source: {git: 'https://git.example.org/a.git'}}\n", cluster);
    for (const { metadata } of ofKind(props, "Namespace")) {
      const pods = objectsOf(props)
        .filter((object) => object.metadata.namespace === metadata.name)
        .flatMap(templatesIn);
      const refused = new Set(pods.flatMap(violationsOf));
      expect(pods.length).toBeGreaterThan(0);
      expect(metadata.labels?.["pod-security.kubernetes.io/enforce"], [...refused].join()).toBe(
        refused.size === 0 ? "baseline" : "privileged",
      );
    }
  });
});

describe.each([
  ["sample", await sampleProps()],
  ["rich", await richProps()],
  ["kargo", await kargoProps()],
])("what is written for the %s enrolment", (_name, props) => {
  const { namespace } = props.settings;

  it("gives Jobs the right to hold Leases, the toolbox to look at Jobs too, and nobody a Secret", () => {
    const rules = ofKind(props, "Role").map(({ metadata, rules }) => ({ name: metadata.name, rules }));
    const leases = {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      verbs: ["get", "list", "create", "update", "delete"],
    };
    expect(rules.find(({ name }) => name === "image-factory")?.rules).toEqual([leases]);
    const others = rules.find(({ name }) => name === "image-factory-pod")?.rules as { verbs: string[] }[];
    expect(
      others
        .slice(1)
        .flatMap(({ verbs }) => verbs)
        .every((verb) => /^(?:get|list|watch)$/.test(verb)),
    ).toBe(true);
    expect(JSON.stringify(rules)).not.toMatch(/secrets|"\*"/);
    for (const kind of ["ClusterRole", "ClusterRoleBinding", "Secret"])
      expect(ofKind(props, kind)).toEqual([]);
  });

  it("lets pods have a token where they mount it by themselves alone", () => {
    for (const { metadata, ...account } of ofKind(props, "ServiceAccount"))
      expect(account, metadata.name).toMatchObject({ automountServiceAccountToken: false });
    for (const { spec } of objectsOf(props).flatMap(templatesIn))
      expect(spec["automountServiceAccountToken"]).toBe(false);
  });

  it("denies every pod everything, and then lets out what the factory's pods need", () => {
    const policies = ofKind(props, "NetworkPolicy").map(({ metadata, spec }) => ({
      name: metadata.name,
      ...(spec as {
        readonly podSelector: { readonly matchLabels?: object };
        readonly policyTypes: readonly string[];
        readonly ingress?: unknown;
        readonly egress?: readonly { readonly ports?: readonly unknown[] }[];
      }),
    }));
    expect(policies.find(({ name }) => name === "deny-all")).toEqual({
      name: "deny-all",
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    for (const { name, podSelector, ingress, egress = [] } of policies) {
      if (name === "deny-all") continue;
      expect(podSelector.matchLabels).toEqual({ "app.kubernetes.io/name": "image-factory" });
      expect(ingress).toBeUndefined();
      for (const { ports = [] } of egress) expect(ports.length).toBeGreaterThan(0);
    }
  });

  it("mounts Secrets that may be missing, readable by one user, and passes none by value", () => {
    for (const { spec } of objectsOf(props)
      .filter(({ metadata }) => metadata.namespace === namespace)
      .flatMap(templatesIn)) {
      for (const { secret } of (spec.volumes ?? []) as { readonly secret?: object }[])
        if (secret !== undefined) expect(secret).toMatchObject({ optional: true, defaultMode: 0o400 });
    }
  });
});
