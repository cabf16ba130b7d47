import { FactoryError } from "../errors.ts";
import { isNonEmpty, type NonEmpty } from "../non-empty.ts";
import { didYouMean } from "./suggestion.ts";

const listed = 30;

/**
 * The images that `IMAGE=` names: names and globs (`*`, `?`) with commas between them, or `all`. In the order of
 * images.yaml, each once.
 * @throws FactoryError "usage" with the list of images when nothing is named, or a name or glob finds none.
 */
export function selectImages<T extends { readonly name: string }>(
  images: readonly T[],
  words: string | undefined,
): NonEmpty<T> {
  const names = images.map((image) => image.name);
  const wanted = (words ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (wanted.length === 0) {
    throw new FactoryError("usage", "no image is named", {
      hint: `Name one: IMAGE=<name>, or IMAGE=all. ${list(names)}`,
    });
  }
  const known = new Set(names);
  const chosen = new Set<string>();
  const problems: string[] = [];
  for (const word of wanted) {
    const found = matching(word, names, known);
    if (found.length === 0) problems.push(notFound(word, names));
    for (const name of found) chosen.add(name);
  }
  const [first] = problems;
  if (first !== undefined) {
    throw new FactoryError(
      "usage",
      problems.length === 1 ? first : `${problems.length} words of IMAGE find no image`,
      {
        hint: list(names),
        problems: problems.length === 1 ? [] : problems,
      },
    );
  }
  const selected = images.filter((image) => chosen.has(image.name));
  if (!isNonEmpty(selected)) throw new FactoryError("bug", `IMAGE=${words} selected nothing`);
  return selected;
}

function matching(word: string, names: readonly string[], known: ReadonlySet<string>): readonly string[] {
  if (word === "all") return names;
  if (!/[*?]/.test(word)) return known.has(word) ? [word] : [];
  const glob = globPattern(word);
  return names.filter((name) => glob.test(name));
}

/** `*` is any text, `?` one character; everything else is itself. */
function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/\*+/g, "*").replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

function notFound(word: string, names: readonly string[]): string {
  if (names.length === 0) return `images.yaml enrols no image, so none is called ${JSON.stringify(word)}`;
  return /[*?]/.test(word)
    ? `no enrolled image matches ${JSON.stringify(word)}`
    : `no enrolled image is called ${JSON.stringify(word)}${didYouMean(word, names)}`;
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "images.yaml enrols no image yet.";
  const more = names.length > listed ? `, … (${names.length} in all)` : "";
  return `Enrolled: ${names.slice(0, listed).join(", ")}${more}`;
}
