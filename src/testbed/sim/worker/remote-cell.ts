import type { Worker } from "node:worker_threads";
import type { Flow } from "../../../experiment/schema.js";
import type { InterfaceState, LinkMeasurement, MigrationOutcome } from "../../../record/schema.js";
import type { CellSession, Observation } from "../../contract.js";
import { deviceNetworks } from "../walk/networks.js";
import type { Reply, Request, StepArguments, StepName, StepResult } from "./protocol.js";

/** A simulated cell in a worker thread. */
export class RemoteCell implements CellSession {
  private simulatedMs = 0;
  /** A step is under way; a worker that is given back in the middle of one can't be used again. */
  private busy = false;
  private disposed = false;

  constructor(
    private readonly worker: Worker,
    readonly startedAt: string,
    private readonly signal: AbortSignal,
    private readonly giveBack: (usable: boolean) => void,
  ) {}

  readonly networks = deviceNetworks((move) => this.step("moveDevice", move));

  nowMs(): number {
    return this.simulatedMs;
  }

  async wait(ms: number): Promise<void> {
    await this.step("wait", ms);
  }

  observeRtt(flow: Flow, ms: number): Promise<void> {
    return this.step("observeRtt", flow, ms);
  }

  observeThroughput(flow: Flow, ms: number): Promise<void> {
    return this.step("observeThroughput", flow, ms);
  }

  measureLink(): Promise<LinkMeasurement> {
    return this.step("measureLink");
  }

  startProbes(): Promise<void> {
    return this.step("startProbes");
  }

  detachDevice(): Promise<void> {
    return this.step("detachDevice");
  }

  attachDevice(): Promise<void> {
    return this.step("attachDevice");
  }

  adoptNextAddress(): Promise<string> {
    return this.step("adoptNextAddress");
  }

  migrate(): Promise<MigrationOutcome> {
    return this.step("migrate");
  }

  completeHandover(): Promise<void> {
    return this.step("completeHandover");
  }

  interfaces(): Promise<InterfaceState[]> {
    return this.step("interfaces");
  }

  finish(): Promise<Observation> {
    return this.step("finish");
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.disposed) this.giveBack(!this.busy);
    this.disposed = true;
    return Promise.resolve();
  }

  /**
   * Sends one request and waits for its reply.
   *
   * @throws the signal's reason once it is aborted, or what went wrong in the worker.
   */
  async request(request: Request): Promise<unknown> {
    this.signal.throwIfAborted();
    const { worker, signal } = this;
    this.busy = true;
    // A worker at work keeps the process alive; an idle one doesn't.
    worker.ref();
    const settled = new AbortController();
    try {
      return await new Promise((resolve, reject) => {
        const fail = (error: unknown): void => {
          reject(error instanceof Error ? error : new Error(String(error)));
        };
        const onMessage = (reply: Reply): void => {
          this.busy = false;
          if (reply.type === "failed") fail(reply.error);
          else {
            this.simulatedMs = reply.nowMs;
            resolve(reply.result);
          }
        };
        const onExit = (code: number): void => {
          fail(new Error(`the simulation's worker ended with code ${code}`));
        };
        worker.on("message", onMessage).on("error", fail).on("exit", onExit);
        settled.signal.addEventListener("abort", () => {
          worker.off("message", onMessage).off("error", fail).off("exit", onExit);
        });
        signal.addEventListener(
          "abort",
          () => {
            fail(signal.reason);
          },
          { signal: settled.signal },
        );
        worker.postMessage(request);
      });
    } finally {
      settled.abort();
      worker.unref();
    }
  }

  private async step<N extends StepName>(name: N, ...given: StepArguments<N>): Promise<StepResult<N>> {
    return (await this.request({ type: "step", name, arguments: given })) as StepResult<N>;
  }
}
