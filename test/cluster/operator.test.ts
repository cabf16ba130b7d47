import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { byKubeconfig, createClusterApi } from "../../src/cluster/api.ts";
import { openCluster } from "../../src/cluster/operator.ts";
import { keptSecret } from "../../src/cluster/secrets.ts";
import { redact } from "../../src/redact.ts";
import { readSettings } from "../../src/settings.ts";
import { ownRoot } from "../../src/setup/needs.ts";

let dir: string;
let answer: RequestListener;
const server = createServer((request, response) => answer(request, response));

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "factory-kubeconfig-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await writeFile(join(dir, "here"), kubeconfig("here", `http://127.0.0.1:${port}`));
  await writeFile(join(dir, "nowhere"), kubeconfig("nowhere", "http://127.0.0.1:1"));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(dir, { recursive: true });
});

function kubeconfig(name: string, address: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: address, "insecure-skip-tls-verify": true } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}

async function open(files: string, context?: string) {
  const KUBECONFIG = files.replaceAll("~", dir);
  return openCluster(context, await readSettings(ownRoot, {}), { env: { KUBECONFIG } });
}

test("a context of any file of KUBECONFIG can be chosen; otherwise the first file's counts", async () => {
  answer = (_, response) => response.end('{"items": []}');
  const first = await open("~/here:~/nowhere");
  expect(await first.api.request("GET", "/api/v1")).toEqual({ status: 200, body: { items: [] } });
  const other = await open("~/here:~/nowhere", "nowhere");
  await expect(other.api.request("GET", "/api/v1")).rejects.toMatchObject({
    code: "cluster-unavailable",
    exitStatus: 75,
  });
});

test("a context that is not there is told from those that are", async () => {
  await expect(open("~/here", "elsewhere")).rejects.toMatchObject({
    code: "settings-invalid",
    hint: "It has here.",
  });
});

test("what the API server forbids is said in its words, with what to ask for", async () => {
  answer = (_, response) => {
    response.statusCode = 403;
    response.end('{"message": "jobs.batch is forbidden"}');
  };
  const { api } = await open("~/here");
  await expect(api.request("GET", "/apis/batch/v1")).rejects.toMatchObject({
    code: "credentials-invalid",
    message: expect.stringContaining("jobs.batch is forbidden"),
    hint: expect.stringContaining("CONTEXT=<name>"),
  });
});

test("an apply is sent as what server-side apply takes", async () => {
  const types: (string | undefined)[] = [];
  answer = (request, response) => {
    types.push(request.headers["content-type"]);
    response.end("{}");
  };
  const { api } = await open("~/here");
  await api.request("PATCH", "/x", {});
  await api.request("POST", "/x", {});
  expect(types).toEqual(["application/apply-patch+yaml", "application/json"]);
});

test("what a kubeconfig proves itself with, as it stands there or read by a program, is hidden from then on", async () => {
  answer = (request, response) => response.end(JSON.stringify({ sent: request.headers.authorization }));
  const user = (user: object) => {
    const config = JSON.parse(
      kubeconfig("here", `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
    return writeFile(join(dir, "user"), JSON.stringify({ ...config, users: [{ name: "here", user }] }));
  };
  const shown = async () => {
    const api = createClusterApi(await byKubeconfig(join(dir, "user")));
    return redact(JSON.stringify((await api.request("GET", "/api/v1")).body));
  };
  await user({ token: "token-of-the-kubeconfig" });
  expect(await shown()).toBe('{"sent":"Bearer ***"}');
  await user({ username: "anna", password: "password-of-anna" });
  expect(await shown()).toBe('{"sent":"Basic ***"}');
  expect(redact("password-of-anna of anna")).toBe("*** of anna");
  const credential = { kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1" };
  const status = { token: "token-of-a-program" };
  const args = ["-p", `JSON.stringify(${JSON.stringify({ ...credential, status })})`];
  const exec = {
    apiVersion: credential.apiVersion,
    command: process.execPath,
    args,
    interactiveMode: "Never",
  };
  await user({ exec });
  expect(await shown()).toBe('{"sent":"Bearer ***"}');
  expect(keptSecret({ key: "-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----\n" })).toHaveProperty(
    "key",
  );
  expect(redact("-----BEGIN KEY-----\nMIIEvQIBADANBg")).toBe("-----BEGIN KEY-----\n***");
});

test("lines come as they are written, whatever pieces they are sent in; a log that goes silent is let go", async () => {
  answer = (_, response) => {
    response.write("one\ntw");
    response.write("o\nthr");
  };
  const api = createClusterApi(await byKubeconfig(join(dir, "here")), { timeoutMs: 200, remedy: "" });
  const lines: string[] = [];
  const { signal } = new AbortController();
  expect(await api.follow("/log", (line) => lines.push(line), signal)).toBe(200);
  expect(lines).toEqual(["one", "two"]);
});
