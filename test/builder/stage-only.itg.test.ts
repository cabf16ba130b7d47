import { afterAll, beforeAll, expect, it } from "vitest";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { buildImages } from "../../src/pipeline.ts";
import { plainRequest } from "../../src/plan/plain-request.ts";
import { hostPlatform, platforms } from "../../src/platform.ts";
import { makeWorld, type World } from "../end-to-end/world.ts";
import { imageEntry, inProcess } from "./in-process.ts";

const app = { registry: "factory.localhost", path: "app" };

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  await world.write("images.yaml", imageEntry("app"));
  await world.write("app/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
});
afterAll(() => world.end());

it("stages the last platform too and publishes nothing, until a build asks for it", async () => {
  const [foreign] = platforms.filter((platform) => platform !== hostPlatform());
  expect((await world.run("build", "IMAGE=app", `PLATFORM=${foreign}`)).status).toBe(0);

  const request = {
    ...plainRequest(["app"], Date.now()),
    onlyPlatform: hostPlatform(),
    stageOnly: true,
    jobs: 1,
    startsPerMinute: undefined,
    allowed: undefined,
  };
  const prepared: string[] = [];
  const outcomes = await inProcess(world, (factory) => {
    const pipeline = factory.pipeline({ images: ["app"] });
    const scanner = { ...pipeline.scanner, prepare: ({ name }: Enrolment) => void prepared.push(name) };
    return buildImages(request, { ...pipeline, scanner });
  });
  expect(outcomes).toEqual([{ kind: "staged", image: "app" }]);
  expect(prepared).toEqual([]);
  expect(await (await world.client()).headManifest(app, "latest")).toBeUndefined();

  const asked = await world.run("build", "IMAGE=app");
  expect(asked.status).toBe(0);
  expect(asked.stderr).not.toContain(": build\n");
  expect(asked.stdout).toMatch(/\/app@sha256:[0-9a-f]{64}\n$/);
});
