import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where traces of what was obeyed appear, and what leads there. */
export interface Trap {
  /** Path that comes to be when `name` is obeyed. */
  readonly proof: (name: string) => string;
  /** A program that leaves the proof of `name`. */
  readonly program: (name: string) => string;
  /** A file with this text. */
  readonly file: (name: string, text: string) => string;
  /** `127.0.0.1:port` of a listener that counts. */
  readonly listener: string;
}

type Attempt = readonly [name: string, value: (trap: Trap) => string];

const programs = (...names: readonly string[]): readonly Attempt[] =>
  names.map((name) => [name, ({ program }) => program(name)]);
const traces = (...names: readonly string[]): readonly Attempt[] =>
  names.map((name) => [name, ({ proof }) => proof(name)]);
const toListener = (...names: readonly string[]): readonly Attempt[] =>
  names.map((name) => [name, ({ listener }) => `http://${listener}`]);

/** Configuration of git that starts a program whatever is done with a repository. */
const gitConfig = (program: string) =>
  `[core]\n\tfsmonitor = ${program}\n\thooksPath = ${dirname(program)}\n\tsshCommand = ${program}\n\taskPass = ${program}\n[uploadpack]\n\tpackObjectsHook = ${program}\n[filter "x"]\n\tsmudge = ${program}\n`;

/** Variables that a child of the factory's would obey, if it had them. */
export const variables: readonly Attempt[] = [
  ...programs("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_EXTERNAL_DIFF", "GIT_PAGER"),
  ...programs("PAGER", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "EDITOR", "VISUAL", "GIT_PROXY_COMMAND"),
  ["GIT_EXEC_PATH", ({ program }) => dirname(program("git-remote-http"))],
  ["GIT_TEMPLATE_DIR", ({ program }) => dirname(dirname(program("hooks/post-checkout")))],
  ["GIT_CONFIG_GLOBAL", ({ file, program }) => file("git-global", gitConfig(program("GIT_CONFIG_GLOBAL")))],
  ["GIT_CONFIG_SYSTEM", ({ file, program }) => file("git-system", gitConfig(program("GIT_CONFIG_SYSTEM")))],
  ["GIT_CONFIG_PARAMETERS", ({ program }) => `'core.fsmonitor=${program("GIT_CONFIG_PARAMETERS")}'`],
  ...traces("GIT_TRACE", "GIT_TRACE_PACKET", "GIT_TRACE_SETUP", "GIT_TRACE_PERFORMANCE", "GIT_TRACE_CURL"),
  ...traces(
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
    "GIT_TRACE2_PERF",
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
  ),
  ...traces("GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE"),
  ["GIT_ALTERNATE_OBJECT_DIRECTORIES", () => "/nowhere"],
  ["GIT_NAMESPACE", () => "elsewhere"],
  ["GIT_ALLOW_PROTOCOL", () => "ext"],
  ["GIT_SSL_NO_VERIFY", () => "1"],
  ["GIT_ATTR_SOURCE", () => "HEAD"],
  ["TAR_OPTIONS", ({ program }) => `--checkpoint=1 --checkpoint-action=exec=${program("TAR_OPTIONS")}`],
  ["GZIP", () => "--keep --fast"],
  ["BASH_ENV", ({ file, proof }) => file("bash-env", `touch ${proof("BASH_ENV")}\n`)],
  ["ENV", ({ file, proof }) => file("env", `touch ${proof("ENV")}\n`)],
  ["PS4", ({ proof }) => `$(touch ${proof("PS4")})`],
  ["SHELLOPTS", () => "xtrace"],
  ["IFS", () => "/"],
  [
    "PERL5OPT",
    ({ file, proof }) => `-I${dirname(file("Trap.pm", `open(F, ">${proof("PERL5OPT")}"); 1;`))} -MTrap`,
  ],
  [
    "PYTHONPATH",
    ({ file, proof }) => dirname(file("sitecustomize.py", `open("${proof("PYTHONPATH")}", "w")`)),
  ],
  ...traces("SSLKEYLOGFILE", "GOCOVERDIR", "LD_PROFILE_OUTPUT"),
  ["CURL_HOME", ({ file, proof }) => dirname(file(".curlrc", `output = "${proof("CURL_HOME")}"\n`))],
  [
    "NODE_PATH",
    ({ file, proof }) =>
      dirname(file("execa.js", `require("fs").writeFileSync("${proof("NODE_PATH")}", "")`)),
  ],
  ["BUILDAH_ISOLATION", () => "rootless"],
  ["BUILDAH_FORMAT", () => "docker"],
  ["BUILDAH_HISTORY", () => "true"],
  ["BUILDAH_LAYERS", () => "false"],
  ...programs("BUILDAH_RUNTIME"),
  [
    "CONTAINERS_CONF",
    ({ file, program }) =>
      file(
        "containers.conf",
        `[containers]\nenv = ["TRAP=1"]\n[engine]\nruntime = "${program("CONTAINERS_CONF")}"\n`,
      ),
  ],
  [
    "CONTAINERS_CONF_OVERRIDE",
    ({ file }) => file("override.conf", '[containers]\nenv = ["TRAP=1"]\nlabel = false\n'),
  ],
  [
    "CONTAINERS_REGISTRIES_CONF",
    ({ file, listener }) =>
      file(
        "registries.conf",
        `[[registry]]\nprefix = "127.0.0.1"\nlocation = "${listener}"\ninsecure = true\n`,
      ),
  ],
  [
    "CONTAINERS_STORAGE_CONF",
    ({ file, proof }) =>
      file("storage.conf", `[storage]\ndriver = "vfs"\ngraphroot = "${proof("CONTAINERS_STORAGE_CONF")}"\n`),
  ],
  ["STORAGE_DRIVER", () => "vfs"],
  ["STORAGE_OPTS", () => "overlay.mount_program=/nowhere"],
  ...traces("TRIVY_OUTPUT", "TRIVY_CACHE_DIR"),
  ["TRIVY_CONFIG", ({ file }) => file("trivy.yaml", "severity: [LOW]\nexit-code: 9\n")],
  ["TRIVY_IGNOREFILE", ({ file }) => file("trivyignore", "CVE-2099-10001\n")],
  ["TRIVY_IGNORE_UNFIXED", () => "true"],
  ["TRIVY_EXIT_CODE", () => "9"],
  ["TRIVY_FORMAT", () => "table"],
  ["TRIVY_SKIP_DIRS", () => "/"],
  ["TRIVY_INSECURE", () => "true"],
  ...toListener("TRIVY_SERVER", "TRIVY_DB_REPOSITORY", "TRIVY_JAVA_DB_REPOSITORY", "TRIVY_MODULE_DIR"),
  ...toListener("ALL_PROXY", "all_proxy", "DOCKER_HOST", "CONTAINER_HOST", "BUILDKIT_HOST", "REGISTRY"),
  ...toListener("npm_config_registry", "npm_config_proxy", "OTEL_EXPORTER_OTLP_ENDPOINT", "REGISTRY_MIRROR"),
  ...traces("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"),
  ["REGISTRY_HTTP_ADDR", () => "0.0.0.0:1"],
  ["TAG", () => "hostile"],
  ["IMAGE", () => "../../etc"],
  ["FORCE", () => "1"],
  ["DEBUG", () => "*"],
  ["GODEBUG", () => "http2debug=2,inittrace=1"],
  ["TZ", () => "../../../etc/passwd"],
  ["LC_ALL", () => "tr_TR.UTF-8"],
  ["COLUMNS", () => "-1"],
  ["POSIXLY_CORRECT", () => "1"],
];

