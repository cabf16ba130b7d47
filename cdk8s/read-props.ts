import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readClusterFile } from "../src/cluster/cluster-file.ts";
import { clusterSettings } from "../src/cluster/cluster-settings.ts";
import { readImageEdges } from "../src/cluster/read-image-edges.ts";
import type { Session } from "../src/command/main.ts";
import { readImages } from "../src/enrolment/read-images.ts";
import { openState } from "../src/open-state.ts";
import { ownRoot } from "../src/setup/needs.ts";
import type { FactoryProps } from "./factory-props.ts";
import { imagesPlace } from "./images-place.ts";

/** Reads what the manifests are made of: images.yaml, cluster.yaml, factory.yaml, and for Kargo what Dockerfiles name. */
export async function readProps(session: Session): Promise<FactoryProps> {
  const factory = await openState(session);
  const settings = clusterSettings(await readClusterFile(ownRoot), factory);
  const enrolled = await readImages(factory.imagesFile, factory.stateDir);
  const imagesText = await readFile(factory.imagesFile, "utf8");
  // Without Kargo nobody acts on it, and no source has to be reached.
  const edges = settings.kargo.enabled
    ? await readImageEdges(enrolled.images, factory, session)
    : new Map<never, never>();
  const liesInState = dirname(factory.imagesFile) === factory.stateDir;
  return {
    settings,
    enrolled,
    imagesText,
    imagesFrom: imagesPlace(imagesText, liesInState, settings),
    edges,
  };
}
