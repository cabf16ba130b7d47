/** What this process was given and nobody may read: as it is, and in the forms in which it travels. */
const secrets = new Set<string>();

/** Shorter ones stand in every text. */
const leastLength = 4;

/** Has `redact` hide a value from now on; of one with several lines, each. */
export function keepSecret(value: string): void {
  if (secrets.has(value)) return;
  const lines = value.split("\n").map((line) => line.trim());
  for (const line of [value, ...lines].filter(({ length }) => length >= leastLength)) {
    for (const form of [line, encodeURIComponent(line), JSON.stringify(line).slice(1, -1)]) secrets.add(form);
  }
}

/** Has `redact` hide a password, alone and as a registry is sent it. */
export function keepLogin(user: string, password: string): void {
  keepSecret(password);
  keepSecret(Buffer.from(`${user}:${password}`).toString("base64"));
}

/** Has `redact` hide the passwords in the addresses of proxies. */
export function keepProxyPasswords(env: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value = ""] of Object.entries(env)) {
    const login = /^(?:https?|all)_proxy$/i.test(name) ? /^(?:\w+:\/\/)?[^/@]*?:([^/]*)@/.exec(value) : null;
    if (login?.[1] === undefined) continue;
    keepSecret(login[1]);
    keepSecret(decoded(login[1]));
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * A text without the secrets that are known, and without any password in an address. This is the second fence: nothing
 * is said in the hope that it hides it.
 */
export function redact(text: string): string {
  const hidden = [...secrets]
    .filter((secret) => text.includes(secret))
    .toSorted((one, other) => other.length - one.length)
    .reduce((left, secret) => left.replaceAll(secret, "***"), text);
  return hidden.replaceAll(/(:\/\/[^\s/:@]*):[^\s/@]+@/g, "$1:***@");
}