/** Files that a tool picks up by itself from the folder where it runs, or from somebody's home. */
export const droppings: readonly (readonly [name: string, text: (trap: Trap, name: string) => string])[] = [
  [".gitconfig", ({ program }, name) => gitConfig(program(name))],
  [".config/git/config", ({ program }, name) => gitConfig(program(name))],
  [".git/config", ({ program }, name) => gitConfig(program(name))],
  [".config/containers/containers.conf", ({ program }, name) => `[engine]\nruntime = "${program(name)}"\n`],
  [
    ".config/containers/registries.conf",
    ({ listener }) => `[[registry]]\nprefix = "127.0.0.1"\nlocation = "${listener}"\n`,
  ],
  [
    ".config/containers/storage.conf",
    ({ proof }, name) => `[storage]\ndriver = "vfs"\ngraphroot = "${proof(name)}"\n`,
  ],
  [".config/containers/policy.json", () => '{"default": [{"type": "reject"}]}'],
  ["containers.conf", ({ program }, name) => `[engine]\nruntime = "${program(name)}"\n`],
  ["trivy.yaml", () => "exit-code: 9\nformat: table\n"],
  [".trivyignore", () => "CVE-2099-10001\n"],
  [".trivyignore.yaml", () => "vulnerabilities: [{id: CVE-2099-10001}]\n"],
  [".curlrc", ({ proof }, name) => `output = "${proof(name)}"\n`],
  [".npmrc", ({ listener, program }, name) => `registry=http://${listener}\nscript-shell=${program(name)}\n`],
  [".bashrc", ({ proof }, name) => `touch ${proof(name)}\n`],
  [".profile", ({ proof }, name) => `touch ${proof(name)}\n`],
  [
    "package.json",
    ({ proof }, name) => JSON.stringify({ type: "commonjs", scripts: { build: `touch ${proof(name)}` } }),
  ],
  ["tsconfig.json", () => '{"extends": "./nowhere.json"}'],
  ["factory.yaml", ({ listener }) => `registry: ${listener}\n`],
  [".env", ({ listener }) => `FACTORY_REGISTRY=${listener}\n`],
];

/** Names of programs that lie in the folder where the factory is started, with "." in PATH. */
export const planted: readonly string[] = [
  "git",
  "git-remote-http",
  "buildah",
  "trivy",
  "tar",
  "sh",
  "setpriv",
  "unshare",
  "docker-registry",
  "runc",
  "crun",
  "node",
];

/** Makes the traps below a folder. */
export function setTraps(dir: string, listener: string): Trap {
  const named = (name: string) => name.replaceAll("/", "_");
  const write = (path: string, text: string, mode: number): string => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  mkdirSync(join(dir, "proofs"), { recursive: true });
  const proof = (name: string) => join(dir, "proofs", named(name));
  return {
    listener,
    proof,
    program: (name) =>
      write(join(dir, "programs", named(name), name), `#!/bin/sh\ntouch ${proof(name)}\nexit 1\n`, 0o755),
    file: (name, text) => write(join(dir, "files", name, name), text, 0o644),
  };
}

/** Fills a folder with what tools pick up, and with programs of their names. */
export function litter(dir: string, trap: Trap): void {
  for (const [name, text] of droppings) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text(trap, name));
  }
  for (const name of planted) symlinkSync(trap.program(name), join(dir, name));
}
