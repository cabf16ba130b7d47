import { join } from "node:path";
import type { Enrolled, Enrolment } from "../enrolment/enrolment.ts";
import { readImages } from "../enrolment/read-images.ts";
import { formatReference } from "../registry/reference.ts";
import { ownRoot } from "../setup/needs.ts";

export const builderName = "image-factory-builder";
export const baseName = "builder-base";

/** What differs from network to network, and from team to team, in how the builder image is built. */
export interface BuilderChoices {
  /** `own` is the root of Debian packages that builder/images.yaml enrols; else the reference of an image, with its digest. */
  readonly base: string | undefined;
  /** An image that has /trivy, with its digest; else Trivy is compiled. */
  readonly trivy: string | undefined;
  /** A private file of certificates that npm and Go are to trust. */
  readonly certificates: string | undefined;
  readonly debianMirror: string | undefined;
  readonly npmRegistry: string | undefined;
  readonly goProxy: string | undefined;
  /** policy.json of the image; undefined is the one of builder/configs. */
  readonly policy: object | undefined;
}

/** builder/images.yaml with these choices as arguments and secrets of its images. */
export async function readBuilder(choices: BuilderChoices): Promise<Enrolled> {
  const { images, watched } = await readImages(join(ownRoot, "builder/images.yaml"));
  const base = images.find(({ name }) => name === baseName);
  if (base === undefined) throw new Error("builder/images.yaml enrols no builder-base");
  return {
    images: images.map((image) => (image.name === builderName ? chosen(image, choices, base) : image)),
    watched,
  };
}

function chosen(image: Enrolment, choices: BuilderChoices, base: Enrolment): Enrolment {
  const { trivy, certificates, debianMirror, npmRegistry, goProxy, policy } = choices;
  const given = {
    BASE: choices.base === "own" ? formatReference(base.repository) : choices.base,
    TRIVY: trivy,
    DEBIAN_MIRROR: debianMirror,
    NPM_REGISTRY: npmRegistry,
    GOPROXY: goProxy,
    POLICY: policy === undefined ? undefined : JSON.stringify(policy),
  };
  const args = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const secret = { id: "certificates", from: "file", path: certificates ?? "" } as const;
  return {
    ...image,
    args: { ...image.args, ...Object.fromEntries(args) },
    secrets: certificates === undefined ? image.secrets : [...image.secrets, secret],
  };
}
