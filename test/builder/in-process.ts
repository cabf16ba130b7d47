import type { Session } from "../../src/command/main.ts";
import type { Factory } from "../../src/factory.ts";
import { type Opening, openFactory } from "../../src/open-factory.ts";
import type { World } from "../end-to-end/world.ts";

/** The image that a team's factory builds, of no more than its Dockerfile. */
export const imageEntry = (name: string) => `- name: ${name}\n  source: {folder: app}\n  scan: {os: none}\n`;

/** Does what a command of a world's factory would do with it, in this process, and what the command would do at its end. */
export async function inProcess<T>(
  world: World,
  work: (factory: Factory, session: Session) => Promise<T>,
  opening?: Opening,
): Promise<T> {
  const ends: (() => Promise<void>)[] = [];
  const session = {
    log: () => undefined,
    signal: new AbortController().signal,
    print: () => undefined,
    showError: () => undefined,
    env: { ...process.env, ...world.env },
    atEnd: (end: () => Promise<void>) => void ends.push(end),
  };
  try {
    return await work(await openFactory(session, "start", opening), session);
  } finally {
    for (const end of ends) await end();
  }
}
