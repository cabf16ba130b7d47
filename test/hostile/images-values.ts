/** A value in images.yaml as an attacker would write it: the whole entry, and what its refusal says. */
export interface Attempt {
  readonly name: string;
  readonly entry: string;
  readonly says: string;
}

const folder = (fields: string) => `{name: a, source: {folder: a}, ${fields}}`;
const git = (fields: string) => `{name: a, source: {git: {url: "github:a/b", ${fields}}}}`;
const archive = (fields: string) => `{name: a, source: {archive: {${fields}}}}`;
const address = (text: string) => `{name: a, source: {git: ${JSON.stringify(text)}}}`;
const watched = (fields: string) => `{name: a, repository: library/node, ${fields}}`;
const debian = (fields: string) =>
  `{name: a, source: {debian: {suite: trixie, packages: [bash], ${fields}}}}`;

export const names: readonly Attempt[] = [
  '"../../etc/cron.d/x"',
  '"/etc/passwd"',
  '"a/b"',
  '"-rf"',
  '"--help"',
  '".git"',
  '"a..b"',
  '"$(touch x)"',
  '"`id`"',
  '"a;id"',
  '"a|id"',
  '"a b"',
  '"a\\nb"',
  '"a\\u2028b"',
  '"a\\u0000b"',
  '"a\\u202eb"',
  '"%2e%2e"',
  '"~root"',
  "all",
  "__proto__",
  "constructor!",
  `"${"a".repeat(5_000)}"`,
].map((value) => ({
  name: `the name ${value.slice(0, 40)}`,
  entry: `{name: ${value}, source: {folder: a}}`,
  says: value.length > 1_000 ? "at most 128 characters" : "expected lower-case letters and digits",
}));

const outOfPlace = "expected a path below";
const paths = ["context", "dockerfile"].flatMap((field) =>
  [
    "../x",
    "/etc",
    "-x",
    "~root/x",
    "a/../../x",
    "x\\u2028/../../etc",
    "x\\u2029/../../etc",
    "a\\\\..\\\\b",
  ].map((path) => ({
    name: `${field} ${path}`,
    entry: folder(`${field}: "${path}"`),
    says: outOfPlace,
  })),
);

