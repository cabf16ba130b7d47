/** What a request of the distribution API is for: `factory PUT manifest by tag`, `buildah PATCH upload`. */
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

/** Requests of one kind are one boundary: whatever a registry can do wrong, it can do wrong at each. */
export function kindOf(method: string, path: string, userAgent = ""): RequestKind {
  const who = agents.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "other";
  const what = resources.find(([pattern]) => pattern.test(path))?.[1] ?? "elsewhere";
  return `${who} ${method} ${what}`;
}
