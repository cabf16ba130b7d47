import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { FactoryError } from "../../errors.ts";
import { keepLogin } from "../../redact.ts";

export interface RegistryCredentials {
  readonly user: string;
  readonly password: string;
}

/** 32 random bytes: nothing to guess, and short enough for bcrypt, which reads no more than 72 characters. */
export function newCredentials(): RegistryCredentials {
  return { user: "factory", password: randomBytes(32).toString("base64url") };
}

export function authorization(credentials: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64")}`;
}

/**
 * The line of the htpasswd file, in bcrypt, which is all that docker-registry accepts. The registry computes the hash
 * at every request; a random password needs no stretching, so the cost is the lowest: 1 ms instead of 70.
 */
export async function passwordLine(credentials: RegistryCredentials): Promise<string> {
  const { hash } = await import("bcryptjs");
  return `${credentials.user}:${await hash(credentials.password, 4)}\n`;
}

interface AuthFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
  readonly [other: string]: unknown;
}

/** The credentials that the file holds for the address; undefined where the file or its entry is missing. */
export async function readCredentials(
  authFile: string,
  address: string,
): Promise<RegistryCredentials | undefined> {
  const text = Buffer.from((await readAuthFile(authFile)).auths?.[address]?.auth ?? "", "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 1) return undefined;
  const credentials = { user: text.slice(0, colon), password: text.slice(colon + 1) };
  keepLogin(credentials.user, credentials.password);
  return credentials;
}

/** Puts the credentials under the new address, in place of the former one; entries of other registries stay. */
export async function writeCredentials(
  authFile: string,
  credentials: RegistryCredentials,
  addresses: { readonly now: string; readonly before: string | undefined },
): Promise<void> {
  const file = await readAuthFile(authFile);
  const { [addresses.before ?? ""]: _former, ...kept } = file.auths ?? {};
  const auth = Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64");
  const text = JSON.stringify({ ...file, auths: { ...kept, [addresses.now]: { auth } } }, undefined, 2);
  await writeFileAtomic(authFile, `${text}\n`, { mode: 0o600 });
}

async function readAuthFile(authFile: string): Promise<AuthFile> {
  let text: string;
  try {
    text = await readFile(authFile, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new FactoryError("credentials-invalid", `${authFile} cannot be read: ${(error as Error).message}`, {
      hint: "It holds the embedded registry's password: run as the user whose work folder it is.",
      cause: error,
    });
  }
  try {
    const file: unknown = JSON.parse(text);
    if (typeof file === "object" && file !== null && !Array.isArray(file)) return file as AuthFile;
  } catch {
    // Said below, for whatever is not an object.
  }
  throw new FactoryError("credentials-invalid", `${authFile} is not a JSON object`, {
    hint: "Correct it or delete it; the embedded registry's entry is then written anew.",
  });
}
