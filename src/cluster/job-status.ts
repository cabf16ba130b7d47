import { type ExitStatus, FactoryError, knownStatus } from "../errors.ts";
import type { JobEnd } from "./follow-job.ts";

/**
 * The exit status of what a Job ran, which is that of its last try.
 * @throws FactoryError "timed-out" where the Job's deadline ended it, "tool-failed" where the node did, "outcome-unknown"
 *   where no pod is left to tell.
 */
export function statusOf(job: string, { state, last, reason }: JobEnd): ExitStatus {
  if (state === "complete") return 0;
  if (reason === "DeadlineExceeded")
    throw new FactoryError("timed-out", `${job}: it was not done within its activeDeadlineSeconds`);
  if (last === undefined) {
    throw new FactoryError(
      "outcome-unknown",
      `${job}: failed (${reason ?? "no reason"}), and no pod is left`,
      {
        hint: `kubectl describe job ${job} says what became of them.`,
      },
    );
  }
  const status = knownStatus(last.exitCode);
  if (status !== undefined && status !== 0) return status;
  throw new FactoryError(
    "tool-failed",
    `${job}: its container ended with ${last.exitCode} (${last.reason ?? "no reason"})`,
    {
      hint:
        last.reason === "OOMKilled"
          ? "Give it more: resources.memoryLimit in cluster.yaml, then npm run deploy."
          : `kubectl describe job ${job} says more.`,
    },
  );
}
