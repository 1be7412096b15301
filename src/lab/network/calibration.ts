import type { LinkShaping } from "../../experiment/link-shaping.js";
import type { Cell } from "../../experiment/plan.js";
import type { Lab } from "../lab.js";
import { measureRtt } from "./link-measurement.js";
import { shapingOf } from "./shaper.js";

/**
 * Takes what the machines themselves add to a round trip off netem's delay, so that the link shows the RTT
 * that the cell names. What it then really shows is measured again, and attested. An unshaped link shows what
 * it shows.
 */
export async function calibrateWan(
  lab: Lab,
  cell: Pick<Cell, "wan" | "profile">,
  signal: AbortSignal,
): Promise<void> {
  const { link } = cell.profile;
  const shaping = shapingOf(cell.wan, link);
  if (shaping === null) return;
  const { medianMs, received } = await measureRtt(lab.namespaces.vm1, 15, signal);
  const excessMs = medianMs - cell.wan.rttMs;
  if (received === 0 || excessMs <= 0) return;
  await lab.shaper.shape("wan", lessRtt(shaping, excessMs), link.offloads.value);
}

/** A link's shaping with `excessMs` less round-trip time, taken off each direction in proportion to its delay. */
export function lessRtt({ forward, backward }: LinkShaping, excessMs: number): LinkShaping {
  const rttMs = forward.delayMs + backward.delayMs;
  const less = (shaping: LinkShaping["forward"]) => ({
    ...shaping,
    delayMs: rttMs === 0 ? 0 : Math.max(0, shaping.delayMs * (1 - excessMs / rttMs)),
  });
  return { forward: less(forward), backward: less(backward) };
}
