// Written apart from the product, and from nothing of it: what it looks for is what DESIGN.md promises.
import { createHash } from "node:crypto";
import { get } from "node:http";
import { gunzipSync } from "node:zlib";

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const types = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** docker-registry 2.8 truncates a tag's file before it writes it, and answers 500 to who reads in between. */
async function fetchBytes(registry: string, path: string): Promise<Answer> {
  for (let looks = 1; ; looks++) {
    const answer = await fetchOnce(registry, path);
    if (answer.status < 500 || looks === 10) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function fetchOnce(registry: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(`http://${registry}/v2/${path}`, { headers: { accept: types }, timeout: 20_000 }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
        .on("error", reject);
    }).on("error", reject);
  });
}

const hashOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** The digest of what a tag names now, by the bytes themselves. */
export async function digestUnder(registry: string, repository: string, tag: string) {
  const { status, body } = await fetchBytes(registry, `${repository}/manifests/${tag}`);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`the checker was answered ${status}`);
  return hashOf(body);
}

interface Named {
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

/** What an index lacks, down to the last blob, and which platforms lack `marker` in layers and config; empty when it is whole. */
export async function defectsOf(
  registry: string,
  repository: string,
  digest: string,
  { platforms, marker }: { readonly platforms: readonly string[]; readonly marker?: string },
): Promise<readonly string[]> {
  const index = await fetchBytes(registry, `${repository}/manifests/${digest}`);
  if (index.status !== 200 || hashOf(index.body) !== digest) return [`${digest}: index ${index.status}`];
  const { manifests } = JSON.parse(index.body.toString()) as { manifests: readonly Named[] };
  const has = manifests.map(({ platform }) => `${platform?.os}/${platform?.architecture}`);
  const defects = platforms.filter((platform) => !has.includes(platform)).map((name) => `${name} is missing`);
  for (const child of manifests) {
    const name = `${child.platform?.os}/${child.platform?.architecture}`;
    const manifest = await fetchBytes(registry, `${repository}/manifests/${child.digest}`);
    if (child.size !== manifest.body.length)
      defects.push(`${name}: size ${child.size} of the manifest is wrong`);
    if (manifest.status !== 200 || hashOf(manifest.body) !== child.digest) {
      defects.push(`${name}: manifest ${manifest.status}`);
      continue;
    }
    const { config, layers } = JSON.parse(manifest.body.toString()) as {
      config: Named;
      layers: readonly Named[];
    };
    let marked = marker === undefined;
    for (const blob of [config, ...layers]) {
      const { status, body } = await fetchBytes(registry, `${repository}/blobs/${blob.digest}`);
      if (status !== 200 || hashOf(body) !== blob.digest || body.length !== blob.size)
        defects.push(`${name}: blob ${blob.digest}: ${status}`);
      else if (marker !== undefined) marked ||= unpacked(body).includes(marker);
    }
    if (!marked) defects.push(`${name}: has not what was to be built`);
  }
  return defects;
}

function unpacked(bytes: Buffer): Buffer {
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

/** The tags that publications leave by themselves: `<UTC time>-<12 digits>`. */
export async function uniqueTags(registry: string, repository: string): Promise<readonly string[]> {
  const { status, body } = await fetchBytes(registry, `${repository}/tags/list`);
  if (status === 404) return [];
  const { tags } = JSON.parse(body.toString()) as { tags: readonly string[] | null };
  return (tags ?? []).filter((tag) => /^\d{8}T\d{6}Z-[0-9a-f]{12}$/.test(tag));
}

/** What a reader saw who never stopped pulling. */
export interface Watched {
  /** Every digest that the tag had. */
  readonly tagDigests: ReadonlySet<string | undefined>;
  /** What was not pullable of the digest that stood before. */
  readonly defects: readonly string[];
}

/** Pulls the standing digest and looks at the tag over and over until told to stop. */
export function watch(
  registry: string,
  repository: string,
  tag: string,
  standing: { readonly digest: string; readonly platforms: readonly string[] },
): {
  /** Resolves when the first look is done. */
  readonly looked: () => Promise<void>;
  readonly end: () => Promise<Watched>;
} {
  const tagDigests = new Set<string | undefined>();
  const defects = new Set<string>();
  let ended = false;
  const look = async () => {
    try {
      tagDigests.add(await digestUnder(registry, repository, tag));
      for (const defect of await defectsOf(registry, repository, standing.digest, standing))
        defects.add(defect);
    } catch (error) {
      defects.add(`the reader failed: ${String(error)}`);
    }
  };
  const first = look();
  const looking = (async () => {
    await first;
    while (!ended) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await look();
  })();
  return {
    looked: () => first,
    end: async () => {
      ended = true;
      await looking;
      return { tagDigests, defects: [...defects] };
    },
  };
}
