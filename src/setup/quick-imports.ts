// Preloaded by start.sh. Every import of the factory's own, and most of those between the files of one package, name
// their file, so there is nothing to look for: Node's own resolution would stat each of some 2,000 of them, and search
// for a package.json.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const [, language] = /^\.\.?\/.*\.(ts|js)$/.exec(specifier) ?? [];
    if (language === undefined || context.parentURL === undefined) return nextResolve(specifier, context);
    const { href: url } = new URL(specifier, context.parentURL);
    return { url, shortCircuit: true, ...(language === "ts" && { format: "module-typescript" }) };
  },
});
