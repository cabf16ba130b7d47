import { stat } from "node:fs/promises";
import type { BuildSecret, Enrolment } from "../enrolment/enrolment.ts";
import { FactoryError } from "../errors.ts";
import type { SecretMount } from "./buildah.ts";

/** The build secrets of one image as one buildah process is given them. */
export interface OpenedSecrets {
  readonly mounts: readonly SecretMount[];
  /** Values by variable, for that one process. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Finds the values that an enrolment's secrets name. A file has to be one that only its owner can read.
 * @throws FactoryError "settings-invalid", naming image and secret.
 */
export async function openSecrets(
  { name, secrets }: Pick<Enrolment, "name" | "secrets">,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<OpenedSecrets> {
  const env: Record<string, string> = {};
  const mounts = await Promise.all(
    secrets.map(async (secret, index): Promise<SecretMount> => {
      if (secret.from === "file") {
        await assertPrivate(name, secret);
        return { id: secret.id, file: secret.path };
      }
      const value = variables[secret.name];
      if (value === undefined) throw missing(name, secret.id, `the variable ${secret.name} is not set`);
      // A name of our own: the secret's own might be one that buildah itself obeys.
      const variable = `BUILD_SECRET_${index}`;
      env[variable] = value;
      return { id: secret.id, env: variable };
    }),
  );
  return { mounts, env };
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
