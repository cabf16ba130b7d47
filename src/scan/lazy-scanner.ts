import type { Scanner } from "./scanner.ts";

export interface LazyScanner extends Scanner {
  /** Loads its code, for a command that will scan; looks for nothing yet. */
  readonly load: () => Promise<void>;
}

/** A scanner that is made, and its code loaded, when it is first used: most commands scan nothing. */
export function lazyScanner(make: () => Promise<Scanner>): LazyScanner {
  let made: Promise<Scanner> | undefined;
  const scanner = (): Promise<Scanner> => {
    made ??= make();
    return made;
  };
  return {
    load: async () => void (await scanner()),
    scan: async (platform, enrolment, address, signal) =>
      (await scanner()).scan(platform, enrolment, address, signal),
    rescan: async (platform, enrolment, address) => (await scanner()).rescan(platform, enrolment, address),
    database: async (enrolment) => (await scanner()).database(enrolment),
    prepare: (enrolment) => void scanner().then(({ prepare }) => prepare(enrolment)),
  };
}
