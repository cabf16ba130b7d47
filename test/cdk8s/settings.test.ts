import { expect, it } from "vitest";
import { namespaceReadme } from "../../cdk8s/readmes.ts";
import schema from "../../factory.schema.json" with { type: "json" };
import { variableOf } from "../../src/settings.ts";
import { podsOf } from "./objects.ts";
import { kargoProps, propsOf, richProps } from "./samples.ts";

it("every FACTORY_ variable of a pod is a setting of the factory", async () => {
  const volume = await propsOf(
    "- {name: a, source: {folder: a}}\n",
    "proxies: {http: 'http://proxy:3128'}\n",
  );
  const known = new Map(Object.keys(schema.properties).map((key) => [variableOf(key as never), key]));
  const given = [await richProps(), await kargoProps(), volume]
    .flatMap(podsOf)
    .flatMap(({ spec }) => spec.containers.flatMap(({ env = [] }) => env));
  const names = new Set(given.map(({ name }) => name).filter((name) => name.startsWith("FACTORY_")));
  expect(names.size).toBeGreaterThan(8);
  expect([...names].filter((name) => !known.has(name))).toEqual([]);
});

it("layers wait for pods where factory.yaml says", async () => {
  const props = await propsOf("- {name: a, source: {folder: a}}\n", "", { FACTORY_LAYER_CACHE: "beside" });
  const builders = podsOf(props).flatMap(({ spec }) =>
    spec.containers.filter(({ env = [] }) => env.some(({ name }) => name === "FACTORY_REGISTRY")),
  );
  expect(builders.length).toBeGreaterThan(3);
  for (const { env } of builders)
    expect(env).toContainEqual({ name: "FACTORY_LAYER_CACHE", value: "beside" });
});

it("every pod that speaks to servers trusts the authorities of the ConfigMap that cluster.yaml names", async () => {
  const props = await propsOf("- {name: a, source: {folder: a}}\n", "certificates: team-certificates\n");
  expect(namespaceReadme(props.settings)).toContain("create configmap team-certificates --from-file=ca.crt");
  const pods = podsOf(props).filter(({ spec }) =>
    spec.containers.some(({ env = [] }) => env.some(({ name }) => name === "FACTORY_REGISTRY")),
  );
  expect(pods.length).toBeGreaterThan(5);
  for (const { spec } of pods) {
    const variables = new Map(
      spec.containers.flatMap(({ env = [] }) => env).map((each) => [each.name, each.value]),
    );
    const folder = variables.get("GIT_SSL_CAPATH");
    expect(variables.get("NODE_EXTRA_CA_CERTS")).toBe(`${folder}/ca.crt`);
    expect(variables.get("SSL_CERT_DIR")).toBe(`/etc/ssl/certs:${folder}`);
    const mounts = spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
    expect(mounts).toContainEqual({ name: "certificates", mountPath: folder, readOnly: true });
    expect(spec.volumes).toContainEqual({
      name: "certificates",
      configMap: { name: "team-certificates", items: [{ key: "ca.crt", path: "ca.crt" }] },
    });
  }
});
