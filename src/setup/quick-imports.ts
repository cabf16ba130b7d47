// Preloaded by start.sh. Every import of the factory's own names its file, so there is nothing to look for: Node's own
// resolution would stat each of some 1,500 of them and search for a package.json.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    /^\.\.?\/.*\.ts$/.test(specifier) && context.parentURL !== undefined
      ? { url: new URL(specifier, context.parentURL).href, format: "module-typescript", shortCircuit: true }
      : nextResolve(specifier, context),
});
