// Vitest tells its workers to compile everything anew, for coverage's sake, and commands that tests start would inherit that.
delete process.env["NODE_DISABLE_COMPILE_CACHE"];
