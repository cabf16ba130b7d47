import { afterAll, beforeAll, expect, it } from "vitest";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { openFactory } from "../../src/factory.ts";
import { buildImages } from "../../src/pipeline.ts";
import { plainRequest } from "../../src/plan/plain-request.ts";
import { hostPlatform, platforms } from "../../src/platform.ts";
import { makeWorld, type World } from "../end-to-end/world.ts";

const app = { registry: "factory.localhost", path: "app" };

let world: World;
beforeAll(async () => {
  world = await makeWorld();
  await world.write("images.yaml", "- name: app\n  source: {folder: app}\n  scan: {os: none}\n");
  await world.write("app/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
});
afterAll(() => world.end());

it("stages the last platform too and publishes nothing, until a build asks for it", async () => {
  const [foreign] = platforms.filter((platform) => platform !== hostPlatform());
  expect((await world.run("build", "IMAGE=app", `PLATFORM=${foreign}`)).status).toBe(0);

  const ends: (() => Promise<void>)[] = [];
  const session = {
    log: () => undefined,
    signal: new AbortController().signal,
    print: () => undefined,
    showError: () => undefined,
    env: { ...process.env, ...world.env },
    atEnd: (work: () => Promise<void>) => void ends.push(work),
  };
  const factory = await openFactory(session, "start");
  const request = {
    ...plainRequest(["app"], Date.now()),
    onlyPlatform: hostPlatform(),
    stageOnly: true,
    jobs: 1,
    startsPerMinute: undefined,
    allowed: undefined,
  };
  const pipeline = factory.pipeline({ images: ["app"] });
  const prepared: string[] = [];
  const scanner = { ...pipeline.scanner, prepare: ({ name }: Enrolment) => void prepared.push(name) };
  expect(await buildImages(request, { ...pipeline, scanner })).toEqual([{ kind: "staged", image: "app" }]);
  expect(prepared).toEqual([]);
  for (const end of ends) await end();
  expect(await (await world.client()).headManifest(app, "latest")).toBeUndefined();

  const asked = await world.run("build", "IMAGE=app");
  expect(asked.status).toBe(0);
  expect(asked.stderr).not.toContain(": build\n");
  expect(asked.stdout).toMatch(/\/app@sha256:[0-9a-f]{64}\n$/);
});
