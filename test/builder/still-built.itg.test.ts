import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assertStillBuilt, buildBuilder, builtReference } from "../../src/builder/build-builder.ts";
import { builderName } from "../../src/builder/enrolled.ts";
import type { Session } from "../../src/command/main.ts";
import { readImages } from "../../src/enrolment/read-images.ts";
import type { Factory } from "../../src/factory.ts";
import { hostPlatform, type Platform } from "../../src/platform.ts";
import { makeWorld, type World } from "../end-to-end/world.ts";
import { imageEntry, inProcess } from "./in-process.ts";

const platform = hostPlatform();

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  await world.write("images.yaml", imageEntry(builderName));
});
afterAll(() => world.end());

/** What builder:build and its like work with, but for an entry whose image takes no time. */
const command = <T>(work: (factory: Factory, session: Session) => Promise<T>) =>
  inProcess(world, work, { read: () => readImages(join(world.dir, "images.yaml")) });

async function buildFrom(dockerfile: string): Promise<ReadonlyMap<Platform, string>> {
  await world.write("app/Dockerfile", dockerfile);
  return command(async (factory, session) => {
    expect(await buildBuilder(factory, platform, session)).toBe(0);
    return new Map([[platform, await builtReference(factory, platform)]]);
  });
}

const look = (tested: ReadonlyMap<Platform, string>) =>
  command((factory) => assertStillBuilt(factory, tested));

it("what was tested may be published while nothing has changed", async () => {
  const tested = await buildFrom("FROM scratch\nCOPY Dockerfile /\n");
  await expect(look(tested)).resolves.toBeUndefined();
});

it("a file that changed during the tests is named as the reason, not as a build that nobody asked for", async () => {
  const tested = await buildFrom("FROM scratch\nCOPY Dockerfile /\n");
  await world.write("app/Dockerfile", "FROM scratch\nCOPY Dockerfile /changed\n");
  await expect(look(tested)).rejects.toMatchObject({
    code: "usage",
    message: `${builderName} for ${platform} changed while it was tested`,
    hint: `${tested.get(platform)} was tested and what stands here now would be published: run npm run builder again.`,
  });
});

it("a change that somebody has built meanwhile is refused as well: it is not what was tested", async () => {
  const tested = await buildFrom("FROM scratch\nCOPY Dockerfile /\n");
  const other = await buildFrom("FROM scratch\nCOPY Dockerfile /other\n");
  await expect(look(tested)).rejects.toMatchObject({
    message: `${builderName} for ${platform} changed while it was tested`,
    hint: expect.stringContaining(`${other.get(platform)} would be published`),
  });
  await expect(look(other)).resolves.toBeUndefined();
});
