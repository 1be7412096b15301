import type { CellCurves } from "../record/recording.js";
import type { IperfSample } from "../record/series.js";
import type { Estimate } from "./contract.js";
import { eventMs } from "./events.js";
import { flowIntervals } from "./iperf-flow.js";
import type { Window } from "./window.js";

/** How the device's flow fared from some moment on. */
export type Stall =
  | {
      readonly kind: "stall";
      /** Edges of iperf intervals: the flow carried nothing between them. */
      readonly startMs: number;
      readonly endMs: number;
      /**
       * Length of the last interval before and the first one after that carried traffic. The flow stopped
       * and went on somewhere inside these, so the true stall is longer by 0 to their sum.
       */
      readonly edgeMs: number;
    }
  | { readonly kind: "none"; readonly intervalMs: number }
  /** The longest stall lasts to the end of the observation: the flow did not come back. */
  | { readonly kind: "unended" };

/**
 * An interval below this share of the flow's mean rate before that moment counts as
 * standing still: a few retransmitted segments that trickle through do not end a stall.
 */
const STANDSTILL_SHARE = 0.05;
/** One full-sized segment (1500 B MTU, TCP time stamps): less than this is no progress at any rate. */
const SEGMENT_BYTES = 1448;

/**
 * The longest stall of the device's flow from the start of the migration on; undefined without a migration or a flow.
 * Traffic is what compares with that over the WAN before.
 */
export function migrationStall(cell: CellCurves): Stall | undefined {
  const commandStartMs = cell.record.migration?.commandStartMs;
  if (commandStartMs === undefined) return undefined;
  const attachedMs = eventMs(cell, "DeviceAttached") ?? 0;
  return longestStall(cell, commandStartMs, { startMs: attachedMs, endMs: commandStartMs });
}

/**
 * The longest stall of the device's flow from `fromMs` on, in iperf intervals; undefined without a flow.
 *
 * @param reference when the flow ran undisturbed.
 */
export function longestStall(cell: CellCurves, fromMs: number, reference: Window): Stall | undefined {
  const flow = flowIntervals(cell, "device");
  const final = flow.at(-1);
  if (final === undefined) return undefined;
  const carries = trafficTest(
    flow.filter(({ startMs, endMs }) => startMs >= reference.startMs && endMs <= reference.endMs),
  );

  let longest = { startMs: 0, endMs: 0, edgeMs: 0 };
  let last: IperfSample | undefined;
  for (const sample of flow.filter(carries)) {
    const startMs = Math.max(last?.endMs ?? 0, fromMs);
    if (sample.startMs - startMs > longest.endMs - longest.startMs) {
      const edgeMs = lengthMs(sample) + (last === undefined ? 0 : lengthMs(last));
      longest = { startMs, endMs: sample.startMs, edgeMs };
    }
    last = sample;
  }
  const longestMs = longest.endMs - longest.startMs;
  const unendedMs = final.endMs - Math.max(last?.endMs ?? 0, fromMs);
  if (unendedMs > longestMs) return { kind: "unended" };
  return longestMs > 0 ? { kind: "stall", ...longest } : { kind: "none", intervalMs: lengthMs(final) };
}

/** The stall's length in ms, the middle of what is possible; undefined where it has no end. */
export function stallEstimate(stall: Stall | undefined): Estimate | undefined {
  switch (stall?.kind) {
    case "stall":
      return { value: stall.endMs - stall.startMs + stall.edgeMs / 2, errorBound: stall.edgeMs / 2 };
    case "none":
      return { value: 0, errorBound: 2 * stall.intervalMs };
    case "unended":
    case undefined:
      return undefined;
  }
}

const lengthMs = ({ startMs, endMs }: IperfSample): number => endMs - startMs;

/** Whether an interval carried traffic, judged by the undisturbed flow. */
function trafficTest(before: readonly IperfSample[]): (sample: IperfSample) => boolean {
  const bytes = before.reduce((sum, sample) => sum + sample.bytes, 0);
  const ms = before.reduce((sum, sample) => sum + lengthMs(sample), 0);
  const standstillBytesPerMs = ms > 0 ? (STANDSTILL_SHARE * bytes) / ms : 0;
  return (sample) => sample.bytes >= Math.max(SEGMENT_BYTES, standstillBytesPerMs * lengthMs(sample));
}
