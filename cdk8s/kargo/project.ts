import type { FactoryProps } from "../factory-props.ts";
import { commonLabels, type Manifest } from "../manifest.ts";
import { kargoObject } from "./expressions.ts";

/** The label of Stages that take new Freight by themselves: one policy for all of them, however many there are. */
export const promotedByItself = { "image-factory/promotion": "auto" } as const;

/** The Project, whose name is the namespace's, and what holds for all of it. */
export function project({ settings: { namespace, kargo } }: FactoryProps): readonly Manifest[] {
  const receivers = Object.entries(kargo.webhooks).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return [
    {
      apiVersion: "kargo.akuity.io/v1alpha1",
      kind: "Project",
      metadata: { name: namespace, labels: commonLabels },
    },
    kargoObject(
      "ProjectConfig",
      { name: namespace, namespace, labels: commonLabels },
      {
        promotionPolicies: [{ stageSelector: { matchLabels: promotedByItself }, autoPromotionEnabled: true }],
        ...(receivers.length === 0 ? {} : { webhookReceivers: receivers.map(receiver) }),
      },
    ),
  ];
}

/** A sender without a kind of its own says which repository changed: `{"repository": "ghcr.io/acme/api"}`. */
const refreshWarehouses = {
  action: "Refresh",
  whenExpression: 'request.body.repository != ""',
  targetSelectionCriteria: [
    {
      kind: "Warehouse",
      indexSelector: {
        matchIndices: [
          {
            key: "subscribedURLs",
            operator: "Equals",
            value: "${{ normalizeImage(request.body.repository) }}",
          },
        ],
      },
    },
  ],
};

function receiver([kind, secret]: readonly [string, string]): object {
  const secretRef = { name: secret };
  return {
    name: kind,
    [kind]: kind === "generic" ? { secretRef, actions: [refreshWarehouses] } : { secretRef },
  };
}
