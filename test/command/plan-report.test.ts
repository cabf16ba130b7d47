import { expect, it } from "vitest";
import { reportPlan } from "../../src/command/plan-report.ts";
import type { ImageFacts } from "../../src/plan/image-facts.ts";
import type { ResolvedImage, Resolver } from "../../src/resolve/resolver.ts";
import { automaticKinds } from "../plan/automatic-samples.ts";
import { request } from "../plan/facts.ts";

const named = (name: string): ImageFacts => {
  const found = automaticKinds.find(({ enrolment }) => enrolment.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};

/** What is planned by itself for one image, and how often it was asked how old the advisories are. */
async function planned(name: string, databases: { readonly official?: string }) {
  const lines: string[] = [];
  let asked = 0;
  const resolver: Resolver = {
    resolve: async () => ({
      images: new Map([[name, { facts: named(name) } as ResolvedImage]]),
      failures: new Map(),
    }),
    watched: async () => [],
    close: async () => undefined,
  };
  const door = {
    print: (line: string) => void lines.push(line),
    showError: () => undefined,
    log: () => undefined,
  };
  await reportPlan(request([name], { mode: "automatic" }), resolver, door, {
    form: "json",
    watched: false,
    presentDatabases: async () => {
      asked += 1;
      return databases;
    },
  });
  const { steps } = JSON.parse(lines.join("\n")) as { steps: readonly { readonly action: string }[] };
  return { action: steps[0]?.action, asked };
}

it("advisories newer than those that blocked an image end its rest", async () => {
  expect(await planned("resting-till-fixed", {})).toEqual({ action: "leave", asked: 1 });
  const official = "2030-01-01T00:00:00.000Z";
  expect(await planned("resting-till-fixed", { official })).toEqual({ action: "build", asked: 1 });
});

it("nobody asks for them where none blocked it", async () => {
  expect(await planned("resting", {})).toEqual({ action: "leave", asked: 0 });
});
