/**
 * What is wrong with a branch, tag or commit as git's rules have it, or undefined for one that git takes.
 * Stricter in one thing: nothing that a command line could read as an option.
 * @see https://git-scm.com/docs/git-check-ref-format
 */
export function explainGitRef(ref: string): string | undefined {
  const wrong = (rule: string) => `expected a branch, a tag or a full commit: ${rule}`;
  if (ref === "" || ref === "@") return wrong(`git has no ref of the name ${JSON.stringify(ref)}`);
  if (ref.length > 250) return wrong("at most 250 characters");
  if (ref.startsWith("-")) return wrong("no - at the start");
  if (/[\u0000-\u0020\u007f~^:?*[\\]/.test(ref))
    return wrong("no spaces, control characters or any of ~ ^ : ? * [ \\");
  if (ref.includes("..") || ref.includes("@{")) return wrong("no .. and no @{");
  if (ref.endsWith(".")) return wrong("no . at the end");
  for (const part of ref.split("/")) {
    if (part === "") return wrong("no / at either end and no //");
    if (part.startsWith(".") || part.endsWith(".lock"))
      return wrong("no part that begins with . or ends in .lock");
  }
  return undefined;
}
