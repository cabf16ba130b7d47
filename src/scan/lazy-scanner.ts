import type { Scanner } from "./scanner.ts";

/** A scanner that is made, and its code loaded, when it is first used: most commands scan nothing. */
export function lazyScanner(make: () => Promise<Scanner>): Scanner {
  let made: Promise<Scanner> | undefined;
  const scanner = (): Promise<Scanner> => {
    made ??= make();
    return made;
  };
  return {
    scan: async (platform, enrolment, address, signal) =>
      (await scanner()).scan(platform, enrolment, address, signal),
    rescan: async (platform, enrolment, address) => (await scanner()).rescan(platform, enrolment, address),
    database: async (enrolment) => (await scanner()).database(enrolment),
    prepare: (enrolment) => void scanner().then(({ prepare }) => prepare(enrolment)),
  };
}
