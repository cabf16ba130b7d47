/** What a tool does wrong, as sh that runs in its place: `$real` is the tool, `"$@"` its words. */
export interface Misdeed {
  readonly title: string;
  readonly tool: "buildah" | "git" | "trivy";
  /** The calls that it does wrong, as a pattern of sh over all words. */
  readonly when: string;
  readonly does: string;
  /** Only at the first such call of a run. */
  readonly once?: boolean;
  /** The factory is told to stop when the misdeed has begun. */
  readonly stop?: boolean;
  /** The exit codes that tell the truth. */
  readonly codes: readonly number[];
}

const build = '*" build "*';
const push = '*" push "*';
const image = '*" image "*';
/** Sets `$1` of the tool's options, written as `--name=value`, as `$value`. */
const option = (name: string) => `for word; do case $word in --${name}=*) value=\${word#*=} ;; esac; done`;
/** Sets `$value` to what follows `name`. */
const optionAfter = (name: string) =>
  `value= last=; for word; do [ "$last" = ${name} ] && value=$word; last=$word; done; ${option(name.slice(2))}`;
const report = optionAfter("--output");
/** The first process of a namespace is not ended by its own signals: its end is told as a shell tells it. */
const died = (signal: number) => `[ $$ = 1 ] || kill -${signal} $$; exit ${128 + signal}`;
const hang = "trap '' TERM INT HUP; while :; do sleep 1; done";
const flood = "exec yes 'a flood of words that nobody asked for, again and again and again' >&2";

const ofBuildah: readonly Omit<Misdeed, "tool">[] = [
  { title: "build: 0, and nothing done", when: build, does: "exit 0", codes: [75] },
  {
    title: "build: 0, and an id of no image",
    when: build,
    does: `"$real" "$@"; ${option("iidfile")}; printf 'sha256:%064d' 0 >"$value"; exit 0`,
    codes: [75],
  },
  {
    title: "build: 0, and an empty file for the id",
    when: build,
    does: `"$real" "$@"; ${option("iidfile")}; : >"$value"; exit 0`,
    codes: [75],
  },
  {
    title: "build: 0, and the base for the image",
    when: build,
    does: `${option("file")}; sed -i /^COPY/d "$value"`,
    codes: [75],
  },
  { title: "build: 1 after all is done", when: build, does: '"$real" "$@"; exit 1', codes: [75] },
  { title: "build: ended by SEGV", when: build, does: died(11), codes: [75] },
  {
    title: "build: ended by KILL when it is done",
    when: build,
    does: `"$real" "$@"; ${died(9)}`,
    codes: [75],
  },
  { title: "build: a flood on stderr", when: build, does: flood, codes: [65, 75] },
  {
    title: "build: prints its secrets and fails",
    when: build,
    does: `env >&2; ${option("authfile")}; cat "$value" >&2; exit 1`,
    codes: [75],
  },
  {
    title: "build: leaves a child that holds its output",
    when: build,
    does: 'sleep 600 & "$real" "$@"; exit $?',
    codes: [0],
  },
  {
    title: "build: leaves a child in a session of its own",
    when: build,
    does: 'setsid sleep 600 >/dev/null 2>&1 & "$real" "$@"; exit $?',
    codes: [0],
  },
  { title: "build: hangs after TERM", when: build, does: hang, stop: true, codes: [143] },
  {
    title: "build: leaves files in TMPDIR",
    when: build,
    does: 'mkdir -p "$TMPDIR/buildah1/2"; echo x >"$TMPDIR/buildah1/2/layer"',
    codes: [0],
  },
  { title: "push: 0, and nothing done", when: push, does: "exit 0", codes: [75] },
  {
    title: "push: 0 after it failed",
    when: push,
    does: '"$real" "$@-elsewhere" --no-such-flag; exit 0',
    codes: [75],
  },
  { title: "push: 0, to another tag", when: push, does: '"$real" "$@-elsewhere"; exit $?', codes: [75] },
  {
    title: "push: 0, in another format",
    when: push,
    does: 'for word; do shift; case $word in --format=*) word=--format=oci ;; esac; set -- "$@" "$word"; done',
    codes: [75],
  },
  {
    title: "push: prints the digest of something else",
    when: push,
    does: '"$real" "$@"; printf "sha256:%064d\\n" 0; exit 0',
    codes: [0],
  },
  {
    title: "push: 125 once",
    when: push,
    does: "echo no route to host >&2; exit 125",
    once: true,
    codes: [0],
  },
  { title: "push: 125 always", when: push, does: "echo no route to host >&2; exit 125", codes: [75] },
  { title: "push: ended by KILL once", when: push, does: died(9), once: true, codes: [0] },
  { title: "push: hangs after TERM", when: push, does: hang, stop: true, codes: [143] },
  { title: "push: a flood on stderr", when: push, does: flood, codes: [75] },
  ...(["history", "architecture", "layer", "size"] as const).map((what) => ({
    title: `push: 0, and the ${what} of the image is another`,
    when: push,
    does: `"$real" "$@" || exit $?; for word; do :; done; LOGIN="$LOGIN" exec "$node" "$rewrite" ${what} "$word"`,
    codes: [75],
  })),
];

