import type { Walk } from "../../experiment/schema.js";
import type { MeasuredCell } from "../../metric/compute.js";
import { addressIn, wifiMoves } from "../../metric/walk.js";
import { type AccessNetwork, accessNetworkSchema } from "../../record/schema.js";
import type { BurstSample, SignalSample } from "../../record/series.js";
import type { SequenceDiagram, SequenceRow } from "./diagram.js";

const networkNames = { wifi1: "Wi-Fi 1", cellular: "3G/4G", wifi2: "Wi-Fi 2" } as const satisfies Record<
  AccessNetwork,
  string
>;

/** A signal that comes again on its path within this is drawn once; one that is sent again later has a row of its own. */
const REPEAT_MS = 500;

/** A longer pause of a subflow ends a stretch of its data. */
const PAUSE_MS = 500;

/** A walk's signals on its data connection, as the thesis draws them in Figs 3.6 and 3.8, with their times. */
export function walkSequence(cell: MeasuredCell, walk: Walk, thesis: string): SequenceDiagram {
  const { signal, burst } = cell.series;
  const networks = accessNetworkSchema.options.flatMap((network) => {
    const address = addressIn(cell, network);
    return address === undefined ? [] : [{ network, address }];
  });
  const vm3 = networks.length;
  const at = (path: string) => networks.findIndex(({ address }) => path.startsWith(`${address}>`));
  const originMs = signal.find(({ connection }) => connection === "data")?.tMs ?? 0;
  const seconds = (tMs: number) => (tMs - originMs) / 1000;

  // The handshake's key in the first data packet belongs to the data.
  const told = signal.filter(({ connection, detail }) => connection === "data" && detail !== "data");
  const messages = repeats(told).map(({ first: { tMs, sender, path, ...what }, lastMs, count }, index) => ({
    kind: "message" as const,
    timeS: seconds(tMs),
    from: sender === "device" ? at(path) : vm3,
    to: sender === "device" ? vm3 : at(path),
    step: index + 1,
    label: labelOf(what) + (count === 1 ? "" : `, ${count} times in ${Math.ceil(lastMs - tMs)} ms`),
  }));
  const data = stretches(burst).map(({ path, startMs, endMs, bytes }, index) => ({
    kind: "data" as const,
    timeS: seconds(startMs),
    endS: seconds(endMs),
    from: at(path),
    to: vm3,
    label: `${letter(index)}  data, ${((endMs - startMs) / 1000).toFixed(2)} s, ${(bytes / 1e6).toFixed(1)} MB`,
  }));
  const moves = wifiMoves(cell).map(({ tMs, network, left }) => ({
    kind: "event" as const,
    timeS: seconds(tMs),
    at: networks.findIndex((each) => each.network === network),
    label: `${networkNames[network]} ${left ? "lost" : "entered"}`,
  }));
  // Series are written to the microsecond; what happens in the same one was set off by the move.
  const microsecond = ({ timeS }: SequenceRow) => Math.round(timeS * 1e6);
  const rows: SequenceRow[] = [...moves, ...messages, ...data];
  rows.sort((a, b) => microsecond(a) - microsecond(b));
  const address = signal[0]?.path.split(">")[1] ?? "";
  return {
    kind: "sequence",
    thesis,
    title: `${modeNames[walk.mode]} mode, ${gapInWords(walk)}`,
    lifelines: [
      ...networks.map(({ network, address: own }) => [`MD, ${networkNames[network]}`, own]),
      ["VM", address],
    ],
    rows,
    notes: [
      `Signals of the flow's connection as they passed the device, and the payload that each subflow carried; time since the first SYN, rows not to scale. Cell ${cell.record.id}.`,
      ...(cell.record.status === "ok" ? [] : [`NOT ATTESTED: ${cell.record.reasons.join("; ")}.`]),
    ],
  };
}

const modeNames = { full: "Full-MPTCP", backup: "Backup", "single-path": "Single-path" } as const;

const gapInWords = ({ gapS, cellular }: Walk): string =>
  (gapS < 0 ? `networks overlap for ${-gapS} s` : `${gapS} s without Wi-Fi`) +
  (cellular === undefined ? "" : ", 3G/4G beside it");

function labelOf({ signal, detail }: Pick<SignalSample, "signal" | "detail">): string {
  if (signal === "MP_CAPABLE" || signal === "MP_JOIN") {
    const [step = "", backup] = detail.split(" ");
    return `${step} + ${signal}${backup === undefined ? "" : ` (${backup})`}`;
  }
  return detail === "" ? signal : `${signal} (${detail})`;
}

/** A, B, C, … as the thesis names stretches of data. */
const letter = (index: number): string => String.fromCharCode("A".charCodeAt(0) + (index % 26));

interface Repeated {
  readonly first: SignalSample;
  lastMs: number;
  count: number;
}

/** Signals that say the same on the same path shortly after each other, as one: an end of the connection is said with every packet. */
function repeats(signals: readonly SignalSample[]): Repeated[] {
  const found: Repeated[] = [];
  for (const sample of signals) {
    const same = found.findLast(({ first }) => sameWords(first, sample));
    if (same === undefined || sample.tMs - same.lastMs > REPEAT_MS) {
      found.push({ first: sample, lastMs: sample.tMs, count: 1 });
    } else {
      same.lastMs = sample.tMs;
      same.count++;
    }
  }
  return found;
}

const sameWords = (a: SignalSample, b: SignalSample): boolean =>
  a.path === b.path && a.sender === b.sender && a.signal === b.signal && a.detail === b.detail;

/** Bursts of a subflow that follow each other closely, as one. */
function stretches(bursts: readonly BurstSample[]): BurstSample[] {
  const found: { -readonly [Key in keyof BurstSample]: BurstSample[Key] }[] = [];
  for (const burst of bursts) {
    const last = found.findLast(({ path }) => path === burst.path);
    if (last === undefined || burst.startMs - last.endMs > PAUSE_MS) found.push({ ...burst });
    else {
      last.endMs = burst.endMs;
      last.bytes += burst.bytes;
    }
  }
  return found;
}
