import { readFileSync } from "node:fs";

/** What an interface has counted since it was made, link-layer bytes. */
export interface InterfaceCounters {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** One interface's line of /proc/net/dev (proc(5)); undefined when it has none. */
export function parseInterfaceCounters(netDev: string, device: string): InterfaceCounters | undefined {
  for (const line of netDev.split("\n")) {
    const [name, fields] = line.split(":", 2);
    if (name?.trim() !== device || fields === undefined) continue;
    const numbers = fields.trim().split(/\s+/).map(Number);
    const [receivedBytes = NaN] = numbers;
    const sentBytes = numbers[8] ?? NaN;
    return Number.isFinite(receivedBytes) && Number.isFinite(sentBytes)
      ? { receivedBytes, sentBytes }
      : undefined;
  }
  return undefined;
}

/**
 * The counters of an interface in the network namespace of a process. Read at once, without a program to start: on
 * a busy machine that takes tens of milliseconds, and nobody would know at which of them it looked.
 */
export function readInterfaceCounters(pid: number, device: string): InterfaceCounters | undefined {
  return parseInterfaceCounters(readFileSync(`/proc/${pid}/net/dev`, "utf8"), device);
}
