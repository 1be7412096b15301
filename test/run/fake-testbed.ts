import type { Cell } from "../../src/experiment/plan.js";
import type { Flow } from "../../src/experiment/schema.js";
import type {
  InterfaceState,
  LinkMeasurement,
  MigrationOutcome,
  MptcpEvidence,
  Provenance,
} from "../../src/record/schema.js";
import type { WaitingClock } from "../../src/run/clock.js";
import { expectedLink } from "../../src/run/attestation.js";
import { interfaceTables, type TableNumber } from "../../src/run/scenario/interface-tables.js";
import type {
  CellSession,
  DeviceNetworks,
  Observation,
  Requirement,
  Refusal,
  Session,
  Testbed,
} from "../../src/testbed/contract.js";
import { noSeries } from "../../src/record/series.js";

type Method =
  | Exclude<keyof CellSession, "nowMs" | "startedAt" | "networks" | typeof Symbol.asyncDispose>
  | keyof DeviceNetworks;

/** How a fake cell departs from one in which all goes well. */
export interface Misbehaviour {
  readonly migration?: Partial<MigrationOutcome>;
  readonly link?: (call: number) => Partial<Pick<LinkMeasurement, "rateBps">> & { readonly rttMs?: number };
  readonly mptcp?: Partial<MptcpEvidence>;
  /** Bytes of the device's iperf intervals of 100 ms after its subflow has joined. */
  readonly slotEBytes?: readonly number[];
  readonly tables?: Partial<Record<TableNumber, InterfaceState[]>>;
  readonly nextAddress?: string;
  /** Called as each method begins; it may throw, or abort. */
  readonly during?: (method: Method | "begin" | "dispose", cell: Cell) => void;
}

/** Time in which nothing happens unless the fake testbed makes it pass. */
export class VirtualClock implements WaitingClock {
  ms = 0;
  now = (): string => new Date(Date.UTC(2026, 0, 1) + this.ms).toISOString();
  monotonicMs = (): number => this.ms;
  wait = (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    this.ms += ms;
    return Promise.resolve();
  };
}

/** How long each step of the fake testbed takes, ms. */
export const durations = {
  begin: 2000,
  measureLink: 500,
  migrate: 8000,
  completeHandover: 700,
  interfaces: 40,
} as const;

/** A testbed in memory. It writes down what it was asked, and what of it is still there. */
export class FakeTestbed implements Testbed {
  readonly name = "fake";
  readonly kind = "emulation";
  readonly summary = "A testbed in memory.";
  readonly calls: string[] = [];
  /** Sessions and cells that nobody has disposed of. */
  readonly alive = new Set<string>();
  /** How many cells it can take at once. */
  concurrency = 1;
  needs: Requirement[] = [];
  refusal: Refusal | undefined;

  constructor(
    readonly clock: VirtualClock,
    readonly misbehave: (cell: Cell) => Misbehaviour = () => ({}),
  ) {}

  requirements(): Promise<Requirement[]> {
    return Promise.resolve(this.needs);
  }

  refuse(): Refusal | undefined {
    return this.refusal;
  }

  open(): Promise<Session> {
    this.alive.add("session");
    return Promise.resolve({
      provenance: () => Promise.resolve(provenance),
      begin: (cell, signal) => {
        const misbehaviour = this.misbehave(cell);
        misbehaviour.during?.("begin", cell);
        this.clock.ms += durations.begin;
        this.alive.add(cell.id);
        return Promise.resolve(new FakeCell(this, cell, misbehaviour, signal));
      },
      [Symbol.asyncDispose]: () => {
        this.alive.delete("session");
        return Promise.resolve();
      },
    });
  }
}

export const provenance: Provenance = {
  versions: { node: "v20.0.0" },
  machine: { cpu: "none", cores: 1, memoryMiB: 1 },
  accelerator: "tcg",
  shaper: "host",
  detail: {},
};

class FakeCell implements CellSession {
  readonly startedAt: string;
  readonly #startMs: number;
  #linkCalls = 0;
  #tableCalls = 0;

  constructor(
    private readonly testbed: FakeTestbed,
    private readonly cell: Cell,
    private readonly misbehaviour: Misbehaviour,
    private readonly signal: AbortSignal,
  ) {
    this.startedAt = testbed.clock.now();
    this.#startMs = testbed.clock.ms;
  }

  nowMs(): number {
    return this.testbed.clock.ms - this.#startMs;
  }

