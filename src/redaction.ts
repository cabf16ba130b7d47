/** Below that a value is a word that may stand anywhere. */
const shortestSecret = 6;

const secrets = new Set<string>();

/**
 * Keeps a value out of everything that is said from now on: a second fence, for tools that print what they were given.
 * Every line of a secret that has several counts, and the form that HTTP sends a password in.
 */
export function keepSecret(value: string, user?: string): void {
  const lines = value.split(/[\r\n]+/).map((line) => line.trim());
  const encoded = user === undefined ? [] : [Buffer.from(`${user}:${value}`).toString("base64")];
  for (const text of [...lines, ...encoded]) if (text.length >= shortestSecret) secrets.add(text);
}

/** The text without secrets. */
export function redacted(text: string): string {
  let rest = text;
  for (const secret of secrets) rest = rest.replaceAll(secret, "[secret]");
  return rest;
}

/** Whether there is anything to be kept out. */
export function hasSecrets(): boolean {
  return secrets.size > 0;
}