export const values: readonly Attempt[] = [
  ...[
    "--upload-pack=touch x",
    "ext::sh -c id",
    "fd::3",
    "file://host/a.git",
    "file:////host/a.git",
    "ssh://-oProxyCommand=id/a",
    "a@-oProxyCommand=id:b",
    "git://127.0.0.1/a",
    "ftp://h/a",
    "javascript:alert(1)",
    "data:text/plain,x",
    "https://u:p@h/a",
    "https://h",
    "https://h/a?x=$(id)",
    "https://h/a#;id",
    "github:a/../b",
    "github:-a/b",
    "gitea:127.0.0.1:99999999/a/b",
    "HTTPS://h\\\\@evil/a",
  ].map((text) => ({
    name: `the git address ${text}`,
    entry: address(text),
    says: "expected the address of a git repository",
  })),
  ...["--output=x", "-x", "a..b", "a b", "a:b", "@{u}", "a^{/x}", "refs/../x", "x.lock", "a\\u0007b"].map(
    (ref) => ({
      name: `the ref ${ref}`,
      entry: git(`ref: "${ref}"`),
      says: "expected a branch, a tag or a full commit",
    }),
  ),
  ...["../x", "/etc", "--x", "a\\u2028/../../x"].map((path) => ({
    name: `the directory ${path}`,
    entry: git(`directory: "${path}"`),
    says: outOfPlace,
  })),
  ...paths,
  { name: "a token file that is an option", entry: git("credentials: {file: --x}"), says: "expected a path" },
  {
    name: "a token of a variable with a command",
    entry: git('credentials: {variable: "A;id"}'),
    says: "environment variable",
  },
  {
    name: "a user with a header's end",
    entry: git('credentials: {variable: A, user: "x\\r\\nHost: y"}'),
    says: "expected a user name",
  },
  {
    name: "a password in the address, not repeated",
    entry: address("https://u:hunter2@h/a"),
    says: "no user or password",
  },
  ...["versionFile", "dir", "dockerfile"].map((field) => ({
    name: `local.${field} out of its folder by a line separator`,
    entry: `{name: a, local: {${field}: "x\\u2028/../../etc/v"}, source: {repo: a/b}}`,
    says: outOfPlace,
  })),
  {
    name: "a patch out of its folder",
    entry: '{name: a, source: {repo: a/b}, local: {patchFiles: ["../../etc/shadow"]}}',
    says: outOfPlace,
  },
  {
    name: "a patch that is an option",
    entry: '{name: a, source: {repo: a/b}, local: {patchFiles: ["--directory=/"]}}',
    says: outOfPlace,
  },
  { name: "repo with a way up", entry: '{name: a, source: {repo: "../../x"}}', says: "expected owner/name" },
  { name: "repo with a login", entry: '{name: a, source: {repo: "x@h/y"}}', says: "expected owner/name" },
  {
    name: "a provider of one's own",
    entry: '{name: a, source: {provider: "evil.example", repo: a/b}}',
    says: "expected github or gitlab",
  },
  {
    name: "a branch that is an option",
    entry: '{name: a, source: {repo: a/b, branch: "--upload-pack=id"}}',
    says: "no - at the start",
  },
  {
    name: "an enrollment with a path out",
    entry: '{name: a, enrollment: {source: {folder: "-x"}}}',
    says: "expected the path of a folder",
  },
  {
    name: "an enrollment in an enrollment",
    entry: "{name: a, enrollment: {enrollment: {source: {folder: a}}}}",
    says: "expected one of",
  },
  {
    name: "an enrollment that hides a name",
    entry: "{name: a, enrollment: {name: b}, source: {folder: a}}",
    says: "expected one of",
  },
  {
    name: "repoURL with a scheme",
    entry: '{name: a, repoURL: "http://169.254.169.254/x"}',
    says: "without https://",
  },
  {
    name: "repoURL with a digest",
    entry: '{name: a, repoURL: "h.example/x@sha256:0"}',
    says: "without digest",
  },
  {
    name: "a registry with a path out",
    entry: folder('registry: "ghcr.io/../x"'),
    says: "expected a registry's host",
  },
  {
    name: "a registry with a login",
    entry: folder('registry: "u:p@ghcr.io"'),
    says: "expected a registry's host",
  },
  {
    name: "a registry at a port that is none",
    entry: folder('registry: "h.example:99999"'),
    says: "expected a registry's host",
  },
  {
    name: "a repository with a way up",
    entry: folder("repository: a/../../b"),
    says: "expected a repository",
  },
  {
    name: "a repository that is an option",
    entry: folder('repository: "--all"'),
    says: "expected a repository",
  },
  { name: "a tag that is an option", entry: folder('tags: ["--all"]'), says: "expected a tag" },
  { name: "a tag that is a path", entry: folder('tags: ["../../v2/x"]'), says: "expected a tag" },
  {
    name: "a tag that receipts stand under",
    entry: folder(`tags: ["sha256-${"0".repeat(64)}"]`),
    says: "signatures",
  },
  {
    name: "a tag with a placeholder of JavaScript",
    entry: folder('tags: ["{constructor}"]'),
    says: "expected",
  },
  {
    name: "an argument that is an option",
    entry: folder('args: {"--privileged": x}'),
    says: "expected the name of an ARG",
  },
  {
    name: "an argument with an equals sign",
    entry: folder('args: {"A=B": x}'),
    says: "expected the name of an ARG",
  },
  {
    name: "an argument that sets the platform",
    entry: folder("args: {TARGETARCH: x}"),
    says: "expected the name of an ARG",
  },
  {
    name: "an argument that sets the time",
    entry: folder('args: {SOURCE_DATE_EPOCH: "0"}'),
    says: "expected the name of an ARG",
  },
  {
    name: "a target that is an option",
    entry: folder('target: "--x"'),
    says: "expected the name of a stage",
  },
  {
    name: "a secret id with a field of --secret",
    entry: folder('secrets: [{id: "a,src=/etc/shadow", env: A}]'),
    says: "expected letters, digits",
  },
  {
    name: "a secret that is a value, not repeated",
    entry: folder('secrets: [{id: a, env: "hunter2 hunter2"}]'),
    says: "got a text of 15 characters",
  },
  {
    name: "a label that names the base",
    entry: folder("annotations: {org.opencontainers.image.base.name: x}"),
    says: "expected letters, digits",
  },
  { name: "a network of one's own", entry: folder("network: host"), says: "expected default or none" },
  {
    name: "a platform with an option",
    entry: folder('platforms: ["linux/amd64 --privileged"]'),
    says: "expected linux/amd64",
  },
  {
    name: "a Debian suite that is a path",
    entry: '{name: a, source: {debian: {suite: "../x", packages: [b]}}}',
    says: "code name",
  },
  {
    name: "a Debian package that is an option",
    entry: '{name: a, source: {debian: {suite: s, packages: ["-oAPT::x=y"]}}}',
    says: "Debian package",
  },
  {
    name: "a Debian package with a version",
    entry: '{name: a, source: {debian: {suite: s, packages: ["bash=1"]}}}',
    says: "Debian package",
  },
  {
    name: "an archive by a file of the host",
    entry: archive('url: "file:///etc/passwd"'),
    says: "https:// and a host",
  },
  {
    name: "an archive at a machine's credentials",
    entry: archive('url: "http://169.254.169.254/x"'),
    says: "expected the address of an archive: https",
  },
  {
    name: "an archive in plain",
    entry: archive('url: "http://files.example/a.tar"'),
    says: "https, but on this machine itself",
  },
  {
    name: "an archive with a login",
    entry: archive('url: "https://u:hunter2@e/a"'),
    says: "no user or password in it",
  },
  {
    name: "an archive with an empty login",
    entry: archive('url: "https://@e/a"'),
    says: "no user or password in it",
  },
  {
    name: "an archive with a header of its own",
    entry: archive('url: "https://e/a\\r\\nHost: x"'),
    says: "no spaces, control characters",
  },
  {
    name: "an archive with a part behind #",
    entry: archive('url: "https://e/a#b"'),
    says: "no spaces, control characters, #",
  },
  { name: "an archive of no path", entry: archive('url: "https://e"'), says: "a path after the host" },
  {
    name: "an archive that is an option",
    entry: archive('path: "--checkpoint-action=exec=id"'),
    says: "without leading - or ~",
  },
  {
    name: "an archive's folder with a way up",
    entry: archive("path: a, directory: a/../../b"),
    says: "no ..",
  },
  {
    name: "an archive's folder that is absolute",
    entry: archive("path: a, directory: /etc"),
    says: "no leading /",
  },
  {
    name: "an archive's user with a second header",
    entry: archive('url: "https://e/a", credentials: {variable: T, user: "a\\nb"}'),
    says: "expected a user name",
  },
  { name: "a mirror that runs a program", entry: debian('mirror: "copy:/etc"'), says: "expected an http" },
  {
    name: "a mirror with a second line for apt",
    entry: debian('mirror: "http://m\\ndeb [trusted=yes] http://e"'),
    says: "expected an http",
  },
  {
    name: "a component with options",
    entry: debian('components: ["main [trusted=yes]"]'),
    says: "component",
  },
  {
    name: "a time-out that no timer holds",
    entry: folder("timeouts: {build: 99999d}"),
    says: "expected a duration",
  },
  { name: "a time-out of nothing", entry: folder("timeouts: {build: 0s}"), says: "expected a duration" },
  { name: "a delay for ever", entry: folder("rebuildDelay: 99999999999999d"), says: "expected a duration" },
  {
    name: "a schedule every second",
    entry: folder('schedule: {cron: "* * * * * *"}'),
    says: "expected five cron fields",
  },
  {
    name: "a schedule that never comes",
    entry: folder('schedule: {cron: "0 0 31 2 *"}'),
    says: "some day fits",
  },
  {
    name: "a schedule with steps of nothing",
    entry: folder('schedule: {cron: "*/0 * * * *"}'),
    says: "expected five cron fields",
  },
  {
    name: "a schedule with a line for crontab",
    entry: folder('schedule: {cron: "0 0 * * *\\n* * * * * id"}'),
    says: "expected five cron fields",
  },
  {
    name: "a time zone that is a path",
    entry: folder('schedule: {cron: "0 3 * * 1", timeZone: "../../etc/passwd"}'),
    says: "expected a time zone",
  },
  {
    name: "a time zone that no CronJob knows",
    entry: folder('schedule: {cron: "0 3 * * 1", timeZone: "+05:00"}'),
    says: "expected a time zone",
  },
  {
    name: "an expression that is none",
    entry: watched('allowTags: "("'),
    says: "expected a regular expression",
  },
  {
    name: "a range of sixty thousand digits",
    entry: watched(`imageSelectionStrategy: SemVer, constraint: "${"9".repeat(60_000)}"`),
    says: "expected a range",
  },
  { name: "an ignored tag that is none", entry: watched('ignoreTags: ["../x"]'), says: "expected a tag" },
  { name: "a digest of another kind", entry: watched('digest: "sha512:00"'), says: "expected sha256:" },
  {
    name: "an end of life that is no day",
    entry: watched('endOfLife: "2027-02-30"'),
    says: "expected a day",
  },
  {
    name: "a sample database by default",
    entry: folder("scan: {database: ../../db}"),
    says: "expected official or sample",
  },
  {
    name: "an exception without end",
    entry: folder("scan: {exceptions: [{id: CVE-2024-1, reason: r, owner: o}]}"),
    says: "expires",
  },
  {
    name: "an exception for everything",
    entry: folder('scan: {exceptions: [{id: "*", reason: r, owner: o, expires: "2027-01-01"}]}'),
    says: "advisory",
  },
  {
    name: "a field that is a prototype's",
    entry: "{name: a, source: {folder: a}, constructor: {}}",
    says: "expected one of",
  },
];
