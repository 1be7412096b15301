import { z } from "zod";
import type { CommandLine } from "../host/process.js";
import { isFromIperf2 } from "./iperf3.js";

/** One TCP stream to a server for so long, reported at its end and second by second. The client sends. */
export function iperfReportCommand(address: string, port: number, seconds: number): CommandLine {
  return [
    ...(["iperf3", "--client", address, "--port", String(port)] as const),
    ...["--time", String(seconds), "--interval", "1", "--connect-timeout", "5000", "--json"],
  ];
}

/** What a TCP test of iperf3 found. */
export interface IperfReport {
  /** What arrived, as the server counted it. */
  readonly receivedBytes: number;
  readonly receivedSeconds: number;
  /** Segments that the sender sent again; null where its system does not say. */
  readonly retransmits: number | null;
  /** What the sender handed to its socket, second by second. */
  readonly intervals: readonly { readonly startS: number; readonly endS: number; readonly bytes: number }[];
}

const measure = z.object({ start: z.number(), end: z.number(), seconds: z.number(), bytes: z.number() });

const reportSchema = z.union([
  z.object({ error: z.string() }),
  z.object({
    intervals: z.array(z.object({ sum: measure })).min(1),
    end: z.object({
      sum_sent: z.object({ retransmits: z.number().optional() }),
      sum_received: measure.refine(({ seconds }) => seconds > 0),
    }),
  }),
]);

/** Reads `iperf3 --json`: the report, or why there is none in iperf3's own words. */
export function parseIperfReport(json: string): IperfReport | { readonly error: string } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { error: isFromIperf2(json) ? "iperf 2 answered, not iperf3" : "iperf3 did not answer in JSON" };
  }
  const { data } = reportSchema.safeParse(value);
  if (data === undefined) return { error: "iperf3 reported no TCP test" };
  if ("error" in data) return { error: data.error.replace(/^error - /, "") };
  const { sum_sent: sent, sum_received: received } = data.end;
  return {
    receivedBytes: received.bytes,
    receivedSeconds: received.seconds,
    retransmits: sent.retransmits ?? null,
    intervals: data.intervals.map(({ sum }) => ({ startS: sum.start, endS: sum.end, bytes: sum.bytes })),
  };
}
