import { renderTags } from "../../src/enrolment/tags.ts";
import type { FactoryProps } from "../factory-props.ts";
import { commonLabels, type Manifest } from "../manifest.ts";
import { kargoNames, scanTemplate } from "../names.ts";
import { bareDigest, commit, digest, goDuration, kargoObject, pins } from "./expressions.ts";
import type { Base, Flow, ImageFlow } from "./flow.ts";
import { promotedByItself } from "./project.ts";

/** Where Freight goes: bases that are waited for, and of each image its build, its scan and its tags. */
export function stages({ settings: { namespace } }: FactoryProps, flow: Flow): readonly Manifest[] {
  return [
    ...flow.bases.flatMap((base) => seenStage(namespace, base)),
    ...flow.images.flatMap((image) => [
      ...buildStage(namespace, image),
      scanStage(namespace, image),
      stableStage(namespace, image),
    ]),
  ];
}

interface StageSpec {
  readonly requestedFreight: readonly object[];
  readonly steps: readonly object[];
  readonly verification?: object;
}

function stage(
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  { requestedFreight, steps, verification }: StageSpec,
): Manifest {
  return kargoObject(
    "Stage",
    { name, namespace, labels: { ...commonLabels, ...labels } },
    {
      requestedFreight,
      // A Stage without a step would be there for control alone: verified by nobody, and nothing soaks in it.
      promotionTemplate: { spec: { steps } },
      ...(verification === undefined ? {} : { verification }),
    },
  );
}

/** Freight that comes from its Warehouse has no age; in here it gets one. */
function seenStage(namespace: string, base: Base): readonly Manifest[] {
  if (base.seen === undefined) return [];
  return [
    stage(namespace, base.seen, promotedByItself, {
      requestedFreight: [freight(base.warehouse)],
      steps: [compose("seen", { digest: digest(base) })],
    }),
  ];
}

/** Its verification is the build; none for an image of which nothing moves that Kargo could see. */
function buildStage(
  namespace: string,
  { image: { name, autoRebuild }, source, requests, pinned }: ImageFlow,
): readonly Manifest[] {
  if (requests.length === 0) return [];
  const args = [
    ...(pinned.length === 0 ? [] : [{ name: "pins", value: pins(pinned) }]),
    ...(source.kind === "watched"
      ? [{ name: "ref", value: commit(source.subscription.repoURL, kargoNames.source(name)) }]
      : []),
  ];
  return [
    stage(
      namespace,
      kargoNames.build(name),
      { "image-factory/image": name, ...(autoRebuild ? promotedByItself : {}) },
      {
        requestedFreight: requests.map(({ warehouse, from, soakMs }) => freight(warehouse, from, soakMs)),
        steps: [compose("inputs", Object.fromEntries(args.map((arg) => [arg.name, arg.value])))],
        verification: verifiedBy(kargoNames.build(name), name, args),
      },
    ),
  ];
}

function scanStage(namespace: string, { image: { name }, output }: ImageFlow): Manifest {
  return stage(
    namespace,
    kargoNames.scan(name),
    { "image-factory/image": name, ...promotedByItself },
    {
      requestedFreight: [freight(output.warehouse)],
      steps: [compose("published", { digest: digest(output) })],
      verification: verifiedBy(scanTemplate, name, [
        { name: "image", value: name },
        { name: "digest", value: digest(output) },
      ]),
    },
  );
}

/** Moves the tags of images.yaml that are plain text, the one Stage that does. */
function stableStage(namespace: string, { image, output }: ImageFlow): Manifest {
  const { name } = image;
  const moves = renderTags(image, {}).tags.map((tag, index) => ({
    uses: "oci-push",
    as: `tag-${index + 1}`,
    config: {
      srcRef: `${output.repoURL}@${bareDigest(output)}`,
      destRef: `${output.repoURL}:${tag}`,
    },
  }));
  return stage(
    namespace,
    kargoNames.stable(name),
    { "image-factory/image": name, ...promotedByItself },
    {
      requestedFreight: [freight(output.warehouse, kargoNames.scan(name))],
      steps: moves.length === 0 ? [compose("stable", { digest: digest(output) })] : moves,
    },
  );
}

function compose(as: string, config: Readonly<Record<string, string>>): object {
  return { uses: "compose-output", as, config };
}

function freight(warehouse: string, from?: string, soakMs?: number): object {
  return {
    origin: { kind: "Warehouse", name: warehouse },
    sources:
      from === undefined
        ? { direct: true }
        : {
            stages: [from],
            ...(soakMs === undefined ? {} : { requiredSoakTime: goDuration(soakMs) }),
          },
  };
}

function verifiedBy(
  template: string,
  image: string,
  args: readonly { readonly name: string; readonly value: string }[],
): object {
  return {
    analysisTemplates: [{ name: template }],
    analysisRunMetadata: { labels: { "image-factory/image": image } },
    args,
  };
}
