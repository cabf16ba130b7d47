import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/run.ts";
import { expectStatus, until } from "./expect.ts";
import { kubectlIn } from "./kubectl.ts";

/** A repository for state, served over TLS by a pod, with a certificate that no machine knows. */
export interface GitServer {
  readonly url: string;
  readonly certificate: string;
  readonly token: string;
  /** What git says in the repository itself. */
  readonly git: (...args: readonly string[]) => Promise<string>;
  /** Holds a push whose commit says this; `until` its sender is gone, `release` then refuses it. */
  readonly hold: (text: string) => Promise<HeldPush>;
}

interface HeldPush {
  readonly come: () => Promise<void>;
  readonly left: () => Promise<void>;
  readonly release: () => Promise<void>;
}

/** In a namespace of its own, whose pods are not bounded as the factory's are. */
export const gitNamespace = "test-cluster-git";

/** Starts it in a pod of the builder image, which has git and Node. */
export async function startGitServer(builderImage: string, kubectlBin: string): Promise<GitServer> {
  const { apply, ask, tell, kubectl } = kubectlIn(gitNamespace, kubectlBin);
  const token = randomBytes(12).toString("hex");
  const home = "/srv/git";
  const metadata = (name: string) => ({ name, namespace: gitNamespace });
  const objects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: gitNamespace } },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata("program"),
      data: { "git-program.ts": await readFile(join(import.meta.dirname, "git-program.ts"), "utf8") },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: metadata("git"),
      spec: {
        containers: [
          {
            name: "git",
            image: builderImage,
            command: ["node", "/srv/program/git-program.ts"],
            env: [
              { name: "HOME", value: home },
              { name: "TOKEN", value: token },
            ],
            volumeMounts: [
              { name: "program", mountPath: "/srv/program" },
              { name: "home", mountPath: home },
            ],
          },
        ],
        volumes: [
          { name: "program", configMap: { name: "program" } },
          { name: "home", emptyDir: {} },
        ],
        terminationGracePeriodSeconds: 0,
      },
    },
  ];
  for (const object of objects) expectStatus(await apply(object), 0);
  await ask("wait", "--for=condition=Ready", "pod/git", "--timeout=600s");
  const address = await ask("get", "pod", "git", "-o", "jsonpath={.status.podIP}");
  const { certificate, key } = await ownCertificate(address);
  const inside = ["exec", "git", "--"];
  await tell(`${key}${certificate}`, "exec", "--stdin", "git", "--", "sh", "-c", `cat >${home}/.pem`);
  await ask(...inside, "mv", `${home}/.pem`, `${home}/tls.pem`);
  const appears = (name: string) => async () => {
    await until(`${name} of the git server`, 120, async () =>
      (await kubectl(...inside, "test", "-e", `${home}/${name}`)).status === 0 ? true : undefined,
    );
  };
  return {
    url: `https://${address}:8443/state.git`,
    certificate,
    token,
    git: (...args) => ask(...inside, "git", "-C", `${home}/state.git`, ...args),
    hold: async (text) => {
      await ask(...inside, "rm", "-f", `${home}/held`, `${home}/left`);
      await tell(`${text}\n`, "exec", "--stdin", "git", "--", "sh", "-c", `cat >${home}/hold`);
      return {
        come: appears("held"),
        left: appears("left"),
        release: async () => void (await ask(...inside, "rm", `${home}/hold`)),
      };
    },
  };
}

async function ownCertificate(
  address: string,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const dir = await mkdtemp(join(tmpdir(), "factory-cluster-tls-"));
  try {
    const [key, certificate] = [join(dir, "tls.key"), join(dir, "tls.crt")];
    const kind = [
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
    ];
    const names = ["-subj", "/CN=the team's own", "-addext", `subjectAltName=IP:${address}`];
    await run({ tool: "openssl", args: ["req", ...kind, ...names, "-keyout", key, "-out", certificate] });
    return { certificate: await readFile(certificate, "utf8"), key: await readFile(key, "utf8") };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
