import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freedBytes, type Inventory, type StoredManifest, sweep } from "../../src/gc/sweep.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";

const named = (name: string | number): Digest => digestOf(String(name));
const manifest = (name: string | number, more: Partial<StoredManifest> = {}): StoredManifest => ({
  digest: named(name),
  size: 1,
  children: [],
  blobs: [],
  own: false,
  mentions: [],
  ...more,
});
const none = {
  retired: new Set<string>(),
  candidates: [] as readonly Digest[],
  needed: new Set<Digest>(),
  inUse: new Set<Digest>(),
};
const fallback = (name: string) => named(name).replace(":", "-");
const inventory = (
  tags: Readonly<Record<string, string>>,
  manifests: readonly StoredManifest[],
  absent: readonly string[] = [],
): Inventory => ({
  tags: Object.fromEntries(Object.entries(tags).map(([tag, name]) => [tag, named(name)])),
  manifests,
  absent: absent.map(named),
});

describe("what goes", () => {
  it("is an index with its images and the receipts beside it, each before its parts", () => {
    const found = inventory({ old: "index", [fallback("index")]: "list" }, [
      manifest("image"),
      manifest("receipt", { subject: named("index"), own: true }),
      manifest("list", { children: [named("receipt")] }),
      manifest("index", { children: [named("image")] }),
    ]);
    const { manifests, tags } = sweep(found, { ...none, retired: new Set(["old"]) });
    expect(tags).toEqual(["old", fallback("index")]);
    expect(manifests[0]).toBe(named("index"));
    expect(manifests.indexOf(named("list"))).toBeLessThan(manifests.indexOf(named("receipt")));
    expect(new Set(manifests)).toEqual(new Set(["index", "image", "list", "receipt"].map(named)));
  });

  it("is the tag alone where another tag has its digest, which keeps its receipt", () => {
    const found = inventory({ old: "index", new: "index", [fallback("index")]: "list" }, [
      manifest("index"),
      manifest("list", { children: [named("receipt")] }),
      manifest("receipt", { subject: named("index"), own: true }),
    ]);
    expect(sweep(found, { ...none, retired: new Set(["old"]) })).toEqual({ manifests: [], tags: ["old"] });
  });

  it("is not the image that another index has too", () => {
    const found = inventory({ old: "one", new: "other" }, [
      manifest("one", { children: [named("shared"), named("alone")] }),
      manifest("other", { children: [named("shared")] }),
      manifest("shared"),
      manifest("alone"),
    ]);
    const { manifests } = sweep(found, { ...none, retired: new Set(["old"]) });
    expect(manifests).toEqual([named("one"), named("alone")]);
  });

  it("is nothing that runs by its own digest, that of an image in it, or that of a config", () => {
    const found = inventory({ old: "index" }, [
      manifest("index", { children: [named("image")] }),
      manifest("image", { blobs: [{ digest: named("config"), size: 1 }] }),
    ]);
    for (const digest of ["index", "image", "config"].map(named)) {
      const request = { ...none, retired: new Set(["old"]), inUse: new Set([digest]) };
      expect(sweep(found, request)).toEqual({ manifests: [], tags: [] });
    }
  });

  it("is not the base of another image, nor the index by which it is found unless one that stays has it too", () => {
    const manifests = [
      manifest("old", { children: [named("base")] }),
      manifest("new", { children: [named("base")] }),
      manifest("base"),
    ];
    const request = { ...none, retired: new Set(["old"]), needed: new Set([named("base")]) };
    const alone = inventory(
      { old: "old" },
      [manifests[0], manifests[2]].flatMap((one) => one ?? []),
    );
    expect(sweep(alone, request).manifests).toEqual([]);
    const both = inventory({ old: "old", new: "new" }, manifests);
    expect(sweep(both, request).manifests).toEqual([named("old")]);
  });

  it("is nothing that a referrer or a signature of somebody else belongs to", () => {
    const signature = manifest("signature", { subject: named("index") });
    const byApi = inventory({ old: "index" }, [manifest("index"), signature]);
    const byTag = inventory({ old: "index", [fallback("index")]: "list" }, [
      manifest("index"),
      signature,
      manifest("list", { children: [named("signature")] }),
    ]);
    const byCosign = inventory({ old: "index", [`${fallback("index")}.sig`]: "sig" }, [
      manifest("index"),
      manifest("sig"),
    ]);
    for (const found of [byApi, byTag, byCosign])
      expect(sweep(found, { ...none, retired: new Set(["old"]) }).manifests).toEqual([]);
  });

  it("is a list of our referrers whose subject is gone, and no list that has one of somebody else", () => {
    const orphan = (own: boolean) =>
      inventory(
        { [fallback("index")]: "list" },
        [
          manifest("list", { children: [named("receipt")] }),
          manifest("receipt", { subject: named("index"), own }),
        ],
        ["index"],
      );
    expect(sweep(orphan(true), none).manifests).toEqual([named("list"), named("receipt")]);
    expect(sweep(orphan(false), none).manifests).toEqual([]);
  });

  it("weighs each blob once, and none that something has which stays", () => {
    const blob = (name: string, size: number) => ({ digest: named(name), size });
    const going = inventory({}, [
      manifest("a", { blobs: [blob("x", 100), blob("shared", 1000)] }),
      manifest("b", { blobs: [blob("x", 100)] }),
    ]);
    const staying = inventory({}, [manifest("c", { blobs: [blob("shared", 1000)] })]);
    const goes = new Set([named("a"), named("b")]);
    expect(
      freedBytes([
        { inventory: going, going: goes },
        { inventory: staying, going: new Set() },
      ]),
    ).toBe(102);
  });
});

