import { parseRepository } from "../../src/registry/reference.ts";
import { verify } from "./analysis-cases.ts";
import { type ClusterCase, newestDigest } from "./cluster-world.ts";
import { databaseOfAnother, pushDatabase } from "./database.ts";
import { expect, expectStatus } from "./expect.ts";
import { sampleDatabase } from "./prepare.ts";
import type { GitWorld } from "./worlds.ts";

export const scanCases: readonly ClusterCase<GitWorld>[] = [
  {
    point: 3,
    name: "aging-scan is Failed when an advisory came after the publication, and its tags stay",
    look: async (world) => {
      expectStatus(await world.team.npm("trigger", "IMAGE=aging"), 0);
      const repository = parseRepository(`${world.registry}/aging`);
      const tags = async () => {
        const names = await world.client.listTags(repository);
        const heads = names
          // Receipts hang on a tag of the digest's name where a registry has no referrers.
          .filter((name) => !name.startsWith("sha256-"))
          .map(async (name) => `${name} ${(await world.client.headManifest(repository, name))?.digest}`);
        return (await Promise.all(heads)).join(", ");
      };
      const digests = { [`${world.registry}/aging`]: await newestDigest(world, "aging") };
      const first = await verify(world, "aging-scan", digests);
      expect(first === "Successful", `expected Successful before the advisory, got ${first}`);
      const before = await tags();
      const sample = await sampleDatabase();
      try {
        await pushDatabase(
          world.registry,
          world.client,
          await databaseOfAnother(sample, "openssl", "openssm"),
        );
        const phase = await verify(world, "aging-scan", digests);
        expect(phase === "Failed", `expected Failed, got ${phase}`);
      } finally {
        await pushDatabase(world.registry, world.client, sample);
      }
      const after = await tags();
      expect(after === before, `tags were ${before} and are ${after}`);
      return `Successful, then Failed; ${after}`;
    },
  },
];
