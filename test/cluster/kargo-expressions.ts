import { expect } from "./expect.ts";

/** Digests of Freight, by the repository of their Warehouse. */
export type Digests = Readonly<Record<string, string>>;

const image = String.raw`imageFrom\("([^"]+)", warehouse\("[^"]+"\)\)`;

/** Of Kargo's expressions those that the factory writes: a digest alone or in a reference, and a list of pins. */
export function evaluate(value: string, digests: Digests): string {
  const digestOf = (repository: string) => {
    const digest = digests[repository];
    expect(digest !== undefined, `there is no Freight of ${repository}`);
    return digest;
  };
  const [, quoted] = new RegExp(String.raw`^\$\{\{ quote\(${image}\.Digest\) \}\}$`).exec(value) ?? [];
  if (quoted !== undefined) return digestOf(quoted);
  if (value.startsWith("${{ quote(join(map(filter([")) {
    const pairs = value.matchAll(new RegExp(String.raw`\["([^"]+)", ${image}\?\.Digest \?\? ""\]`, "g"));
    return [...pairs]
      .flatMap(([, reference, repository = ""]) =>
        digests[repository] === undefined ? [] : [`${reference}@${digests[repository]}`],
      )
      .join(",");
  }
  const bare = new RegExp(String.raw`\$\{\{ ${image}\.Digest \}\}`, "g");
  const known = value.replaceAll(bare, (_, repository: string) => digestOf(repository));
  expect(!known.includes("${{"), `this stand-in does not know ${value}`);
  return known;
}
