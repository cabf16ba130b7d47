import { posix } from "node:path";

/** `./docker//Dockerfile` and `docker/Dockerfile` are one path, and one input of the platform key. */
export function plainPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}
