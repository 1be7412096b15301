import type { Walk } from "../experiment/schema.js";
import type { MptcpSignal, SignalSample } from "../record/series.js";
import type { LocatedSignal, Signalling } from "./mptcp-signals.js";

/** What the device's kernel counted meanwhile (nstat), and which counters it has at all. */
export interface Counted {
  readonly growth: Readonly<Record<string, number>>;
  readonly has: (counter: string) => boolean;
}

/**
 * What is wrong with the signals of a walk, one line each: those of thesis Figs 3.6 and 3.8 that are missing, those of
 * a failure that are there, and those that the kernel counted otherwise.
 */
export function signalFindings(walk: Walk, signalling: Signalling, counted: Counted): string[] {
  return [...missing(walk, signalling), ...failures(signalling), ...miscounted(signalling, counted)];
}

interface Expectation {
  readonly signal: MptcpSignal;
  readonly sender: SignalSample["sender"];
  /** Every signal that counts has it in its detail. */
  readonly detail?: string;
  readonly because: string;
}

/** RFC 8684 in the thesis's order. What these cells have no occasion for, ADD_ADDR above all, is not in here. */
function expectations({ mode, gapS, cellular }: Walk): Expectation[] {
  const device = "device";
  return [
    { signal: "MP_CAPABLE", sender: device, detail: "SYN", because: "a connection was opened" },
    { signal: "MP_CAPABLE", sender: "vm3", detail: "SYN/ACK", because: "VM3 speaks MPTCP" },
    { signal: "MP_JOIN", sender: device, detail: "SYN", because: "the device came to another network" },
    { signal: "MP_JOIN", sender: "vm3", detail: "SYN/ACK", because: "VM3 took the subflow" },
    ...(mode === "backup" && (gapS < 0 || cellular !== undefined)
      ? [{ signal: "MP_JOIN", sender: device, detail: "backup", because: "a subflow stood by" } as const]
      : []),
    ...(mode === "backup" && gapS < 0
      ? [
          {
            signal: "MP_PRIO",
            sender: device,
            detail: "regular",
            because: "it was put to regular use",
          } as const,
        ]
      : []),
    // Alone, the one path that could carry it is gone.
    ...(mode === "single-path"
      ? []
      : [{ signal: "REMOVE_ADDR", sender: device, because: "the first address was gone" } as const]),
  ];
}

function missing(walk: Walk, { signals, counts }: Signalling): string[] {
  const absent = expectations(walk).filter(
    ({ signal, sender, detail = "" }) =>
      !signals.some(
        (found) => found.signal === signal && found.sender === sender && found.detail.includes(detail),
      ),
  );
  return [
    ...absent.map(
      ({ signal, sender, detail, because }) =>
        `the capture has no ${signal}${detail === undefined ? "" : ` ${detail}`} from ${sender}, although ${because}`,
    ),
    ...(["DSS", "DATA_ACK"] as const)
      .filter((option) => counts[option] === 0)
      .map((option) => `the capture has no ${option}, although data flowed`),
  ];
}

function failures({ counts }: Signalling): string[] {
  return counts.MP_FAIL === 0 ? [] : [`the capture has ${counts.MP_FAIL} MP_FAIL: a mapping was broken`];
}

/** How a counter of net/mptcp/mib.c stands to what the capture shows. */
interface Counter {
  readonly name: string;
  readonly signal: MptcpSignal;
  readonly sender: SignalSample["sender"];
  readonly step?: "SYN" | "SYN/ACK";
  /** `subflows`: it counts each once, however often its SYN was sent. */
  readonly counts: "packets" | "subflows";
  /** What it counts may have been sent to an interface that was down, which no capture sees. */
  readonly mayExceed?: true;
}

/** Not MPFastcloseRx: VM3's MP_FASTCLOSE answers the device's DATA_FIN, and finds its socket closed. */
const counters: readonly Counter[] = [
  ...(
    [
      { name: "MPTcpExtMPCapableSYNTX", signal: "MP_CAPABLE", sender: "device", step: "SYN" },
      { name: "MPTcpExtMPCapableSYNACKRX", signal: "MP_CAPABLE", sender: "vm3", step: "SYN/ACK" },
      { name: "MPTcpExtMPJoinSynTx", signal: "MP_JOIN", sender: "device", step: "SYN" },
      { name: "MPTcpExtMPJoinSynAckRx", signal: "MP_JOIN", sender: "vm3", step: "SYN/ACK" },
    ] as const
  ).map((counter) => ({ ...counter, counts: "subflows" }) as const),
  ...(
    [
      { name: "MPTcpExtRmAddrTx", signal: "REMOVE_ADDR", sender: "device", mayExceed: true },
      { name: "MPTcpExtRmAddr", signal: "REMOVE_ADDR", sender: "vm3" },
      { name: "MPTcpExtMPPrioTx", signal: "MP_PRIO", sender: "device" },
      { name: "MPTcpExtMPPrioRx", signal: "MP_PRIO", sender: "vm3" },
      { name: "MPTcpExtAddAddr", signal: "ADD_ADDR", sender: "vm3" },
      { name: "MPTcpExtMPFailTx", signal: "MP_FAIL", sender: "device" },
      { name: "MPTcpExtMPFailRx", signal: "MP_FAIL", sender: "vm3" },
      { name: "MPTcpExtMPFastcloseTx", signal: "MP_FASTCLOSE", sender: "device", mayExceed: true },
    ] as const
  ).map((counter) => ({ ...counter, counts: "packets" }) as const),
];

function miscounted({ signals }: Signalling, { growth, has }: Counted): string[] {
  return counters
    .filter(({ name }) => has(name))
    .flatMap((counter) => {
      const captured = occurrences(signals, counter);
      const kernel = growth[counter.name] ?? 0;
      if (captured === kernel || (counter.mayExceed === true && captured < kernel)) return [];
      const what = `${counter.signal}${counter.step === undefined ? "" : ` ${counter.step}`}`;
      return [
        `the capture has ${captured} ${what} from ${counter.sender}, the kernel's ${counter.name} counted ${kernel}`,
      ];
    });
}

function occurrences(signals: readonly LocatedSignal[], { signal, sender, step, counts }: Counter): number {
  const found = signals.filter(
    (each) =>
      each.signal === signal &&
      each.sender === sender &&
      (step === undefined || each.detail.replace(" backup", "") === step),
  );
  return counts === "packets" ? found.length : new Set(found.map(({ tcpStream }) => tcpStream)).size;
}
