import {
  IntOrString,
  KubeNetworkPolicy,
  type NetworkPolicyEgressRule,
  type NetworkPolicyPeer,
} from "cdk8s-plus-28/lib/imports/k8s.js";
import type { FactoryProps } from "./factory-props.ts";
import { commonLabels, type Manifest, podLabels } from "./manifest.ts";

/**
 * What may be reached: nothing comes in, and out go DNS, registries, git, advisory databases, proxies, the API server
 * and what RUN steps fetch. A policy knows addresses and ports, no names.
 */
export function networkPolicies(props: FactoryProps): readonly Manifest[] {
  const { settings } = props;
  const { network } = settings;
  const policy = (name: string, podSelector: object, egress: NetworkPolicyEgressRule[]): Manifest =>
    KubeNetworkPolicy.manifest({
      metadata: { name, namespace: settings.namespace, labels: commonLabels },
      spec: {
        podSelector,
        policyTypes: name === "deny-all" ? ["Ingress", "Egress"] : ["Egress"],
        ...(name === "deny-all" ? {} : { egress }),
      },
    });
  const factory = { matchLabels: podLabels };
  const to = peers(network.addresses);
  const tcp = (name: string, ports: readonly number[]) =>
    ports.length === 0 ? [] : [policy(name, factory, [{ to, ports: tcpPorts(ports) }])];
  return [
    policy("deny-all", {}, []),
    // Anywhere, for a cache of names on the node itself has a link-local address.
    policy("allow-dns", factory, [
      { ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: IntOrString.fromNumber(53) })) },
    ]),
    policy("allow-api-server", factory, [{ ports: tcpPorts(network.apiPorts) }]),
    ...tcp("allow-registries", registryPorts(props)),
    ...tcp("allow-git", sourcePorts(props)),
    ...tcp("allow-databases", databasePorts(props)),
    ...tcp("allow-proxies", [settings.proxies.http, settings.proxies.https].flatMap(urlPort)),
    ...tcp("allow-build-steps", network.ports),
  ];
}

/** The node's own addresses give its credentials to whoever asks. */
function peers(addresses: readonly string[] | undefined): NetworkPolicyPeer[] {
  if (addresses !== undefined) return addresses.map((cidr) => ({ ipBlock: { cidr } }));
  return [
    { ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } },
    { ipBlock: { cidr: "::/0", except: ["fd00:ec2::/32", "fe80::/10"] } },
  ];
}

function tcpPorts(ports: readonly number[]) {
  const sorted = [...new Set(ports)].sort((one, other) => one - other);
  return sorted.map((port) => ({ protocol: "TCP", port: IntOrString.fromNumber(port) }));
}

function registryPorts({ settings, enrolled: { images, watched } }: FactoryProps): readonly number[] {
  const insecure = (settings.environment["FACTORY_INSECURE_REGISTRIES"] ?? "").split(",");
  const hosts = [...images, ...watched].map(({ repository }) => repository.registry);
  const own = settings.registry.split("/", 1);
  return [...new Set([...own, ...hosts])].map(
    (host) => hostPort(host) ?? (insecure.includes(host) ? 80 : 443),
  );
}

function sourcePorts({ settings: { state }, enrolled: { images } }: FactoryProps): readonly number[] {
  const urls = images.flatMap(({ source }) => {
    if (source.kind === "archive") return source.place.kind === "url" ? [source.place.url] : [];
    return source.kind === "git" ? [source.url] : [];
  });
  return [...new Set([...urls, ...(state.kind === "repository" ? [state.url] : [])])].flatMap(urlPort);
}

/** Trivy's databases come from a registry, Debian's packages from a mirror. */
function databasePorts({ settings: { environment } }: FactoryProps): readonly number[] {
  const repositories = ["FACTORY_TRIVY_DATABASE", "FACTORY_TRIVY_JAVA_DATABASE"].map(
    (name) => environment[name]?.split("/", 1)[0] ?? "",
  );
  return [
    ...repositories.map((host) => hostPort(host) ?? 443),
    ...urlPort(environment["FACTORY_DEBIAN_MIRROR"]),
  ];
}

function hostPort(host: string): number | undefined {
  const port = /:(\d+)$/.exec(host)?.[1];
  return port === undefined ? undefined : Number(port);
}

const schemePorts: Readonly<Record<string, number>> = { http: 80, https: 443, ssh: 22 };

/** The port of an address, also of `git@host:path`; none for a path. */
function urlPort(url: string | undefined): readonly number[] {
  if (url === undefined || url.startsWith("/")) return [];
  const [, scheme, port] = /^([a-z]+):\/\/(?:[^@/]*@)?[^/]*?(?::(\d+))?(?:\/|$)/.exec(url) ?? [];
  return [port === undefined ? (schemePorts[scheme ?? "ssh"] ?? 443) : Number(port)];
}
