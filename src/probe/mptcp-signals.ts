import type { CommandLine } from "../host/process.js";
import type { BurstSample, MptcpSignal, SignalSample } from "../record/series.js";

/** Fields that tshark prints of each packet, in this order (tshark(1), -T fields). */
const fields = [
  "frame.time_epoch",
  "ip.src",
  "ip.dst",
  "tcp.stream",
  "mptcp.stream",
  "tcp.len",
  "tcp.flags.syn",
  "tcp.flags.ack",
  "tcp.options.mptcp.subtype",
  "tcp.options.mptcp.backup.flag",
  "tcp.options.mptcp.addrid",
  "tcp.options.mptcp.datafin.flag",
  "tcp.options.mptcp.dataackpresent.flag",
  "tcp.options.mptcp.echo",
] as const;

/** Decodes a capture's TCP packets, a line each, fields separated by tabs and the values of one field by `+`. */
export function decodeCommand(file: string): CommandLine {
  return [
    ...(["tshark", "-n", "-r", file, "-Y", "tcp", "-T", "fields"] as const),
    ...["-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=+"],
    ...fields.flatMap((field) => ["-e", field]),
  ];
}

/** A packet of TCP as tshark decodes it. */
export interface DecodedPacket {
  /** Wall clock of the kernel's time stamp, ms since 1970. */
  readonly unixMs: number;
  readonly source: string;
  readonly destination: string;
  /** tshark's number of the TCP connection. */
  readonly tcpStream: number;
  /** tshark's number of the MPTCP connection; null where it can't tell from what came before, as in a SYN. */
  readonly mptcpStream: number | null;
  readonly payloadBytes: number;
  readonly syn: boolean;
  readonly ack: boolean;
  /** Subtypes of its MPTCP options (RFC 8684, 8). */
  readonly subtypes: readonly number[];
  readonly backup: boolean;
  readonly addressId: string;
  readonly dataFin: boolean;
  readonly dataAck: boolean;
  readonly echo: boolean;
}

const DSS = 2;

/** Reads a line of `decodeCommand`'s output; undefined for anything else. */
export function parseDecodedPacket(line: string): DecodedPacket | undefined {
  const values = line.split("\t");
  if (values.length !== fields.length) return undefined;
  const [time = "", source = "", destination = "", tcpStream = "", mptcpStream = "", length = ""] = values;
  const [syn, ack, subtypes = "", backup = "", addressId = "", dataFin = "", dataAck = "", echo = ""] =
    values.slice(6);
  if (!/^\d{1,10}\.\d{1,9}$/.test(time) || !/^\d{1,9}$/.test(tcpStream) || !/^\d{1,9}$/.test(length)) {
    return undefined;
  }
  return {
    unixMs: Number(time) * 1000,
    source,
    destination,
    tcpStream: Number(tcpStream),
    mptcpStream: /^\d{1,9}$/.test(mptcpStream) ? Number(mptcpStream) : null,
    payloadBytes: Number(length),
    syn: isSet(syn),
    ack: isSet(ack),
    subtypes: subtypes.split("+").flatMap((text) => (/^\d{1,2}$/.test(text) ? [Number(text)] : [])),
    backup: isSet(backup),
    addressId,
    dataFin: isSet(dataFin),
    dataAck: isSet(dataAck),
    echo: isSet(echo),
  };
}

/** A flag as tshark 4.0 prints it, or as later versions do. */
const isSet = (text: string | undefined): boolean =>
  text?.split("+").some((value) => value === "1" || value === "True") === true;

/** Names of the subtypes; DSS, which nearly every packet has, is counted and no signal of its own. */
const names: readonly (MptcpSignal | undefined)[] = [
  "MP_CAPABLE",
  "MP_JOIN",
  undefined,
  "ADD_ADDR",
  "REMOVE_ADDR",
  "MP_PRIO",
  "MP_FAIL",
  "MP_FASTCLOSE",
  "MP_TCPRST",
];

/** A signal with what identifies the subflow that carried it. */
export interface LocatedSignal extends SignalSample {
  readonly tcpStream: number;
}

/** What a capture tells of MPTCP. */
export interface Signalling {
  readonly signals: readonly LocatedSignal[];
  readonly bursts: readonly BurstSample[];
  /** Packets with each signal, with a DSS option, and with a DATA_ACK in it. Those that never occurred are there with 0. */
  readonly counts: Readonly<Record<MptcpSignal | "DSS" | "DATA_ACK", number>>;
}

