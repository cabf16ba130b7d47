import { availableParallelism, totalmem } from "node:os";

const mebibyte = 1024 * 1024;

/** A bound below this one would have a tool collect more often than it does by itself. */
const leastBytes = 256 * mebibyte;

/** Twice as much makes nothing faster: fresh memory has its price too. */
const mostBytes = 512 * mebibyte;

/**
 * Variables for a tool written in Go that lives for seconds: it collects garbage when it has ten times what it needs or
 * comes near its share of the memory, and not at every few megabytes, which takes a fifth of the time in which Trivy
 * starts. None where memory is short.
 * @param memoryBytes What this machine, or the group that limits this process, has.
 * @param processors How many such tools run side by side; each has a part of a quarter of the memory.
 * @see https://go.dev/doc/gc-guide#Memory_limit
 */
export function lateCollection(
  memoryBytes = machineMemory(),
  processors = availableParallelism(),
): Readonly<Record<string, string>> {
  const bound = Math.min(mostBytes, memoryBytes / (4 * processors));
  // Where Go is older than its memory limit (1.19), the percentage alone bounds what a tool takes.
  return bound < leastBytes ? {} : { GOGC: "1000", GOMEMLIMIT: `${Math.floor(bound / mebibyte)}MiB` };
}

function machineMemory(): number {
  // Zero is no limit.
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
