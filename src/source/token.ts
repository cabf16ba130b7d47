import { readFileSync } from "node:fs";
import { FactoryError } from "../errors.ts";
import { keepLogin } from "../redact.ts";

/** Where a token is; never the token itself. */
export type TokenPlace =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

/** What a token is for, for messages. */
export interface TokenUse {
  /** Address of the server, as it may be shown. */
  readonly address: string;
  /** The field of images.yaml that names it: `source.git.credentials`. */
  readonly field: string;
  readonly user: string;
}

/**
 * Reads a token from its variable or file, and has it hidden in whatever is printed from now on.
 * @throws FactoryError "credentials-invalid", naming the variable or file, never its content.
 */
export function readToken(
  place: TokenPlace,
  { address, field, user }: TokenUse,
  variables: Readonly<Record<string, string | undefined>>,
): string {
  const what = place.kind === "variable" ? `variable ${place.name}` : `file ${place.path}`;
  const token = place.kind === "variable" ? variables[place.name] : readTokenFile(place.path, field);
  if (token === undefined || token === "") {
    throw new FactoryError(
      "credentials-invalid",
      `${what}, which holds the token for ${address}, is not set or empty`,
      { hint: `Set it, or name another one under ${field}.` },
    );
  }
  keepLogin(user, token);
  for (const [part, text] of [["token", token] as const, ["user", user] as const]) {
    if (/[\0\r\n]/.test(text)) {
      throw new FactoryError(
        "credentials-invalid",
        `the ${part} for ${address} has a line break in it (${what})`,
      );
    }
  }
  return token;
}

function readTokenFile(path: string, field: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw unreadable("token file", path, field, error);
  }
}

/** The error of a file with credentials that cannot be read. */
export function unreadable(what: string, path: string, field: string, cause: unknown): FactoryError {
  return new FactoryError(
    "credentials-invalid",
    `${what} ${path} cannot be read: ${(cause as Error).message}`,
    { hint: `Correct ${field}, or the file's permissions.`, cause },
  );
}