/** Registries of up to 12 manifests: any may be an index of later ones, a referrer, tagged, retired or needed. */
const registries = fc
  .array(
    fc.record({
      children: fc.array(fc.nat(11), { maxLength: 3 }),
      subject: fc.option(fc.nat(11), { nil: undefined, freq: 3 }),
      own: fc.boolean(),
      listed: fc.boolean(),
      tags: fc.array(fc.constantFrom("keep", "retire"), { maxLength: 2 }),
      candidate: fc.boolean(),
      needed: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
      runs: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((drawn) => {
    const tags: Record<string, Digest> = {};
    const manifests: StoredManifest[] = [];
    for (const [at, { children, subject, own, listed, tags: kinds }] of drawn.entries()) {
      const isThere = (index: number) => index > at && index < drawn.length;
      const of = subject !== undefined && subject < at ? named(subject) : undefined;
      manifests.push(
        manifest(at, {
          children: of === undefined ? [...new Set(children.filter(isThere))].map(named) : [],
          ...(of === undefined ? {} : { subject: of, own }),
        }),
      );
      for (const [n, kind] of kinds.entries()) tags[`${kind}-${at}-${n}`] = named(at);
      if (of !== undefined && listed) {
        const tag = of.replace(":", "-");
        const list = manifests.find(({ digest }) => digest === tags[tag]);
        const entries = [...(list?.children ?? []), named(at)];
        const name = `list of ${of} ${entries.length}`;
        if (list !== undefined) manifests.splice(manifests.indexOf(list), 1);
        manifests.push(manifest(name, { children: entries }));
        tags[tag] = named(name);
      }
    }
    return {
      inventory: { tags, manifests, absent: [] } satisfies Inventory,
      request: {
        retired: new Set(Object.keys(tags).filter((tag) => tag.startsWith("retire"))),
        candidates: drawn.flatMap(({ candidate }, at) => (candidate ? [named(at)] : [])),
        needed: new Set(drawn.flatMap(({ needed }, at) => (needed ? [named(at)] : []))),
        inUse: new Set(drawn.flatMap(({ runs }, at) => (runs ? [named(at)] : []))),
      },
    };
  });

/** What must stay, by another way than the product's: round after round over a list of who leads to whom. */
function needed({ inventory: { tags, manifests }, request }: { inventory: Inventory; request: typeof none }) {
  const entries = Object.entries(tags);
  const leadsTo = [
    ...manifests.flatMap(({ digest, children }) => children.map((child) => [digest, child] as const)),
    ...manifests.flatMap(({ digest, subject }) =>
      subject === undefined ? [] : [[digest, subject] as const],
    ),
    ...manifests.flatMap(({ digest, subject, own }) =>
      own && subject !== undefined ? [[subject, digest] as const] : [],
    ),
    ...entries.flatMap(([tag, digest]) =>
      tag.startsWith("sha256-") ? [[tag.replace("-", ":") as Digest, digest] as const] : [],
    ),
  ];
  const stay = new Set<Digest>([
    ...entries.flatMap(([tag, digest]) => (tag.startsWith("keep") ? [digest] : [])),
    ...request.needed,
    ...request.inUse,
    ...manifests.filter((one) => one.children.some((child) => request.inUse.has(child))).map(digestIn),
    ...manifests.filter((one) => one.subject !== undefined && !one.own).map(digestIn),
  ]);
  for (let before = -1; before !== stay.size; ) {
    before = stay.size;
    for (const [from, to] of leadsTo) if (stay.has(from)) stay.add(to);
  }
  return stay;
}

function digestIn({ digest }: StoredManifest): Digest {
  return digest;
}

const without = ({ tags, manifests }: Inventory, gone: readonly Digest[], goneTags: readonly string[]) => ({
  tags: Object.fromEntries(
    Object.entries(tags).filter(([tag, digest]) => !goneTags.includes(tag) && !gone.includes(digest)),
  ),
  manifests: manifests.filter(({ digest }) => !gone.includes(digest)),
  absent: [],
});

describe("in any registry", () => {
  it("nothing goes that a tag, an index, a referrer of somebody else or a need leads to", () => {
    fc.assert(
      fc.property(registries, (drawn) => {
        const stay = needed(drawn);
        const { manifests, tags } = sweep(drawn.inventory, drawn.request);
        expect(manifests.filter((digest) => stay.has(digest))).toEqual([]);
        expect(tags.filter((tag) => tag.startsWith("keep"))).toEqual([]);
        const indexesOf = (digest: Digest) =>
          drawn.inventory.manifests.filter(({ children }) => children.includes(digest));
        for (const digest of drawn.request.needed)
          if (indexesOf(digest).length > 0)
            expect(indexesOf(digest).every((index) => manifests.includes(index.digest))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it("no index is left without an image of its, however many deletes were done", () => {
    fc.assert(
      fc.property(registries, fc.nat(12), (drawn, done) => {
        const { manifests } = sweep(drawn.inventory, drawn.request);
        const left = without(drawn.inventory, manifests.slice(0, done), []);
        const there = new Set(left.manifests.map(({ digest }) => digest));
        const whole = new Set(drawn.inventory.manifests.map(({ digest }) => digest));
        for (const { children } of left.manifests.filter(({ digest }) => !isList(drawn.inventory, digest)))
          expect(children.filter((child) => whole.has(child) && !there.has(child))).toEqual([]);
      }),
      { numRuns: 700 },
    );
  });

  it("a run that was stopped is completed by the next, which then finds nothing more", () => {
    fc.assert(
      fc.property(registries, fc.nat(12), ({ inventory: found, request }, done) => {
        const whole = sweep(found, request);
        const rest = without(found, whole.manifests.slice(0, done), whole.tags);
        const again = { ...request, candidates: [...request.candidates, ...whole.manifests] };
        const second = sweep(rest, again);
        const both = new Set([...whole.manifests.slice(0, done), ...second.manifests]);
        expect(both).toEqual(new Set(whole.manifests));
        const last = without(rest, second.manifests, second.tags);
        expect(sweep(last, again)).toEqual({ manifests: [], tags: [] });
      }),
      { numRuns: 700 },
    );
  });
});

function isList({ tags }: Inventory, digest: Digest): boolean {
  return Object.entries(tags).some(([tag, held]) => tag.startsWith("sha256-") && held === digest);
}
