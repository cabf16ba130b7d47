import { describe, expect, it } from "vitest";
import type { ImageFacts } from "../../src/plan/image-facts.ts";
import { firstRefusal, type TagClaim } from "../../src/state/tag-claim.ts";
import { digest, facts, published, stepOf } from "./facts.ts";

const claim = (tag: string, holds?: TagClaim["holds"]): TagClaim => ({
  tag,
  holds,
  once: false,
  version: true,
});

/** An image with a version file that was published as 1.2.3; `next` is what the registry has under 1.2.4. */
function versioned(image: ImageFacts, next?: TagClaim["holds"]): ImageFacts {
  const [latest] = image.tags;
  if (latest === undefined || image.state === undefined) throw new Error("not published");
  const { digest: standing } = image.state;
  return {
    ...image,
    state: {
      ...image.state,
      tags: { ...image.state.tags, "1.2.3": { digest: standing, at: "2026-01-02T03:04:05.000Z" } },
    },
    tags: [latest, claim("1.2.3", standing)],
    next: { version: "1.2.4", held: "1.2.4", tags: [latest, claim("1.2.4", next)] },
  };
}

describe("the plan of an image with a version file", () => {
  it("keeps what is unchanged under the version that it has", () => {
    expect(stepOf("app", [versioned(published(facts("app")))])).toMatchObject({ action: "keep" });
    const taken = versioned(published(facts("app")), digest("somebody's"));
    expect(stepOf("app", [taken])).toMatchObject({ action: "keep" });
  });

  it("puts the version back that the registry lost, and not the next one", () => {
    const image = versioned(published(facts("app")));
    const [latest] = image.tags;
    if (latest === undefined) throw new Error("no tag");
    expect(stepOf("app", [{ ...image, tags: [latest, claim("1.2.3")] }])).toMatchObject({
      action: "tag",
      tags: [{ tag: "1.2.3" }],
    });
  });

  it("builds what changed, unless the next version names something already", () => {
    const before = published(facts("app"));
    const changed = { ...before, platforms: facts("app", { files: "other" }).platforms };
    expect(stepOf("app", [versioned(changed)])).toMatchObject({ action: "build" });
    expect(stepOf("app", [versioned(changed, digest("somebody's"))])).toMatchObject({
      action: "refuse",
      why: `factory.localhost/app:1.2.4 names ${digest("somebody's")}, and a version is not moved`,
    });
    // Not even what stands now may be called by two versions by accident.
    expect(stepOf("app", [versioned(changed, before.state?.digest)])).toMatchObject({ action: "refuse" });
  });

  it("does not take over a version that stands at the first publication, as it does other tags", () => {
    const first = facts("app", { tags: [{ tag: "latest", holds: digest("theirs"), once: false }] });
    const next = (holds?: TagClaim["holds"]) => ({
      ...first,
      next: { version: "1.0.0", held: "1.0.0", tags: [...first.tags, claim("1.0.0", holds)] },
    });
    expect(stepOf("app", [next()])).toMatchObject({ action: "build" });
    expect(stepOf("app", [next(digest("theirs"))])).toMatchObject({ action: "refuse" });
  });
});

describe("a version's tag", () => {
  const { state } = versioned(published(facts("app")));
  const repository = { registry: "factory.localhost", path: "app" };

  it("may be set to the digest that it names, and to no other, also when the registry has lost it", () => {
    const wanted = state?.digest;
    expect(firstRefusal([claim("1.2.3", wanted)], state, repository, wanted)).toBeUndefined();
    expect(firstRefusal([claim("1.2.3")], state, repository, wanted)).toBeUndefined();
    for (const holds of [wanted, undefined]) {
      const refusal = firstRefusal([claim("1.2.3", holds)], state, repository, digest("other"));
      expect(refusal?.why).toContain("and a version is not moved");
    }
  });

  it("that somebody else moved is refused as any other tag is", () => {
    const moved = [claim("1.2.3", digest("theirs"))];
    expect(firstRefusal(moved, state, repository, state?.digest)?.why).toContain(
      "the factory did not put there",
    );
  });
});
