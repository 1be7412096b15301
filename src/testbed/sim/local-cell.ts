import type { Flow } from "../../experiment/schema.js";
import type { InterfaceState, LinkMeasurement, MigrationOutcome } from "../../record/schema.js";
import type { CellSession, Observation } from "../contract.js";
import type { CellSimulation } from "./cell-simulation.js";
import { deviceNetworks } from "./walk/networks.js";

/** A simulated cell in this thread. Each step is carried out whole before its promise resolves. */
export class LocalCell implements CellSession {
  constructor(
    private readonly simulation: CellSimulation,
    readonly startedAt: string,
    private readonly signal: AbortSignal,
  ) {}

  readonly networks = deviceNetworks((move) =>
    this.step((simulation) => {
      simulation.moveDevice(move);
    }),
  );

  nowMs(): number {
    return this.simulation.nowMs();
  }

  wait(ms: number): Promise<void> {
    return this.step((simulation) => {
      simulation.wait(ms);
    });
  }

  measureLink(): Promise<LinkMeasurement> {
    return this.step((simulation) => simulation.measureLink());
  }

  startProbes(): Promise<void> {
    return this.step((simulation) => {
      simulation.startProbes();
    });
  }

  observeRtt(flow: Flow, ms: number): Promise<void> {
    return this.step((simulation) => {
      simulation.observeRtt(flow, ms);
    });
  }

  observeThroughput(flow: Flow, ms: number): Promise<void> {
    return this.step((simulation) => {
      simulation.observeThroughput(flow, ms);
    });
  }

  detachDevice(): Promise<void> {
    return this.step((simulation) => {
      simulation.detachDevice();
    });
  }

  attachDevice(): Promise<void> {
    return this.step((simulation) => {
      simulation.attachDevice();
    });
  }

  adoptNextAddress(): Promise<string> {
    return this.step((simulation) => simulation.adoptNextAddress());
  }

  migrate(): Promise<MigrationOutcome> {
    return this.step((simulation) => simulation.migrate());
  }

  completeHandover(): Promise<void> {
    return this.step((simulation) => {
      simulation.completeHandover();
    });
  }

  interfaces(): Promise<InterfaceState[]> {
    return this.step((simulation) => simulation.interfaces());
  }

  finish(): Promise<Observation> {
    return this.step((simulation) => simulation.finish());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** Gives way to the event loop first, so that a signal is heard between steps. */
  private async step<T>(work: (simulation: CellSimulation) => T): Promise<T> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.signal.throwIfAborted();
    return work(this.simulation);
  }
}
