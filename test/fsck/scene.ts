import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Enrolment } from "../../src/enrolment/enrolment.ts";
import { type Checked, checkImage, type FsckDoor } from "../../src/fsck/check-image.ts";
import { uniqueTagOf } from "../../src/publish/record.ts";
import { stagingRepository } from "../../src/publish/staging.ts";
import { oweReceipt, settleReceipts } from "../../src/receipt/owed.ts";
import { type Receipt, receiptAgain } from "../../src/receipt/receipt.ts";
import { createRegistryClient, type RegistryClient } from "../../src/registry/client.ts";
import { type Digest, digestOf } from "../../src/registry/digest.ts";
import { imageManifestBytes, indexBytes } from "../../src/registry/manifest.ts";
import {
  ociConfigType,
  ociIndexType,
  ociLayerGzipType,
  ociManifestType,
} from "../../src/registry/media-types.ts";
import type { ImageState } from "../../src/state/image-state.ts";
import { writeState } from "../../src/state/state-file.ts";
import { digest, facts, published } from "../plan/facts.ts";

/** A published image in a real registry, whose state and receipts can be put out of step. */
export interface Scene {
  readonly enrolment: Enrolment;
  readonly door: FsckDoor;
  readonly client: RegistryClient;
  /** Publishes an index of one platform; the state is written, and the receipt unless `owed` is "kept". */
  readonly publish: (
    content: string,
    at: string,
    how?: { readonly receipt?: "kept" | "none" },
  ) => Promise<Shown>;
  readonly fsck: (repair?: boolean) => Promise<readonly Checked[]>;
  /** What was found, as `kind outcome`. */
  readonly kinds: (repair?: boolean) => Promise<readonly string[]>;
  readonly end: () => Promise<void>;
}

export interface Shown {
  readonly state: ImageState;
  readonly receipt: Receipt;
  readonly layer: Digest;
}

let scenes = 0;

export async function makeScene(address: string): Promise<Scene> {
  const stateDir = await mkdtemp(join(tmpdir(), "fsck-"));
  const client = createRegistryClient({
    embedded: address,
    credentials: { lookup: async () => undefined },
    log: () => undefined,
  });
  const name = `app${scenes++}`;
  const planned = facts(name, { enrolment: { platforms: ["linux/amd64"] } });
  const { enrolment } = planned;
  const { repository } = enrolment;
  const staging = stagingRepository(repository);
  const door: FsckDoor = {
    ...{ client, stateDir, workDir: join(stateDir, "work"), movesTags: true, host: "here" },
    clock: () => new Date("2026-11-21T12:00:00Z"),
    signal: new AbortController().signal,
  };
  const like = published(planned).state?.platforms["linux/amd64"];
  if (like === undefined) throw new Error("not planned");
  let state: ImageState | undefined;

  const publish: Scene["publish"] = async (content, at, { receipt: wanted } = {}) => {
    const config = Buffer.from(JSON.stringify({ os: "linux", architecture: "amd64", content }));
    const layer = Buffer.from(`layer of ${content}`);
    for (const to of [repository, staging])
      for (const bytes of [config, layer]) await client.putBlob(to, bytes);
    const descriptor = (mediaType: string, bytes: Uint8Array) => ({
      ...{ mediaType, digest: digestOf(bytes), size: bytes.length },
    });
    const manifest = imageManifestBytes({
      config: descriptor(ociConfigType, config),
      layers: [descriptor(ociLayerGzipType, layer)],
    });
    for (const to of [repository, staging])
      await client.putManifest(to, digestOf(manifest), ociManifestType, manifest);
    const index = indexBytes([{ platform: "linux/amd64", ...descriptor(ociManifestType, manifest) }]);
    const of = digestOf(index);
    const uniqueTag = uniqueTagOf(of, at);
    for (const tag of [uniqueTag, "latest", "stable"])
      await client.putManifest(repository, tag, ociIndexType, index);
    const previous = state === undefined ? {} : { previous: state.digest };
    const left = { digest: of, at, ...previous };
    state = {
      digest: of,
      repository: `factory.localhost/${name}`,
      platforms: { "linux/amd64": { key: digest(content), digest: digestOf(manifest), inputs: like.inputs } },
      annotations: {},
      epoch: 1_900_000_000,
      tags: { latest: left, stable: left },
      publications: [
        { digest: of, uniqueTag, at, ...previous, reasons: [content] },
        ...(state?.publications ?? []),
      ],
      scan: { verdict: "passed", at, database: "official", databaseUpdatedAt: at },
    };
    const asked = { mode: "manual", host: "here", user: "me" } as const;
    const receipt = receiptAgain(name, state, index.length, {
      ...{ asked, source: enrolment.source, factory: "0.1.0" },
    });
    if (wanted !== "none") await oweReceipt(stateDir, receipt);
    if (wanted === undefined) await settleReceipts(name, door);
    await writeState(stateDir, name, state);
    return { state, receipt, layer: digestOf(layer) };
  };
  const fsck: Scene["fsck"] = (repair = false) => checkImage(enrolment, repair, door);
  return {
    ...{ enrolment, door, client, publish, fsck },
    kinds: async (repair) =>
      (await fsck(repair)).map(({ difference: { kind }, outcome }) => `${kind} ${outcome}`),
    end: () => rm(stateDir, { recursive: true, force: true }),
  };
}
