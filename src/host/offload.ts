import type { CommandLine } from "./process.js";

/** The offloads that merge or split segments along a path, by ethtool(8)'s long names. */
const segmentationOffloads = [
  "tcp-segmentation-offload",
  "generic-segmentation-offload",
  "generic-receive-offload",
  "large-receive-offload",
] as const;

/** Checksums stay: software must still fill them in where a packet leaves for a guest. */
export function offloadCommand(device: string, state: "on" | "off"): CommandLine {
  return ["ethtool", "-K", device, "tso", state, "gso", state, "gro", state];
}

/** Reads `ethtool -k DEVICE`. */
export function parseOffloads(output: string): Record<string, boolean> {
  const found: Record<string, boolean> = {};
  for (const name of segmentationOffloads) {
    const state = new RegExp(`^${name}: (on|off)`, "m").exec(output)?.[1];
    if (state !== undefined) found[name] = state === "on";
  }
  return found;
}
