import { join } from "node:path";
import { hostPlatform } from "../../src/platform.ts";
import { makeRepository } from "../source/repository.ts";
import { type FaultWorld, makeFaultWorld, platforms, tag } from "./fault-world.ts";
import { nappingProgram } from "./napping-program.ts";
import { pushBase } from "./push-base.ts";

/** Long enough to be met, short enough for a thousand cases. */
const napMs = 150;

/**
 * The smallest world whose build runs every child there is: git for the source, a step, buildah's build and push for
 * each platform, Trivy. Only the source and the base change from case to case.
 */
export async function makeKillWorld(): Promise<FaultWorld> {
  const fault = await makeFaultWorld();
  const { world, proxy } = fault;
  const repository = makeRepository(join(world.dir, "source.git"));
  let changes = 0;
  const change = async () => {
    changes += 1;
    const marker = `change-${changes}-of-${fault.image()}`;
    await pushBase(fault.registry, "base", "1", platforms, `base of ${marker}\n`);
    repository.commit({ greeting: `${marker}\n` });
    return marker;
  };
  const enrol = () =>
    world.write(
      "images.yaml",
      `- name: ${fault.image()}\n  source: {git: ${repository.dir}}\n  platforms: [${platforms.join(", ")}]\n  tags: [${tag}]\n  network: none\n  scan: {os: none}\n`,
    );
  const base = `${proxy.address}/base:1`;
  repository.commit({
    // Once more from this machine's platform, so that the step needs no emulation.
    Dockerfile: `FROM --platform=${hostPlatform()} ${base} AS made\nCOPY --chmod=755 nap greeting /\nRUN ["/nap"]\nFROM ${base}\nCOPY --from=made /greeting /\n`,
    nap: nappingProgram(napMs),
  });
  await enrol();
  return {
    ...fault,
    change,
    fresh: async () => {
      await fault.fresh();
      await enrol();
    },
  };
}
