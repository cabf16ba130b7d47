import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { run } from "../../src/run.ts";
import { checkoutGit } from "../../src/source/git/checkout.ts";
import { createGitResolver } from "../../src/source/git/resolve.ts";
import { gitSource, makeRepository, makeTempFolder, removeTempFolder } from "../source/repository.ts";

const folder = makeTempFolder();
afterAll(() => removeTempFolder(folder));

it.each([
  "$(touch${IFS}ran)",
  "`touch${IFS}ran`",
  "a;touch${IFS}ran",
  "a|touch${IFS}ran",
  "a&touch${IFS}ran",
])("a branch called %s is built, and nothing in its name is run", async (branch) => {
  const repository = makeRepository(join(folder, `repository-${Buffer.from(branch).toString("hex")}`));
  repository.commit({ Dockerfile: "FROM scratch\n" });
  repository.git("checkout", "-q", "-b", branch);
  const commit = repository.commit({ Dockerfile: "FROM scratch\nCOPY Dockerfile /\n" });
  repository.git("checkout", "-q", "main");
  const source = gitSource(repository.dir, { ref: branch });
  const deps = { run, variables: process.env, workDir: join(folder, "work") };
  const facts = await createGitResolver(deps)(source);
  expect(facts.commit).toBe(commit);
  const tree = await checkoutGit(source, facts, { dockerfile: "Dockerfile", context: "." }, deps);
  expect(tree.dockerfile).toContain("COPY Dockerfile");
  const places = [folder, repository.dir, tree.dir, deps.workDir, process.cwd(), "/"];
  expect(places.filter((place) => existsSync(join(place, "ran")))).toEqual([]);
  await tree.dispose();
});
