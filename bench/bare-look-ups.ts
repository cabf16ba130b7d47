// bare-look-ups.ts <look-ups.json>: asks git and a registry what a plan has to know, all at once, and nothing else.
// It is the rival of `plan`: the same questions by the same git and the same protocol, with no answer looked at.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

/** The questions, and what they are asked with. */
export interface LookUps {
  readonly repositories: readonly { readonly url: string; readonly ref: string }[];
  readonly manifests: readonly string[];
  readonly authorization: string;
}

const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

if (process.argv[1] === import.meta.filename) {
  const lookUps: LookUps = JSON.parse(await readFile(process.argv[2] ?? "", "utf8"));
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  await Promise.all([
    Promise.all(lookUps.manifests.map((url) => head(url, lookUps.authorization, agent))),
    inParallel(lookUps.repositories, availableParallelism() * 4, ({ url, ref }) =>
      promisify(execFile)("git", ["ls-remote", "--", url, `refs/heads/${ref}`]),
    ),
  ]);
  agent.destroy();
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<unknown>) {
  const queue = [...items];
  const lanes = Array.from({ length: width }, async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await work(item);
  });
  await Promise.all(lanes);
}

function head(url: string, authorization: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: "HEAD", agent, headers: { accept, authorization } }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`${url} answered ${response.statusCode}`));
    });
    asked.on("error", reject);
    asked.end();
  });
}
