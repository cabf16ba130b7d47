import { textWord } from "../command/options.ts";

/** Words of the commands that build the builder image. */
export const builderWords = {
  BASE: textWord(
    "own|<ref>@<digest>",
    "What it is built on: a Debian of the factory's own packages, or an image on which apt works. By default Debian's slim image from Docker Hub.",
  ),
  TRIVY: textWord(
    "<ref>@<digest>",
    "An image that has Trivy as /trivy. By default Trivy is compiled, which takes longest.",
  ),
  CERTIFICATES: textWord(
    "<file>",
    "Certificates that npm and Go are to trust while it is built. By default those of NODE_EXTRA_CA_CERTS.",
  ),
} as const;
