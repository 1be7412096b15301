import { z } from "zod";
import { readJsonAnswer } from "../host/answer.js";

/** One TCP subflow of an MPTCP connection, as `ss -tniH` shows it. */
export interface Subflow {
  readonly state: string;
  readonly local: string;
  readonly remote: string;
  readonly remotePort: number;
  /** Local token of the connection (RFC 8684, 3.2): what all its subflows share. null: not MPTCP (any more). */
  readonly token: string | null;
  readonly bytesSent: number;
  /** The peer has acknowledged the join's last ACK (flag e): only now does it heed what else is signalled. */
  readonly fullyEstablished: boolean;
}

const socket = /^(\S+)\s+\d+\s+\d+\s+(\d+\.\d+\.\d+\.\d+)(?:%\S+)?:\d+\s+(\d+\.\d+\.\d+\.\d+):(\d{1,5})\b/;
const ulp = /tcp-ulp-mptcp flags:(\S*) token:[0-9a-f]+\(id:\d+\)\/([0-9a-f]+)\(id:\d+\)/;

/** Reads the IPv4 sockets of `ss -tniH`: a line a socket, its details on the same line or indented on the next. */
export function parseSubflows(output: string): Subflow[] {
  const subflows: Subflow[] = [];
  let current: { -readonly [K in keyof Subflow]: Subflow[K] } | undefined;
  for (const text of output.split("\n")) {
    const match = socket.exec(text);
    if (match !== null) {
      const [, state = "", local = "", remote = "", port = ""] = match;
      current = {
        state,
        local,
        remote,
        remotePort: Number(port),
        token: null,
        bytesSent: 0,
        fullyEstablished: false,
      };
      subflows.push(current);
    } else if (!/^\s/.test(text)) {
      // A socket of another family: its details are nobody's here.
      current = undefined;
    }
    if (current === undefined) continue;
    const [, flags, token] = ulp.exec(text) ?? [];
    if (token !== undefined) {
      current.token = token;
      current.fullyEstablished = flags?.includes("e") === true;
    }
    current.bytesSent = Number(/ bytes_sent:(\d{1,15})\b/.exec(text)?.[1] ?? current.bytesSent);
  }
  return subflows;
}

const nstatSchema = z.object({ kernel: z.record(z.string(), z.number()) });

/**
 * Reads `nstat -aszj`; keeps MPTCP's counters (net/mptcp/mib.c) and what tells of TCP's troubles. Those that the kernel
 * has are all there, zeros included.
 *
 * @throws Failure (environment) for anything else.
 */
export function parseCounters(output: string): Record<string, number> {
  const { kernel } = readJsonAnswer(nstatSchema, output, { kind: "environment", place: "nstat -aszj" });
  return Object.fromEntries(
    Object.entries(kernel).filter(([name]) => name.startsWith("MPTcp") || name === "TcpRetransSegs"),
  );
}

export function counterGrowth(
  before: Record<string, number>,
  after: Record<string, number>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
      .filter(([, growth]) => growth !== 0),
  );
}

/** Counts the REMOVE_ADDRs that were sent. */
export const SENT_REMOVE_ADDR = "MPTcpExtRmAddrTx";

/** Counters of which any growth means that a connection went on as plain TCP, or a subflow was refused. */
const fallbackCounters = [
  "MPTcpExtMPCapableFallbackACK",
  "MPTcpExtMPCapableFallbackSYNACK",
  "MPTcpExtMPFallbackTokenInit",
  "MPTcpExtMPCapableSYNTXDrop",
  "MPTcpExtMPCapableSYNTXDisabled",
  "MPTcpExtDataCsumErr",
  "MPTcpExtInfiniteMapTx",
  "MPTcpExtInfiniteMapRx",
  "MPTcpExtMPFailTx",
  "MPTcpExtMPFailRx",
  "MPTcpExtDSSCorruptionFallback",
] as const;

export interface ContinuityFacts {
  readonly tokenBefore: string | null;
  readonly tokenAfter: string | null;
  readonly growth: Record<string, number>;
  /** Whether the device's kernel counts the REMOVE_ADDRs that it sends: since Linux 6.3. */
  readonly countsRemoveAddr: boolean;
  /** MPTCP connections that the device opened: iperf3 has a control and a data connection. */
  readonly connections: number;
}

/** Why it was not one MPTCP connection all along, moves apart, one line each; none when it was. */
export function sameConnectionFindings({
  tokenBefore,
  tokenAfter,
  growth,
  connections,
}: ContinuityFacts): string[] {
  const findings: string[] = [];
  if (tokenBefore === null) findings.push("the connection never was MPTCP");
  else if (tokenAfter === null) findings.push("no subflow of the connection is left at the end");
  else if (tokenAfter !== tokenBefore)
    findings.push(`the connection changed: token ${tokenBefore}, then ${tokenAfter}`);
  for (const name of fallbackCounters) {
    const count = growth[name] ?? 0;
    if (count > 0) findings.push(`${name} grew by ${count}: a fallback to plain TCP`);
  }
  const opened = growth.MPTcpExtMPCapableSYNTX ?? 0;
  if (opened !== connections) findings.push(`${opened} MPTCP connections were opened, not ${connections}`);
  return findings;
}

/** Why it was not one MPTCP connection through both moves, one line each; none when it was. */
export function continuityFindings(facts: ContinuityFacts): string[] {
  const { growth, connections, countsRemoveAddr } = facts;
  const findings = sameConnectionFindings(facts);
  const joined = growth.MPTcpExtMPJoinSynAckRx ?? 0;
  if (joined < 2 * connections) {
    findings.push(`${joined} subflows joined, not the ${2 * connections} of two moves`);
  }
  if (countsRemoveAddr && (growth[SENT_REMOVE_ADDR] ?? 0) < connections)
    findings.push("REMOVE_ADDR was not sent for the first address");
  // An older kernel counts what it does on the occasion: it drops the subflow of the address.
  if (!countsRemoveAddr && (growth.MPTcpExtRmSubflow ?? 0) < connections)
    findings.push("the first address was not withdrawn from the connection");
  if ((growth.MPTcpExtAddAddr ?? 0) < connections)
    findings.push("ADD_ADDR of VM3's next address was not received");
  return findings;
}
