import type { EmbeddedRegistryStatus } from "./daemon.ts";

export type DescribedStatus = EmbeddedRegistryStatus & {
  readonly dataBytes: number;
  /** The registry that settings name, which is used in place of this one. */
  readonly configured: string | undefined;
};

/** The status as a person reads it, one fact a line. */
export function describeStatus(status: DescribedStatus, now: Date): readonly string[] {
  const data = `data:    ${status.data} (${sizeOf(status.dataBytes)})`;
  const unused =
    status.configured === undefined ? [] : [`note:    not used, settings name ${status.configured}`];
  if (!status.running) return ["stopped", data, ...unused];
  const seconds = Math.floor((now.getTime() - Date.parse(status.startedAt)) / 1000);
  return [
    "running",
    `address: ${status.address}`,
    `pid:     ${status.pid}`,
    `up:      ${durationOf(seconds)}, since ${status.startedAt}`,
    data,
    ...unused,
  ];
}

/** `1.2 MB`. */
export function sizeOf(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

function durationOf(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(([value, unit]) => `${value} ${unit}`).join(" ");
}
