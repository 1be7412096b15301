import { Failure } from "../failure.js";
import type { Resolve } from "../host/name-service.js";
import type { CommandLine, Exec } from "../host/process.js";
import { iperfReportCommand, parseIperfReport } from "../probe/iperf3-report.js";
import { parsePingLine, summarizePing } from "../probe/ping.js";
import type { SurveyedHost } from "./hosts.js";
import type { HostMeasurement } from "./schema.js";

/** What a survey needs of the machine. */
export interface SurveyEdge {
  readonly exec: Exec;
  readonly resolve: Resolve;
  /** Wall clock, ISO 8601. */
  readonly now: () => string;
  readonly signal: AbortSignal;
}

/** Beyond what was asked for: a connection over a slow path opens and closes. */
const IPERF_PATIENCE_MS = 15_000;
/** After the last echo request. */
const REPLY_PATIENCE_S = 5;

/**
 * RTT to a host and TCP throughput towards it, one after the other, both to the same of its addresses. What
 * can't be had is an error of the host's and of nothing else.
 *
 * @throws the signal's reason, and nothing else, once the signal is aborted.
 */
export async function measureHost(surveyed: SurveyedHost, edge: SurveyEdge): Promise<HostMeasurement> {
  const { host, port, location } = surveyed;
  const measured = { host, port, location, startedAt: edge.now() };
  const errors: string[] = [];
  let address: string;
  try {
    address = await edge.resolve(host);
  } catch (error) {
    edge.signal.throwIfAborted();
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    errors.push(`its name does not resolve (${code})`);
    return { ...measured, address: null, ping: null, iperf: null, errors };
  }
  const orError = async <T>(measure: Promise<T>): Promise<T | null> => {
    try {
      return await measure;
    } catch (error) {
      edge.signal.throwIfAborted();
      if (!(error instanceof Failure)) throw error;
      errors.push(error.message);
      return null;
    }
  };
  const ping = await orError(pingHost(address, surveyed, edge));
  const iperf = await orError(iperfHost(address, surveyed, edge));
  return { ...measured, address, ping, iperf, errors };
}

async function pingHost(
  address: string,
  { pings }: SurveyedHost,
  { exec, signal }: SurveyEdge,
): Promise<HostMeasurement["ping"]> {
  const command: CommandLine = [
    ...(["ping", "-n", "-D", "-O", "-c", String(pings), "-i", "1"] as const),
    ...["-W", String(REPLY_PATIENCE_S), "--", address],
  ];
  // 1: not every request was answered.
  const output = await said("ping", exec(command, { signal, accept: [1] }));
  // A second reply to the same request tells nothing of the path.
  const rttsMs = new Map<number, number>();
  for (const line of output.split("\n")) {
    const { sequence, rttMs } = parsePingLine(line) ?? { sequence: 0, rttMs: null };
    if (rttMs !== null && !rttsMs.has(sequence)) rttsMs.set(sequence, rttMs);
  }
  const { sent } = summarizePing(output);
  if (rttsMs.size > 0) return { sent, rttsMs: [...rttsMs.values()] };
  throw new Failure(`ping: no reply to ${sent} requests`, { kind: "environment" });
}

async function iperfHost(
  address: string,
  { port, iperfS }: SurveyedHost,
  { exec, signal }: SurveyEdge,
): Promise<HostMeasurement["iperf"]> {
  const timeoutMs = iperfS * 1000 + IPERF_PATIENCE_MS;
  const program = `iperf3, port ${port}`;
  const output = await said(
    program,
    exec(iperfReportCommand(address, port, iperfS), { signal, timeoutMs, accept: [1] }),
  );
  const report = parseIperfReport(output);
  if (!("error" in report)) return report;
  throw new Failure(`${program}: ${report.error}`, { kind: "environment" });
}

/** The program's own words, and not the whole command line, are what a row of a table has room for. */
async function said(program: string, output: Promise<string>): Promise<string> {
  try {
    return await output;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${program}: ${error.message}`, { kind: "environment", cause: error });
  }
}