/** @param isVm3 whether an address is VM3's; @param epochUnixMs is taken off all times. */
export function signallingOf(
  packets: readonly DecodedPacket[],
  isVm3: (address: string) => boolean,
  epochUnixMs: number,
): Signalling {
  const connectionOf = connections(packets, isVm3);
  const signals: LocatedSignal[] = [];
  let dss = 0;
  let dataAck = 0;
  for (const packet of packets) {
    if (packet.subtypes.includes(DSS)) dss++;
    if (packet.dataAck) dataAck++;
    const fromVm3 = isVm3(packet.source);
    const where = {
      tMs: packet.unixMs - epochUnixMs,
      connection: connectionOf(packet),
      sender: fromVm3 ? "vm3" : "device",
      path: pathOf(packet, fromVm3),
      tcpStream: packet.tcpStream,
    } as const;
    for (const subtype of packet.subtypes) {
      const signal = names[subtype];
      if (signal !== undefined) signals.push({ ...where, signal, detail: detailOf(signal, packet) });
    }
    if (packet.dataFin) signals.push({ ...where, signal: "DATA_FIN", detail: "" });
  }
  const count = (name: MptcpSignal) => signals.filter(({ signal }) => signal === name).length;
  return {
    signals,
    bursts: burstsOf(packets, isVm3, connectionOf, epochUnixMs),
    counts: {
      MP_CAPABLE: count("MP_CAPABLE"),
      MP_JOIN: count("MP_JOIN"),
      DSS: dss,
      DATA_ACK: dataAck,
      ADD_ADDR: count("ADD_ADDR"),
      REMOVE_ADDR: count("REMOVE_ADDR"),
      MP_PRIO: count("MP_PRIO"),
      MP_FAIL: count("MP_FAIL"),
      MP_FASTCLOSE: count("MP_FASTCLOSE"),
      MP_TCPRST: count("MP_TCPRST"),
      DATA_FIN: count("DATA_FIN"),
    },
  };
}

const pathOf = ({ source, destination }: DecodedPacket, fromVm3: boolean): string =>
  fromVm3 ? `${destination}>${source}` : `${source}>${destination}`;

function detailOf(signal: MptcpSignal, { syn, ack, payloadBytes, backup, addressId, echo }: DecodedPacket) {
  switch (signal) {
    case "MP_CAPABLE":
    case "MP_JOIN": {
      const step = syn ? (ack ? "SYN/ACK" : "SYN") : payloadBytes > 0 ? "data" : "ACK";
      return backup ? `${step} backup` : step;
    }
    case "MP_PRIO":
      return backup ? "backup" : "regular";
    case "ADD_ADDR":
    case "REMOVE_ADDR": {
      const address = addressId === "" ? "" : `address ${addressId}`;
      return echo ? `echo ${address}` : address;
    }
    default:
      return "";
  }
}

/** iperf3's data connection is the one that the device sent most on. */
function connections(packets: readonly DecodedPacket[], isVm3: (address: string) => boolean) {
  const mptcpOf = new Map<number, number>();
  const sentBytes = new Map<number, number>();
  for (const { tcpStream, mptcpStream } of packets) {
    if (mptcpStream !== null) mptcpOf.set(tcpStream, mptcpStream);
  }
  for (const { tcpStream, source, payloadBytes } of packets) {
    const mptcp = mptcpOf.get(tcpStream);
    if (mptcp !== undefined && !isVm3(source)) {
      sentBytes.set(mptcp, (sentBytes.get(mptcp) ?? 0) + payloadBytes);
    }
  }
  const [data] = [...sentBytes].sort(([, a], [, b]) => b - a)[0] ?? [];
  return ({ tcpStream }: DecodedPacket): SignalSample["connection"] =>
    data !== undefined && mptcpOf.get(tcpStream) === data ? "data" : "control";
}

const BURST_MS = 100;

function burstsOf(
  packets: readonly DecodedPacket[],
  isVm3: (address: string) => boolean,
  connectionOf: (packet: DecodedPacket) => SignalSample["connection"],
  epochUnixMs: number,
): BurstSample[] {
  const bursts = new Map<string, { path: string; startMs: number; endMs: number; bytes: number }>();
  for (const packet of packets) {
    const { source, unixMs, payloadBytes } = packet;
    if (payloadBytes === 0 || isVm3(source) || connectionOf(packet) !== "data") continue;
    const tMs = unixMs - epochUnixMs;
    const path = pathOf(packet, false);
    const key = `${path} ${Math.floor(tMs / BURST_MS)}`;
    const burst = bursts.get(key);
    if (burst === undefined) bursts.set(key, { path, startMs: tMs, endMs: tMs, bytes: payloadBytes });
    else {
      burst.endMs = Math.max(burst.endMs, tMs);
      burst.bytes += payloadBytes;
    }
  }
  return [...bursts.values()].sort((a, b) => a.startMs - b.startMs);
}
