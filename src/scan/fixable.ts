import type { Digest } from "../registry/digest.ts";
import type { ImageConfig } from "../registry/image-config.ts";
import type { Finding } from "./scan-report.ts";

/** A finding that is gone once the image is built anew with a new epoch. */
export type FixableFinding = Finding & { readonly fixed: string };

/**
 * Those of an image's findings that a rebuild takes: of packages of the system, with a version that cures them, in a
 * layer that is made anew. What a lock file of a language pins stays, and a base's packages are the base's to fix.
 */
export function fixableFindings(
  findings: readonly Finding[],
  rebuilt: ReadonlySet<string>,
): readonly FixableFinding[] {
  return findings.filter(
    (finding): finding is FixableFinding =>
      finding.class === "os-pkgs" &&
      finding.fixed !== undefined &&
      finding.layer !== undefined &&
      rebuilt.has(finding.layer),
  );
}

/** What lies in the source, or is taken out of another image as it is, comes out the same however often it is copied. */
const copied = /^(?:COPY|ADD|WORKDIR)\b(?!.*\s--from=)/;

/**
 * diff ids of the layers that a rebuild with a new epoch makes anew: those above the base's that a command has made.
 * Which step made a layer is told by the history; where that cannot be told apart, any layer may be new.
 */
export function rebuiltLayers(
  { diffIds, history }: Pick<ImageConfig, "diffIds" | "history">,
  baseLayers: number,
): ReadonlySet<Digest> {
  const steps = history.filter((entry) => entry.empty_layer !== true);
  const isTold = steps.length === diffIds.length;
  return new Set(
    diffIds.filter((_, at) => at >= baseLayers && !(isTold && copied.test(steps[at]?.created_by ?? ""))),
  );
}
