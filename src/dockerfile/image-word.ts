import type { Dockerfile } from "./dockerfile.ts";
import { shown } from "./parse.ts";
import { type Fail, orRather } from "./problem.ts";

/** Names before a colon that buildah takes for a place on the machine instead of an image in a registry. */
const transports =
  /^(?:containers-storage|dir|docker|docker-archive|docker-daemon|oci|oci-archive|ostree|sif|tarball|atomic):/;

/**
 * Refuses an image name that would not be looked up in a registry.
 * @throws what `fail` throws.
 */
export function checkImage(text: string, dockerfile: Dockerfile, fail: Fail): void {
  const transport = transports.exec(text)?.[0];
  // `docker:24-dind` is the image of that name; only `docker://` is the transport.
  if (transport !== undefined && (transport !== "docker:" || text.startsWith("docker://"))) {
    fail(
      `${shown(text)} names a transport (${transport}), not an image in a registry`,
      `Name the image by registry and repository; for an image called ${transport.slice(0, -1)} write docker.io/library/${transport}<tag>.`,
    );
  }
  if (text.startsWith("localhost/")) {
    fail(
      `${shown(text)} is an image of this machine, which no other build can see`,
      "Bases are always looked up in a registry: push it to one, or enrol it and write factory.localhost/<name>.",
    );
  }
  if (!/^[\w./:@-]+$/.test(text)) {
    const names = dockerfile.stages.flatMap(({ name }) => name ?? []);
    fail(`${shown(text)} is no stage and cannot be an image${orRather(text, names)}`);
  }
}
