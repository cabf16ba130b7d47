import type { EnvFromSource, EnvVar } from "cdk8s-plus-28/lib/imports/k8s.js";
import type { ClusterSettings } from "../src/cluster/cluster-settings.ts";
import { certificatesFileName, imagesFileName, paths } from "./volumes.ts";

/** What a factory command in a pod is told by variables: where its things are, never a secret in the manifest itself. */
export function environment(settings: ClusterSettings, imagesFrom: "configMap" | "state"): EnvVar[] {
  const { state, secrets, kargo, namespace, registry } = settings;
  const texts: Readonly<Record<string, string>> = {
    FACTORY_WORK_DIR: paths.work,
    TMPDIR: paths.tmp,
    FACTORY_STATE_DIR: paths.state,
    FACTORY_IMAGES_FILE: `${imagesFrom === "state" ? paths.state : paths.images}/${imagesFileName}`,
    FACTORY_REGISTRY: registry,
    FACTORY_LEASE_NAMESPACE: namespace,
    ...(secrets.registry.length === 0
      ? {}
      : {
          FACTORY_AUTH_FILES: secrets.registry
            .map((name) => `${paths.registry}/${name}/.dockerconfigjson`)
            .join(","),
        }),
    ...(state.kind === "repository"
      ? {
          FACTORY_STATE_REPOSITORY: state.url,
          FACTORY_STATE_BRANCH: state.branch,
          // Wherever it lies: without this name the token goes to github.com alone.
          ...(state.url.startsWith("https://") ? { FACTORY_STATE_TOKEN_VARIABLE: "GITHUB_TOKEN" } : {}),
        }
      : {}),
    ...(kargo.enabled ? { FACTORY_PUBLISH: "unique" } : {}),
    ...settings.environment,
    ...proxyVariables(settings),
    ...trustVariables(settings),
  };
  return [
    ...Object.entries(texts).map(([name, value]) => ({ name, value })),
    // Public sources need none.
    {
      name: "GITHUB_TOKEN",
      valueFrom: { secretKeyRef: { name: secrets.git, key: "password", optional: true } },
    },
  ];
}

/**
 * The variables that images.yaml names for secrets and credentials. Each pod that builds has all of them, for which
 * enrolled bases it has to build shows in their Dockerfiles alone; a RUN step gets what its image asks for.
 */
export function secretVariables({ secrets }: ClusterSettings): EnvFromSource[] {
  return [{ secretRef: { name: secrets.variables, optional: true } }];
}

/** For Node, for tools written in Go and for git: each of these adds to what the builder image trusts, and takes nothing away. */
function trustVariables({ certificates }: ClusterSettings): Record<string, string> {
  if (certificates === undefined) return {};
  return {
    NODE_EXTRA_CA_CERTS: `${paths.certificates}/${certificatesFileName}`,
    SSL_CERT_DIR: `/etc/ssl/certs:${paths.certificates}`,
    GIT_SSL_CAPATH: paths.certificates,
  };
}

/** In both spellings, for tools know one or the other. */
function proxyVariables({ proxies: { http, https, except } }: ClusterSettings): Record<string, string> {
  if (http === undefined && https === undefined) return {};
  const given = {
    HTTP_PROXY: http,
    HTTPS_PROXY: https,
    NO_PROXY: [
      ...except,
      "localhost",
      "127.0.0.1",
      ".svc",
      ".cluster.local",
      "$(KUBERNETES_SERVICE_HOST)",
    ].join(","),
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [
            [name, value],
            [name.toLowerCase(), value],
          ],
    ),
  );
}
