import type { Shaping } from "../experiment/link-shaping.js";
import type { CommandLine } from "./process.js";

/**
 * The tc command that takes all shaping off a device's egress: a plain queue as long as a Linux interface's has
 * always been (tc-pfifo(8)). Not the kernel's default, which may be fq_codel and drop what waits for long.
 */
export function unshapeCommand(device: string): CommandLine {
  return ["tc", "qdisc", "replace", "dev", device, "root", "handle", "3:", "pfifo", "limit", "1000"];
}

/** The tc commands that put `shaping` on a device's egress, replacing what is there (tc-tbf(8), tc-netem(8)). */
export function shapeCommands(device: string, shaping: Shaping): CommandLine[] {
  const tbf = [
    ...["tbf", "rate", `${Math.round(shaping.rateBps)}bit`, "burst", `${shaping.burstBytes}b`],
    // With netem inside, this limit sizes the queue that netem replaces; tbf demands it all the same.
    ...["limit", `${shaping.queueBytes}b`],
  ];
  const netem = [
    "netem",
    "limit",
    String(shaping.limitPackets),
    "delay",
    `${Math.round(shaping.delayMs * 1000)}us`,
    // With a rate netem counts from the packet before, and so reorders none; a radio link delivers in order.
    ...(shaping.jitterMs === undefined
      ? []
      : [`${Math.round(shaping.jitterMs * 1000)}us`, "rate", `${Math.round(shaping.rateBps)}bit`]),
  ];
  // Each order has handles of its own: replace changes a qdisc's settings under a handle that it knows, never
  // its kind.
  const [root, inner, major] = shaping.rootQdisc === "tbf" ? [tbf, netem, 1] : [netem, tbf, 2];
  return [
    ["tc", "qdisc", "replace", "dev", device, "root", "handle", `${major}:`, ...root],
    ["tc", "qdisc", "replace", "dev", device, "parent", `${major}:1`, "handle", `${major}0:`, ...inner],
  ];
}
