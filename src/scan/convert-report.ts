import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { ScanTarget } from "./scan-report.ts";
import { makeScratch, removeScratch, writeCredentials } from "./scratch.ts";
import { convertCommand, type ReportFormat } from "./trivy-command.ts";
import { scanFiles, type TrivyRunDoor } from "./trivy-run.ts";

/**
 * Has Trivy write the SARIF or CycloneDX of a platform's latest scan, without scanning again, and returns its path.
 * @throws FactoryError as `run` does.
 */
export async function convertReport(
  target: ScanTarget,
  format: ReportFormat,
  door: TrivyRunDoor,
): Promise<string> {
  const files = scanFiles(door.workDir, target);
  const name = `convert-${process.pid}-${crypto.randomUUID()}`;
  const parent = join(door.workDir, "cache", "trivy");
  await mkdir(parent, { recursive: true });
  const scratch = await makeScratch(join(parent, name));
  try {
    await writeCredentials(scratch);
    const output = join(scratch.dir, "converted");
    const command = convertCommand(door.trivy, scratch, format, files.json, output);
    await door.run({ ...command, ...(door.signal === undefined ? {} : { signal: door.signal }) });
    await rename(output, files[format]);
    return files[format];
  } finally {
    await removeScratch(scratch);
  }
}
