import {
  KubeRole,
  KubeRoleBinding,
  KubeServiceAccount,
  type PolicyRule,
} from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import { commonLabels, type Manifest } from "./manifest.ts";
import { toolboxAccount } from "./pod.ts";

/** Locks between pods are Leases; nothing else of the cluster is a build's business. */
const locks: PolicyRule = {
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
  verbs: ["get", "list", "create", "update", "delete"],
};

/** What `status -- --cluster` and `logs` read, for who works in the toolbox. */
const looking: readonly PolicyRule[] = [
  { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: ["get", "list", "watch"] },
  { apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list", "watch"] },
];

/** What it shows of Kargo, too. */
const lookingAtKargo: PolicyRule = {
  apiGroups: ["kargo.akuity.io"],
  resources: ["stages", "freights"],
  verbs: ["get", "list"],
};

/** The accounts of Jobs and of the toolbox, each with the Role that it needs. */
export function accounts(settings: ClusterSettings): readonly Manifest[] {
  return [
    ...account(settings.namespace, settings.serviceAccount, [locks]),
    ...account(settings.namespace, toolboxAccount(settings), [
      locks,
      ...looking,
      ...(settings.kargo.enabled ? [lookingAtKargo] : []),
    ]),
  ];
}

function account(namespace: string, name: string, rules: PolicyRule[]): readonly Manifest[] {
  const metadata = { name, namespace, labels: commonLabels };
  return [
    KubeServiceAccount.manifest({ metadata, automountServiceAccountToken: false }),
    KubeRole.manifest({ metadata, rules }),
    KubeRoleBinding.manifest({
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    }),
  ];
}
