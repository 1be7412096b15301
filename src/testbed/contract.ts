import type { Cell } from "../experiment/plan.js";
import type { Share } from "../host/claims.js";
import type { Flow } from "../experiment/schema.js";
import type {
  AccessNetwork,
  CellEvidence,
  InterfaceState,
  LinkMeasurement,
  MigrationOutcome,
  Provenance,
} from "../record/schema.js";
import type { CapturedPackets } from "../record/packet-capture.js";
import type { RawSeries } from "../record/series.js";
import type { StandingLabs } from "./standing-labs.js";

/**
 * What a testbed must be able to do. `run` drives it through one scenario and knows nothing else of
 * it; nothing after the record knows which one it was.
 *
 * Each folder `src/testbed/<name>/` with an `index.ts` that exports `testbed` is found by itself.
 */
export interface Testbed {
  readonly name: string;
  /** How far to trust it. A simulation says so on everything that it writes. */
  readonly kind: "simulation" | "emulation";
  /** One sentence for help and doctor. */
  readonly summary: string;
  /**
   * How many cells of one session may be in progress at once; 1 where cells share the machine and would
   * disturb each other. Without it: 1.
   */
  readonly concurrency?: number;
  /** Whether it has packets to capture. Without it: none. */
  readonly packetCapture?: boolean;
  /** What these cells take of this machine; absent where any number of runs go side by side. */
  share?(cells: readonly Cell[]): Share;
  /** Which machines it works on, where there is a choice; absent where there is none. */
  readonly machines?: MachineChoice;
  /** What it needs on this machine, what is there, and the command that mends the rest. */
  requirements(signal?: AbortSignal): Promise<Requirement[]>;
  /** Installs and builds what it needs on this machine; absent where it needs nothing. */
  setUp?(options: SetUpOptions): Promise<void>;
  /** Why it can't carry this cell, or undefined. Asked before anything starts. */
  refuse(cell: Cell): Refusal | undefined;
  /** Labs that stay up between commands; absent where there are no machines to work on. */
  readonly labs?: StandingLabs;
  /** Provisions what all cells share. Disposing of the session removes all that it made. */
  open(options: OpenOptions): Promise<Session>;
}

/** A testbed that works on machines of the user's choosing. */
export interface MachineChoice {
  /** Name of the machines file that it takes by itself. */
  readonly usual: string;
  /**
   * The testbed on the machines that a file describes, by its path or its name in experiments/machines.
   *
   * @throws Failure (usage) that lists every mistake of the file with its place.
   */
  choose(nameOrPath: string): Promise<Testbed>;
}

export interface Requirement {
  readonly name: string;
  readonly state: "ok" | "missing" | "degraded" | "unknown";
  /** What was found. */
  readonly detail: string;
  /** The exact command that mends it. */
  readonly mend?: string;
}

export interface SetUpOptions {
  /** Build again what is there already. */
  readonly rebuild: boolean;
  readonly signal: AbortSignal;
  /** One line about what is going on. */
  readonly note: (message: string) => void;
}

export interface Refusal {
  /** Which key of the cell is at fault, e.g. `wan.bandwidthMbit`. */
  readonly key: string;
  readonly message: string;
  readonly mend: string;
}

export interface OpenOptions {
  /** Names everything that the session makes; two sessions never share one. */
  readonly runId: string;
  readonly seed: number;
  /** Captures the device's packets in every cell; only of a testbed with `packetCapture`. */
  readonly capturePackets?: boolean;
  readonly signal: AbortSignal;
  /** One line about what is going on, for the progress display. */
  readonly note: (message: string) => void;
}

export interface Session extends AsyncDisposable {
  provenance(): Promise<Provenance>;
  /** Brings VM3 up on cloudlet 1 and the device beside it, links shaped as the cell says. */
  begin(cell: Cell, signal: AbortSignal): Promise<CellSession>;
}