  wait(ms: number): Promise<void> {
    return this.#act("wait", () => {
      this.testbed.clock.ms += ms;
    });
  }

  measureLink(): Promise<LinkMeasurement> {
    return this.#act("measureLink", () => {
      this.testbed.clock.ms += durations.measureLink;
      const expected = expectedLink(this.cell);
      const { rttMs = expected.rttMs ?? 0.4, rateBps = expected.rateBps ?? 1e9 } =
        this.misbehaviour.link?.(this.#linkCalls++) ?? {};
      return {
        atMs: this.nowMs(),
        rtt: {
          medianMs: rttMs,
          meanMs: rttMs,
          minMs: rttMs,
          maxMs: rttMs,
          deviationMs: 0,
          sent: 10,
          received: 10,
        },
        rateBps,
        method: "none",
        qdiscs: {},
        offloads: {},
        congestionControl: {},
      };
    });
  }

  startProbes(): Promise<void> {
    return this.#act("startProbes", () => undefined);
  }

  observeRtt(_flow: Flow, ms: number): Promise<void> {
    return this.#act("observeRtt", () => {
      this.testbed.clock.ms += ms;
    });
  }

  observeThroughput(_flow: Flow, ms: number): Promise<void> {
    return this.#act("observeThroughput", () => {
      this.testbed.clock.ms += ms;
    });
  }

  detachDevice(): Promise<void> {
    return this.#act("detachDevice", () => undefined);
  }

  attachDevice(): Promise<void> {
    return this.#act("attachDevice", () => undefined);
  }

  adoptNextAddress(): Promise<string> {
    return this.#act("adoptNextAddress", () => this.misbehaviour.nextAddress ?? "10.1.2.19");
  }

  migrate(): Promise<MigrationOutcome> {
    return this.#act("migrate", () => {
      const commandStartMs = this.nowMs();
      this.testbed.clock.ms += durations.migrate;
      return {
        status: "completed",
        reason: null,
        commandStartMs,
        commandEndMs: this.nowMs(),
        totalTimeMs: durations.migrate,
        downtimeMs: 40,
        setupTimeMs: 1,
        transferredBytes: 1,
        normalBytes: 1,
        duplicatePages: 1,
        dirtySyncCount: 3,
        pageSizeBytes: 4096,
        stopMs: null,
        resumeMs: null,
        ...this.misbehaviour.migration,
      };
    });
  }

  completeHandover(): Promise<void> {
    return this.#act("completeHandover", () => {
      this.testbed.clock.ms += durations.completeHandover;
    });
  }

  interfaces(): Promise<InterfaceState[]> {
    return this.#act("interfaces", () => {
      this.testbed.clock.ms += durations.interfaces;
      const number = (["4.5", "4.6", "4.7", "4.8"] as const)[this.#tableCalls++] ?? "4.8";
      return this.misbehaviour.tables?.[number] ?? interfaceTables[number];
    });
  }

  readonly networks: DeviceNetworks = {
    enter: (network) => this.#act("enter", () => undefined, network),
    leave: (network) => this.#act("leave", () => undefined, network),
    join: (network, priority) => this.#act("join", () => undefined, network, priority),
    withdraw: (network) => this.#act("withdraw", () => undefined, network),
    abandon: (network) => this.#act("abandon", () => undefined, network),
    prioritise: (network, priority) => this.#act("prioritise", () => undefined, network, priority),
  };

  finish(): Promise<Observation> {
    return this.#act("finish", () => ({
      series: {
        ...noSeries,
        ping: [{ address: "old", sequence: 1, sentMs: 1, rttMs: 2 }],
        iperf: (this.misbehaviour.slotEBytes ?? []).map((bytes, index) => ({
          flow: "device" as const,
          startMs: 100 * (index + 1),
          endMs: 100 * (index + 2),
          bytes,
          retransmits: 0,
        })),
      },
      events: [
        { tMs: 1, source: "harness", name: "probes-started" },
        { tMs: 100, source: "device", name: "subflow-joined" },
        { tMs: 10_000, source: "harness", name: "probes-stopped" },
      ],
      evidence: {
        mptcp: { tokenBefore: "1", tokenAfter: "1", counters: {}, findings: [], ...this.misbehaviour.mptcp },
        addresses: { old: "10.1.1.15", next: "10.1.2.19" },
        oneWayDelayMs: { deviceToCloudlet1: 11, cloudlet1ToDevice: 11, access: 1 },
      },
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.testbed.alive.delete(this.cell.id);
    await Promise.resolve();
    this.misbehaviour.during?.("dispose", this.cell);
  }

  async #act<T>(method: Method, work: () => T, ...words: string[]): Promise<T> {
    this.testbed.calls.push([method, ...words].join(" "));
    await Promise.resolve();
    this.misbehaviour.during?.(method, this.cell);
    this.signal.throwIfAborted();
    return work();
  }
}
