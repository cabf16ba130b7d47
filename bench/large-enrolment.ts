/** One image of a generated enrolment, and what its Dockerfile names. */
export interface GeneratedImage {
  readonly name: string;
  /** References as a Dockerfile has them, of enrolled images and of others; the first is what it is FROM. */
  readonly bases: readonly string[];
}

const externals = 20;
const mids = 200;

/** The reference of a base that nobody here builds; there are 20. */
export function externalBase(at: number, registry: string): string {
  return `${registry}/library/os-${at % externals}:1`;
}

/** The reference of an enrolled image. */
export function enrolledReference(name: string): string {
  return `factory.localhost/${name}:latest`;
}

/**
 * The same enrolment every time: 20 external bases, 200 enrolled images on those and on each other, and applications
 * on them, of which every fifth copies from an external base too. Each stands after what it is built from.
 * @param registry where the external bases lie.
 */
export function largeEnrolment(images: number, registry: string): readonly GeneratedImage[] {
  return Array.from({ length: images }, (_, at): GeneratedImage => {
    if (at < mids / 2) return { name: `mid-${at}`, bases: [externalBase(at, registry)] };
    if (at < mids) return { name: `mid-${at}`, bases: [enrolledReference(`mid-${at - mids / 2}`)] };
    const own = enrolledReference(`mid-${at % mids}`);
    return { name: `app-${at}`, bases: at % 5 === 0 ? [own, externalBase(at, registry)] : [own] };
  });
}
