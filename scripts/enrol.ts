// npm run enrol REPO=<repository>: finds the Dockerfiles of a repository and writes their entries into images.yaml.
// needs:
import { basename, dirname } from "node:path";
import { main } from "../src/command/main.ts";
import { textWord } from "../src/command/options.ts";
import { checkEnrolment } from "../src/enrol/check.ts";
import { unifiedDiff } from "../src/enrol/diff.ts";
import { createProposalDoor } from "../src/enrol/proposal-door.ts";
import { proposeImages } from "../src/enrol/propose.ts";
import { proposalEvents, proposalJson, reportCheck, writtenNote } from "../src/enrol/report.ts";
import { readImagesIfAny, readImagesText, writeImagesText } from "../src/enrol/write-images.ts";
import { FactoryError } from "../src/errors.ts";
import { openFactory } from "../src/open-factory.ts";
import { pushFiles } from "../src/state/shared-state.ts";

const spec = {
  command: "enrol",
  summary:
    "Finds the Dockerfiles of a repository, writes an entry for each into images.yaml and prints the difference. With --check, says what is enrolled and no longer there.",
  words: {
    REPO: textWord("<repository>", "A git repository, as source.git.url of images.yaml has it."),
    BRANCH: textWord(
      "<branch|tag|commit>",
      "What to build. Default: the newest release, by its SemVer tag; else the branch that HEAD names.",
    ),
    DOCKERFILE: textWord("<path>", "This Dockerfile alone. Default: all of the repository."),
    NAME: textWord("<name>", "What the image is called. Default: as its repository or folder."),
  },
  flags: {
    check: { description: "Looks at what is enrolled, and writes nothing." },
    "dry-run": { description: "Shows what would be written, and writes nothing." },
    json: { description: "Prints what was found as JSON." },
  },
  examples: [
    "npm run enrol REPO=github:acme/api",
    "npm run enrol REPO=https://git.example.com/acme/tools.git DOCKERFILE=docker/cli.Dockerfile BRANCH=main",
    "npm run enrol -- --check",
  ],
} as const;

await main(spec, async ({ words, flags }, session) => {
  const { REPO: repository, BRANCH: ref, DOCKERFILE: dockerfile, NAME: name } = words;
  if (flags.check !== (repository === undefined)) {
    throw new FactoryError("usage", flags.check ? "--check takes no REPO" : "no repository is named", {
      hint: "npm run enrol REPO=github:owner/repository, or npm run enrol -- --check",
    });
  }
  if (repository === undefined) {
    const { enrolments: images, watched, settings, lookUps } = await openFactory(session, "look");
    const { bases, sources } = lookUps({ images: [] });
    const door = { bases, sources, stateDir: settings.stateDir };
    const check = await checkEnrolment({ images, watched }, door).finally(sources.close);
    return reportCheck(check, session, flags.json);
  }
  const factory = await openFactory(session, "look", { read: readImagesIfAny });
  const { imagesFile, stateDir } = factory.settings;
  const before = await readImagesText(imagesFile);
  const proposal = await proposeImages(
    { repository, ref, dockerfile, name },
    { text: before, name: basename(imagesFile), folder: dirname(imagesFile), stateDir },
    { images: factory.enrolments, watched: factory.watched },
    createProposalDoor(factory, session),
  );
  const writes = proposal.images.length > 0 && !flags["dry-run"];
  for (const event of proposalEvents(proposal)) session.log(event);
  if (writes) {
    await writeImagesText(imagesFile, before, proposal.text);
    await pushFiles(stateDir, [imagesFile]);
  }
  const diff = unifiedDiff(before, proposal.text, basename(imagesFile));
  if (flags.json)
    session.print(JSON.stringify(proposalJson(proposal, { diff, written: writes }), undefined, 2));
  else if (diff !== "") session.print(diff.trimEnd());
  if (proposal.images.length > 0) session.log(writtenNote(proposal, imagesFile, before, writes));
  return 0;
});
