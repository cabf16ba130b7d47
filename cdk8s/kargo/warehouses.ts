import { formatRepository } from "../../src/registry/reference.ts";
import type { FactoryProps } from "../factory-props.ts";
import { commonLabels, type Manifest } from "../manifest.ts";
import { kargoNames } from "../names.ts";
import { goDuration, kargoObject } from "./expressions.ts";
import type { Flow } from "./flow.ts";
import { repoURL, uniqueTags } from "./repositories.ts";
import { subscriptionOf } from "./tag-rules.ts";

/** More than this of one image is not looked back to; Kargo keeps the Freight that it has made. */
const outputsLookedAt = 10;

/** What Kargo looks at: bases, what images.yaml watches, sources, and what is published. */
export function warehouses(props: FactoryProps, flow: Flow): readonly Manifest[] {
  const { settings, enrolled } = props;
  const { intervalMs, baseIntervalMs } = settings.kargo;
  const ownRepositories = new Set(enrolled.images.map(({ repository }) => formatRepository(repository)));
  const warehouse = (name: string, intervalMs: number, subscription: object, image?: string) =>
    kargoObject(
      "Warehouse",
      {
        name,
        namespace: settings.namespace,
        labels: { ...commonLabels, ...(image === undefined ? {} : { "image-factory/image": image }) },
      },
      { interval: goDuration(intervalMs), subscriptions: [subscription] },
    );
  return [
    ...flow.bases.flatMap((base) =>
      base.isWatched
        ? []
        : [
            warehouse(base.warehouse, baseIntervalMs, {
              image: {
                repoURL: base.repoURL,
                imageSelectionStrategy: "Digest",
                constraint: base.tag,
              },
            }),
          ],
    ),
    ...enrolled.watched.map((image) => {
      const ignored = ownRepositories.has(formatRepository(image.repository)) ? [uniqueTags] : [];
      const rule = subscriptionOf(image, ignored);
      return warehouse(kargoNames.output(image.name), baseIntervalMs, {
        image: { repoURL: repoURL(image.repository, settings), ...rule },
      });
    }),
    ...flow.images.flatMap(({ image: { name }, source, output }) => [
      ...(source.kind === "watched"
        ? [warehouse(kargoNames.source(name), intervalMs, { git: source.subscription }, name)]
        : []),
      warehouse(
        output.warehouse,
        intervalMs,
        {
          image: {
            repoURL: output.repoURL,
            imageSelectionStrategy: "Lexical",
            allowTagsRegexes: [uniqueTags],
            discoveryLimit: outputsLookedAt,
          },
        },
        name,
      ),
    ]),
  ];
}