const ofGit: readonly Omit<Misdeed, "tool">[] = [
  { title: "ls-remote: 0, and nothing said", when: '*" ls-remote "*', does: "exit 0", codes: [65, 75] },
  {
    title: "ls-remote: nonsense",
    when: '*" ls-remote "*',
    does: "echo '<html>Sign in</html>'; exit 0",
    codes: [65, 75],
  },
  {
    title: "ls-remote: a commit that nobody has",
    when: '*" ls-remote "*',
    does: "printf '%040d\\trefs/heads/main\\n' 7; exit 0",
    codes: [65, 75],
  },
  {
    title: "ls-remote: ended by KILL once",
    when: '*" ls-remote "*',
    does: died(9),
    once: true,
    codes: [0],
  },
  { title: "ls-remote: a flood on stderr", when: '*" ls-remote "*', does: flood, codes: [75] },
  { title: "fetch: 0, and nothing done", when: '*" fetch "*', does: "exit 0", codes: [75] },
  { title: "fetch: ended by KILL once", when: '*" fetch "*', does: died(9), once: true, codes: [0] },
  {
    title: "fetch: leaves a child that holds its output",
    when: '*" fetch "*',
    does: 'sleep 600 & "$real" "$@"; exit $?',
    codes: [0],
  },
  { title: "fetch: hangs after TERM", when: '*" fetch "*', does: hang, stop: true, codes: [143] },
  { title: "ls-tree: 0, and nothing said", when: '*" ls-tree "*', does: "exit 0", codes: [65, 75] },
  {
    title: "ls-tree: cut off",
    when: '*" ls-tree "*',
    does: '"$real" "$@" | head -c 60; exit 0',
    codes: [65, 75],
  },
  { title: "cat-file: 0, and nothing said", when: '*" cat-file "*', does: "exit 0", codes: [65, 75] },
  {
    title: "checkout-index: 0, and nothing written",
    when: '*" checkout-index "*',
    does: "exit 0",
    codes: [65, 75],
  },
  {
    title: "checkout-index: other bytes than the commit's",
    when: '*" checkout-index "*',
    does: '"$real" "$@"; for file in *; do [ -f "$file" ] && echo other >"$file"; done; exit 0',
    codes: [65, 75],
  },
];

const ofTrivy: readonly Omit<Misdeed, "tool">[] = [
  { title: "0, and no report", when: image, does: "exit 0", codes: [75] },
  { title: "0, and an empty report", when: image, does: `${report}; : >"$value"; exit 0`, codes: [75] },
  {
    title: "0, and a report of nothing",
    when: image,
    does: `${report}; echo '{}' >"$value"; exit 0`,
    codes: [75],
  },
  {
    title: "0, and a report that is cut off",
    when: image,
    does: `"$real" "$@"; ${report}; head -c 300 "$value" >"$value.cut"; mv "$value.cut" "$value"; exit 0`,
    codes: [75],
  },
  {
    title: "0, and the report of another image",
    when: image,
    does: `"$real" "$@"; ${report}; sed -i 's/@sha256:[0-9a-f]*/@sha256:${"0".repeat(64)}/g' "$value"; exit 0`,
    codes: [75],
  },
  {
    title: "0, and the report of another architecture",
    when: image,
    does: `"$real" "$@"; ${report}; sed -i 's/"architecture": *"[a-z0-9]*"/"architecture":"s390x"/g' "$value"; exit 0`,
    codes: [75],
  },
  { title: "1 once", when: image, does: "echo 'FATAL no reason' >&2; exit 1", once: true, codes: [0] },
  { title: "1 always", when: image, does: "echo 'FATAL no reason' >&2; exit 1", codes: [75] },
  { title: "ended by SEGV", when: image, does: died(11), codes: [75] },
  { title: "a flood on stderr", when: image, does: flood, codes: [75] },
  { title: "hangs after TERM", when: image, does: hang, stop: true, codes: [143] },
  {
    title: "prints its secrets and fails",
    when: image,
    does: 'env >&2; cat "$DOCKER_CONFIG/config.json" >&2; exit 1',
    codes: [75],
  },
  {
    title: "leaves a child that holds its output",
    when: image,
    does: 'sleep 600 & "$real" "$@"; exit $?',
    codes: [0],
  },
];

/** Every misdeed, by those that real tools were seen to do (FACTS.md) and those that they could. */
export const misdeeds: readonly Misdeed[] = [
  ...ofBuildah.map((misdeed) => ({ ...misdeed, tool: "buildah" as const })),
  ...ofGit.map((misdeed) => ({ ...misdeed, tool: "git" as const })),
  ...ofTrivy.map((misdeed) => ({ ...misdeed, tool: "trivy" as const })),
].map((misdeed) => ({ ...misdeed, title: `${misdeed.tool} ${misdeed.title}` }));
