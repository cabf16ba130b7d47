import { gunzipSync } from "node:zlib";

/** Who asks, and what for: `factory PUT manifest by tag`, `buildah PATCH upload`, `git POST fetch`. */
export type RequestKind = string;

const agents: readonly (readonly [RegExp, string])[] = [
  [/^image-factory/, "factory"],
  [/buildah|containers\/|skopeo/i, "buildah"],
  [/trivy|go-containerregistry/i, "trivy"],
];

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints */
const resources: readonly (readonly [RegExp, string])[] = [
  [/^\/v2\/?(?:$|\?)/, "ping"],
  [/^\/token/, "token"],
  [/\/blobs\/uploads\/?\?.*\bmount=/, "mount"],
  [/\/blobs\/uploads\//, "upload"],
  [/\/blobs\/sha256:/, "blob"],
  [/\/manifests\/sha256:/, "manifest by digest"],
  [/\/manifests\//, "manifest by tag"],
  [/\/referrers\//, "referrers"],
  [/\/tags\/list/, "tags"],
];

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly agent: string;
  readonly body: Buffer;
}

/** Requests of one kind are one boundary: whatever a server can do wrong, it can do wrong at each. */
export type KindOf = (asked: Asked) => RequestKind;

export const registryKind: KindOf = ({ method, path, agent }) => {
  const who = agents.find(([pattern]) => pattern.test(agent))?.[1] ?? "other";
  return `${who} ${method} ${resourceOf(path)}`;
};

/** Without who asks: what one tool does by PUT, another does too. */
export const anyonesKind: KindOf = ({ method, path }) => `any ${method} ${resourceOf(path)}`;

function resourceOf(path: string): string {
  return resources.find(([pattern]) => pattern.test(path))?.[1] ?? "elsewhere";
}

/** @see https://git-scm.com/docs/protocol-v2 */
export const gitKind: KindOf = ({ method, path, body }) => {
  // git packs what is longer than a kilobyte.
  const text = (body[0] === 0x1f ? gunzipSync(body) : body).toString("latin1");
  const command = /command=([a-z-]+)/.exec(text)?.[1];
  return `git ${method} ${command ?? (path.includes("/info/refs") ? "greeting" : "elsewhere")}`;
};

/** @see https://wiki.debian.org/DebianRepository/Format */
export const debianKind: KindOf = ({ method, path }) => {
  const what =
    /\/(InRelease|Release(?:\.gpg)?)$/.exec(path)?.[1] ?? (path.endsWith(".deb") ? "package" : "list");
  return `apt ${method} ${what}`;
};

/** Where an archive is enrolled, and where that leads on to. */
export const contextKind: KindOf = ({ method, path }) =>
  `factory ${method} ${path.startsWith("/latest/") ? "address" : "archive"}`;