/**
 * One cell in progress. Time is the observer's: the device VM4, which does not migrate. A simulation
 * answers with simulated time, and `wait` advances it. Once the signal given to `begin` is aborted,
 * every method in progress rejects with the signal's reason.
 */
export interface CellSession extends AsyncDisposable {
  /** Milliseconds on the observer's monotonic clock since the cell began. */
  nowMs(): number;
  /** Wall-clock time of `nowMs() === 0`, ISO 8601. */
  readonly startedAt: string;
  wait(ms: number): Promise<void>;

  /** Measures RTT and rate of the link between the cloudlets, with nothing else on it. */
  measureLink(): Promise<LinkMeasurement>;

  /**
   * Starts every probe that lasts as long as the cell: the workload's flows (`device` opens the MPTCP
   * connection), ping, the dual-address probe, QMP polling.
   */
  startProbes(): Promise<void>;

  /** Pings along a flow's path for so long, with nothing else on it: `device` VM4 to VM3, `cloudlets` VM2 to VM1. */
  observeRtt(flow: Flow, ms: number): Promise<void>;
  /** Runs one iperf flow for so long, with nothing else on its path. */
  observeThroughput(flow: Flow, ms: number): Promise<void>;

  /** The device leaves cloudlet 1: its interface goes down. Thesis slot B begins. */
  detachDevice(): Promise<void>;
  /** The device comes up on cloudlet 2 with its address there, and joins over the WAN. Slot C begins. */
  attachDevice(): Promise<void>;
  /**
   * VM3 notices the device's new source network, takes the next odd address on its second interface
   * and advertises it (thesis 3.2.1). Resolves with that address.
   */
  adoptNextAddress(): Promise<string>;
  /** Migrates VM3 to cloudlet 2 and waits for the end, good or bad. Never throws for a failed migration. */
  migrate(): Promise<MigrationOutcome>;
  /** Waits until the connection continues on the new address, then takes the old interface down. */
  completeHandover(): Promise<void>;

  /** Interfaces of VM3 and VM4 as the thesis tabulates them (Tables 4.5 to 4.8). */
  interfaces(): Promise<InterfaceState[]>;

  /** The device's moves between networks; absent where the testbed refuses cells in which it makes any. */
  readonly networks?: DeviceNetworks;

  /** Stops the probes and hands over everything observed. */
  finish(): Promise<Observation>;
}

/** What the device does to its interfaces, and tells MPTCP of them, as it moves (thesis 3.3). It begins in `wifi1`. */
export interface DeviceNetworks {
  /** Its interface there comes up with its address. No subflow uses it yet. */
  enter(network: AccessNetwork): Promise<void>;
  /** Its interface there goes down, and the address with it. MPTCP is told nothing. */
  leave(network: AccessNetwork): Promise<void>;
  /** Opens a subflow from there and waits until it is established. */
  join(network: AccessNetwork, priority: SubflowPriority): Promise<void>;
  /** Takes the subflow from there off the connection, and waits until VM3 has heard of it (REMOVE_ADDR) on another one. */
  withdraw(network: AccessNetwork): Promise<void>;
  /** Takes it off where no other subflow is left to tell VM3 on. */
  abandon(network: AccessNetwork): Promise<void>;
  /** Changes what the subflow from there is for (MP_PRIO). */
  prioritise(network: AccessNetwork, priority: SubflowPriority): Promise<void>;
}

/** RFC 8684, 3.3.8: a backup subflow carries data only while there is no regular one. */
export type SubflowPriority = "regular" | "backup";

/** Everything that a cell left behind, before any metric. */
export interface Observation {
  readonly series: RawSeries;
  readonly events: readonly { tMs: number; source: string; name: string; detail?: Record<string, unknown> }[];
  readonly evidence: CellEvidence;
  /**
   * Where they were asked for and the cell had probes to start. The files are the session's until the record has
   * taken them.
   */
  readonly captures?: readonly CapturedPackets[];
}
