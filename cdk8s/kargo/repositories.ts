import type { ClusterSettings } from "../../src/cluster/cluster-settings.ts";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { FactoryError } from "../../src/errors.ts";
import { addressOf } from "../../src/registry/address.ts";
import { formatRepository, type Repository } from "../../src/registry/reference.ts";

/** The unique tag of every publication, as `uniqueTagOf` makes them. */
export const uniqueTags = "^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}$";

/** A repository where pods and Kargo speak to it. */
export function repoURL(repository: Repository, { registry }: Pick<ClusterSettings, "registry">): string {
  const { host, path } = addressOf(repository, { embedded: registry, insecureRegistries: [] });
  return `${host}/${path}`;
}

/**
 * Kargo tells the publications of one repository apart by nothing but their tags, which say no image.
 * @throws FactoryError "images-invalid" naming each image whose repository another one has.
 */
export function assertOneImageEach(images: readonly Enrolment[]): void {
  const firstOf = new Map<string, Enrolment>();
  const problems: string[] = [];
  for (const image of images) {
    const name = formatRepository(image.repository);
    const first = firstOf.get(name);
    if (first === undefined) firstOf.set(name, image);
    else problems.push(`${image.position}: ${image.name}: ${name} is the repository of ${first.name} too`);
  }
  if (problems.length === 0) return;
  throw new FactoryError(
    "images-invalid",
    "with Kargo each image needs a repository of its own: it would take what is published of one for the other",
    {
      problems,
      hint: "Give them repositories of their own, or set kargo: {enabled: false} in cluster.yaml.",
    },
  );
}
