import { expect, test } from "vitest";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { cachePlaces } from "../../src/gc/places.ts";
import { formatRepository } from "../../src/registry/reference.ts";
import type { ImageRecord } from "../../src/state/state-file.ts";

const enrolments = ["app", "web"].map(
  (name) =>
    ({
      name,
      repository: { registry: "r.example.com", path: name },
      platforms: ["linux/amd64"],
    }) as unknown as Enrolment,
);
const records = new Map([["web", { state: { epoch: 1_700_000_000 } } as unknown as ImageRecord]]);
const old = { repository: "r.example.com/web-cache-linux-amd64-1600000000", image: "web" };
const namesOf = (where: string | undefined, selected?: ReadonlySet<string>) =>
  cachePlaces(where, enrolments, records, [old], selected).map(({ repository }) =>
    formatRepository(repository),
  );

test("a cache belongs to the repository whose builds use it, and one of an image that nobody builds to none", () => {
  const gone = { repository: "r.example.com/gone-cache-linux-amd64", image: "gone" };
  const places = cachePlaces("beside", enrolments, records, [old, gone], undefined);
  expect(places.map(({ published }) => formatRepository(published))).toEqual([
    "r.example.com/app",
    "r.example.com/web",
    "r.example.com/web",
    gone.repository,
  ]);
});

test("gc looks at the caches that settings name, in the epoch of each image, and at those that builds noted", () => {
  expect(namesOf("beside")).toEqual([
    "r.example.com/app-cache-linux-amd64",
    "r.example.com/web-cache-linux-amd64-1700000000",
    old.repository,
  ]);
  expect(namesOf(undefined)).toEqual([old.repository]);
  expect(namesOf("beside", new Set(["app"]))).toEqual(["r.example.com/app-cache-linux-amd64"]);
});
