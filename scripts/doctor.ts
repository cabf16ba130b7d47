// npm run doctor: what this machine has for building, what it lacks, and the remedy; one line each.
// needs:
import { main } from "../src/command/main.ts";
import { FactoryError } from "../src/errors.ts";
import { openFactory } from "../src/open-factory.ts";
import { platforms } from "../src/platform.ts";
import { stagingRepository } from "../src/publish/staging.ts";
import { embeddedRegistry } from "../src/registry/address.ts";
import { embeddedRegistryStatus } from "../src/registry/embedded/daemon.ts";
import { run } from "../src/run.ts";
import { presentDatabase } from "../src/scan/database.ts";
import { runWhereBuildahRuns } from "../src/setup/build-elsewhere.ts";
import { examine, formatFindings, wouldBuild } from "../src/setup/doctor.ts";

const spec = {
  command: "doctor",
  summary:
    "Looks at everything that a build needs, each by using it, and says what is missing and how to get it. Ends with 0 when a build would work.",
  words: {},
  flags: { json: { description: "Prints the findings as JSON." } },
} as const;

await main(spec, async ({ flags }, session) => {
  try {
    const status = await runWhereBuildahRuns("doctor", process.argv.slice(2), session);
    if (status !== undefined) return status;
  } catch (error) {
    // Neither here nor elsewhere: what follows says what it would take here.
    if (!(error instanceof FactoryError) || error.code !== "machine-lacks") throw error;
    session.showError(error);
  }
  const { settings, enrolments, client, credentials } = await openFactory(session, "look");
  const { workDir } = settings;
  const idle = settings.registry === undefined && !(await embeddedRegistryStatus(workDir)).running;
  const findings = await examine({
    platforms,
    repositories: enrolments.flatMap(({ repository }) => [repository, stagingRepository(repository)]),
    ...(idle ? { idleRegistry: embeddedRegistry } : {}),
    checkPush: client.checkPush,
    describeCredentials: async (registry) => {
      const { host } = client.addressOf({ registry, path: "any" });
      const found = await credentials.lookup(host);
      const who = found && ("username" in found ? `user ${found.username}` : "an identity token");
      return who && (host === registry ? who : `${who} of ${host}`);
    },
    presentDatabase: () => presentDatabase(workDir),
    workDir,
    env: session.env,
    run,
    now: new Date(),
  });
  session.print(flags.json ? JSON.stringify(findings, undefined, 2) : formatFindings(findings).trimEnd());
  return wouldBuild(findings) ? 0 : 69;
});
