import { keepJson, recallJson } from "../kept.ts";
import { once } from "../once.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { ManifestSighting } from "../registry/manifests.ts";
import { parseReference } from "../registry/reference.ts";

/** What a reference meant at a time. */
export interface LookUp {
  /** ISO 8601 in UTC: when the registry was asked. */
  readonly at: string;
  /** Undefined for a 404. */
  readonly found: ManifestSighting | undefined;
}

/** Asks registries what references mean: each once a run, on condition that it is another than the last answer. */
export interface LookUps {
  /** Of a normalised reference. @throws FactoryError as `RegistryClient.lookUp`. */
  readonly lookUp: (reference: string) => Promise<LookUp>;
  /** Keeps the answers of this run for the next. */
  readonly keep: () => Promise<void>;
}

export interface LookUpsDoor {
  readonly client: Pick<RegistryClient, "lookUp">;
  readonly clock: () => Date;
  /** Where answers are kept; losing it costs requests and nothing else. */
  readonly cacheFile: string;
}

type Kept = Readonly<Record<string, LookUp & { readonly found: ManifestSighting }>>;

export function createLookUps({ client, clock, cacheFile }: LookUpsDoor): LookUps {
  const asked = new Map<string, Promise<LookUp>>();
  const answered = new Map<string, LookUp>();
  let kept: Kept | undefined;

  const ask = async (reference: string): Promise<LookUp> => {
    kept ??= readKept(cacheFile);
    const before = kept[reference];
    const at = clock().toISOString();
    const { registry, path, digest, tag = "latest" } = parseReference(reference);
    const found = await client.lookUp({ registry, path }, digest ?? tag, before?.found);
    const answer = { at, found };
    answered.set(reference, answer);
    return answer;
  };

  return {
    lookUp: (reference) => once(asked, reference, () => ask(reference)),
    keep: async () => {
      if (answered.size === 0) return;
      const all: Record<string, LookUp> = { ...readKept(cacheFile) };
      for (const [reference, answer] of answered) {
        if (answer.found === undefined) delete all[reference];
        else all[reference] = answer;
      }
      await keepJson(cacheFile, all);
    },
  };
}

function readKept(file: string): Kept {
  return (recallJson(file) ?? {}) as Kept;
}
