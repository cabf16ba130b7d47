import { choiceWord, textWord } from "../command/options.ts";
import { platforms } from "../platform.ts";

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
  NPM_REGISTRY: textWord(
    "<address>",
    "Where npm's packages come from while it is built. By default registry.npmjs.org.",
  ),
  GOPROXY: textWord(
    "<address>[,…]",
    "Where Go's modules come from when Trivy is compiled. By default proxy.golang.org.",
  ),
} as const;

/** Which of the platforms, for commands that look at one. */
export const builderPlatformWord = choiceWord(
  platforms,
  "This platform; another than the machine's own runs emulated. By default the machine's.",
);
