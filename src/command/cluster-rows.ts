import { hasCondition, imageLabel, type Job, jobState } from "../cluster/jobs.ts";
import type { ClusterView } from "../cluster/view.ts";
import { formatMinute } from "../minute.ts";

/** What runs, what ran last, what is due and where Freight stands, a heading above each. */
export function clusterLines({ jobs, cronJobs, templates, stages, freight }: ClusterView): readonly string[] {
  const running = jobs.filter((job) => ["running", "waiting"].includes(jobState(job)));
  const ended = jobs.filter((job) => !running.includes(job));
  return [
    ...section("running", running.map(jobCells), "no Job runs"),
    ...section("ended", ended.slice(0, mostEnded).map(jobCells), "no Job has ended"),
    ...section(
      "schedules",
      cronJobs.map(({ metadata, spec, status }) => [
        metadata.name,
        `${spec.schedule} ${spec.timeZone ?? ""}`.trim(),
        spec.suspend === true ? "suspended" : "",
        `last began ${minute(status?.lastScheduleTime)}`,
        `last succeeded ${minute(status?.lastSuccessfulTime)}`,
      ]),
      "no CronJob: npm run deploy",
    ),
    `templates: ${templates}, for npm run trigger`,
    ...(stages === undefined
      ? ["stages: the cluster has no Kargo"]
      : section(
          "stages",
          stages.map(({ metadata, status = {} }) => [
            metadata.name,
            status.freightSummary ?? "no Freight",
            hasCondition(status.conditions, "Verified") ? "verified" : "not verified",
            status.lastPromotion?.status?.phase ?? "",
          ]),
          "no Stage",
        )),
    ...(freight === undefined ? [] : [`freight: ${freight}`]),
  ];
}

const mostEnded = 20;

function jobCells(job: Job): readonly string[] {
  const { metadata, status = {} } = job;
  const failed = status.conditions?.find(({ type, status: is }) => type === "Failed" && is === "True");
  const at = status.completionTime ?? failed?.lastTransitionTime;
  return [
    metadata.name,
    metadata.labels?.[imageLabel] ?? "",
    jobState(job),
    `began ${minute(status.startTime)}`,
    at === undefined ? "" : `ended ${minute(at)}`,
    status.failed === undefined || status.failed === 0 ? "" : `${status.failed} failed`,
    failed?.reason ?? "",
  ];
}

function minute(time: string | undefined): string {
  return time === undefined ? "never" : formatMinute(time);
}

function section(title: string, rows: readonly (readonly string[])[], none: string): readonly string[] {
  if (rows.length === 0) return [`${title}: ${none}`];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return [
    `${title}:`,
    ...rows.map((row) =>
      `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
    ),
  ];
}
