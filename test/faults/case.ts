import type { Ended } from "../end-to-end/world.ts";
import { defectsOf, digestUnder, uniqueTags, watch } from "./checker.ts";
import { type FaultWorld, platforms, tag } from "./fault-world.ts";

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
  const { registry, world, proxy } = fault;
  const image = fault.image();
  const old = await fault.standing();
  if (old === undefined) throw new Error("nothing stands that could be kept");
  const before = await uniqueTags(registry, image);
  const marker = await fault.change();
  const reader = watch(registry, image, tag, { digest: old, platforms });
  const defects: string[] = [];
  const begun = Date.now();
  const ended = await first();
  const ms = Date.now() - begun;
  const met = proxy.met();
  const after = await fault.standing();
  const recorded = await fault.recorded();
  if (!expected.codes.includes(ended.status)) defects.push(`exit ${ended.status}`);
  if (ms > expected.deadlineMs) defects.push(`took ${Math.round(ms / 1000)} s`);
  if (ended.status === 0 && after === old) defects.push("exit 0, and the tag is the old digest");
  if (ended.status === 0 && after !== recorded) defects.push("exit 0, and the state names another digest");
  if (ended.status !== 0 && ended.status !== 66 && expected.explains && after !== old)
    defects.push(`exit ${ended.status}, and the tag has moved`);
  if (ended.status !== 0 && expected.explains) defects.push(...unexplained(ended.stderr, proxy.address));
  if (expected.tidies) defects.push(...(await fault.leftBehind()).map((thing) => `left behind: ${thing}`));
  proxy.begin();
  const second = await world.run("build", `IMAGE=${image}`);
  const watched = await reader.end();
  const converged = await fault.standing();
  if (second.status !== 0) defects.push(`second run: exit ${second.status}: ${lastLines(second.stderr)}`);
  if (converged === old || converged === undefined) defects.push("second run: the tag is the old digest");
  else {
    const whole = await defectsOf(registry, image, converged, { platforms, marker });
    defects.push(...whole.map((defect) => `published: ${defect}`));
  }
  if (after !== old && after !== converged) defects.push("second run: another digest than the first");
  if ((await fault.recorded()) !== converged) defects.push("second run: the state names another digest");
  const added = (await uniqueTags(registry, image)).filter((name) => !before.includes(name));
  if (added.length !== 1) defects.push(`${added.length} versions: ${added.join(", ")}`);
  const [version] = added;
  if (version !== undefined && (await digestUnder(registry, image, version)) !== converged)
    defects.push("the version is another digest than the tag");
  defects.push(...watched.defects.map((defect) => `not pullable: ${defect}`));
  const strange = [...watched.tagDigests].filter((digest) => digest !== old && digest !== converged);
  defects.push(...strange.map((digest) => `the tag was ${digest} meanwhile`));
  defects.push(...(await fault.leftBehind()).map((thing) => `left behind in the end: ${thing}`));
  return { name, status: ended.status, seconds: ms / 1000, met, defects, stderr: ended.stderr };
}

function unexplained(stderr: string, host: string): readonly string[] {
  const missing: string[] = [];
  if (!stderr.includes(host)) missing.push("the error does not name the registry");
  if (!/\b(?:GET|HEAD|PUT|POST|PATCH)\b|manifest|blob|tag|push|reads as|pinging|buildah/i.test(stderr))
    missing.push("the error does not name the request");
  if (!stderr.includes("→")) missing.push("the error has no remedy");
  return missing;
}

function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-3).join(" | ").slice(0, 400);
}
