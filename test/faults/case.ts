import type { Ended } from "../end-to-end/world.ts";
import { platforms } from "./boundary.ts";
import { defectsOf, digestUnder, uniqueTags, watch } from "./checker.ts";
import { type FaultWorld, tag } from "./fault-world.ts";

/** What came of one case: `defects` are promises that were not kept. */
export interface CaseResult {
  readonly name: string;
  readonly status: number | null;
  readonly seconds: number;
  /** How many requests met the fault; a case in which none did shows nothing. */
  readonly met: number;
  readonly defects: readonly string[];
  readonly stderr: string;
}

/** What is expected of the run that meets the trouble. */
export interface Expected {
  readonly codes: readonly (number | null)[];
  /** After which time it counts as never ending. */
  readonly deadlineMs: number;
  /** A failure has to name the registry, what was asked of it, and what to do. */
  readonly explains: boolean;
  /** Nothing may be left after the first run either; what was killed cannot tidy up. */
  readonly tidies: boolean;
}

/** Publishes the image if it is not, so that there is something to keep. */
export async function publishFirst(fault: FaultWorld): Promise<void> {
  fault.proxy.begin();
  await fault.change();
  const first = await fault.world.run("build", `IMAGE=${fault.image()}`);
  if (first.status !== 0) throw new Error(`the first version was not published: ${first.stderr}`);
}

/**
 * Runs one build that meets a trouble and one that meets none, and holds both to what DESIGN.md promises. `first` runs
 * the troubled one.
 */
export async function runCase(
  name: string,
  fault: FaultWorld,
  expected: Expected,
  first: () => Promise<Ended>,
): Promise<CaseResult> {
  const { registry, proxy } = fault;
  const image = fault.image();
  const digest = await fault.standing();
  if (digest === undefined) throw new Error("nothing stands that could be kept");
  const before = { digest, versions: await uniqueTags(registry, image), marker: await fault.change() };
  // What an earlier case has left was told there.
  const known = await fault.leftBehind();
  const leftNow = async () => (await fault.leftBehind()).filter((thing) => !known.includes(thing));
  const reader = watch(registry, image, tag, { digest, platforms });
  const begun = Date.now();
  const ended = await first();
  const seconds = (Date.now() - begun) / 1000;
  const met = proxy.met();
  const after = await fault.standing();
  const untold = untruths(ended, { before: digest, after, recorded: await fault.recorded() }, expected);
  const slow = seconds * 1000 > expected.deadlineMs ? ["it took longer than its deadline"] : [];
  const unexplained =
    ended.status === 0 || !expected.explains ? [] : lacksOf(ended.stderr, proxy.address, fault.request);
  const untidy = expected.tidies ? (await leftNow()).map((thing) => `left behind: ${thing}`) : [];
  proxy.begin();
  const unconverged = await secondRun(fault, before, after);
  const watched = await reader.end();
  const standing = await fault.standing();
  const strange = [...watched.tagDigests].filter((seen) => seen !== digest && seen !== standing);
  const defects = [
    ...untold,
    ...slow,
    ...unexplained,
    ...untidy,
    ...unconverged,
    ...watched.defects.map((defect) => `not pullable meanwhile: ${defect}`),
    ...strange.map((seen) => `the tag was ${seen} meanwhile`),
    ...(await leftNow()).map((thing) => `left behind in the end: ${thing}`),
  ];
  return { name, status: ended.status, seconds, met, defects, stderr: ended.stderr };
}

interface Seen {
  readonly before: string;
  readonly after: string | undefined;
  readonly recorded: string | undefined;
}

/** Where the exit code says something else than registry and state. */
function untruths(
  { status, stderr }: Ended,
  { before, after, recorded }: Seen,
  expected: Expected,
): readonly string[] {
  const defects: string[] = [];
  if (!expected.codes.includes(status)) defects.push(`exit ${status}`);
  // Once the tags have moved, a registry can only keep the receipt away: that is said, and worth another run.
  const claimed =
    status === 0
      ? "exit 0"
      : status === 75 && /: published, receipt missing: /.test(stderr)
        ? "only the receipt is missing"
        : undefined;
  if (claimed !== undefined && after === before) defects.push(`${claimed}, and the tag is the old digest`);
  if (claimed !== undefined && after !== recorded)
    defects.push(`${claimed}, and the state names another digest`);
  // 66 says that nobody knows; who was killed says nothing.
  const denies = claimed === undefined && status !== 66 && expected.explains;
  if (denies && after !== before) defects.push(`exit ${status}, and the tag has moved`);
  return defects;
}

/** What is wrong after another run that nothing disturbs: it has to end at one new version, whole and recorded. */
async function secondRun(
  fault: FaultWorld,
  before: { readonly digest: string; readonly versions: readonly string[]; readonly marker: string },
  after: string | undefined,
): Promise<readonly string[]> {
  const { registry, world } = fault;
  const image = fault.image();
  const { status, stderr } = await world.run("build", `IMAGE=${image}`);
  if (status !== 0) return [`second run: exit ${status}: ${lastLines(stderr)}`];
  const converged = await fault.standing();
  if (converged === undefined || converged === before.digest)
    return ["second run: the tag is the old digest"];
  const { marker } = before;
  const defects = (await defectsOf(registry, image, converged, { platforms, marker })).map(
    (defect) => `published: ${defect}`,
  );
  if (after !== before.digest && after !== converged)
    defects.push("second run: another digest than the first");
  if ((await fault.recorded()) !== converged) defects.push("second run: the state names another digest");
  const added = (await uniqueTags(registry, image)).filter((name) => !before.versions.includes(name));
  if (added.length !== 1) defects.push(`${added.length} versions: ${added.join(", ")}`);
  for (const version of added)
    if ((await digestUnder(registry, image, version)) !== converged)
      defects.push(`${version} is another digest than the tag`);
  return defects;
}

/** A failure names whom it asked, what for, and what to do next. */
function lacksOf(stderr: string, host: string, request: RegExp): readonly string[] {
  const error = stderr.split(/^\S+: failed$/m).at(-1) ?? "";
  const missing: string[] = [];
  if (!error.toLowerCase().includes(host)) missing.push("the error does not name the host");
  if (!request.test(error)) missing.push("the error does not name the request");
  if (!/^ {2}→ /m.test(error)) missing.push("the error has no remedy");
  return missing;
}

function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-3).join(" | ").slice(0, 400);
}
