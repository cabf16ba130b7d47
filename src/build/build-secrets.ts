import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildSecret, Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import { keepSecret } from "../redact.ts";
import type { SecretMount } from "./buildah.ts";

/**
 * Finds the values that an enrolment's secrets name. A file has to be one that only its owner can read; a variable's value
 * is written into such a one in `folder`, because buildah hands its own variables on to whatever it runs.
 * @throws FactoryError "settings-invalid", naming image and secret.
 */
export function openSecrets(
  { name, secrets }: Pick<Enrolment, "name" | "secrets">,
  variables: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<readonly SecretMount[]> {
  return Promise.all(
    secrets.map(async (secret, index): Promise<SecretMount> => {
      if (secret.from === "file") {
        await assertPrivate(name, secret);
        keepSecret(await readFile(secret.path, "utf8"));
        return { id: secret.id, file: secret.path };
      }
      const value = variables[secret.name];
      if (value === undefined) throw missing(name, secret.id, `the variable ${secret.name} is not set`);
      keepSecret(value);
      const file = join(folder, `build-secret-${index}`);
      await writeFile(file, value, { mode: 0o600 });
      return { id: secret.id, file };
    }),
  );
}

async function assertPrivate(image: string, secret: BuildSecret & { readonly from: "file" }): Promise<void> {
  const found = await stat(secret.path).catch(() => undefined);
  if (found?.isFile() !== true) throw missing(image, secret.id, `there is no file ${secret.path}`);
  if ((found.mode & 0o077) !== 0) {
    throw new FactoryError(
      "settings-invalid",
      `${image}: others can read the secret ${secret.id} in ${secret.path}`,
      {
        hint: `chmod 600 ${secret.path}`,
      },
    );
  }
}

function missing(image: string, id: string, why: string): FactoryError {
  return new FactoryError("settings-invalid", `${image}: no value for the build secret ${id}: ${why}`, {
    hint: "Secrets are given by the variable or file that images.yaml names.",
  });
}
