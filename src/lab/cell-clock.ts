import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.js";
import type { ClockReading, Host } from "../host/host.js";
import { monotonicMs } from "../host/wall-clock.js";
import type { MachineClocks } from "../record/schema.js";

/** A step of a wall clock larger than this makes a cell's time stamps disagree by more than the probe's interval allows. */
const STEP_TOLERANCE_MS = 5;

/** How long to wait for something, and what to say when it does not come. */
interface Patience {
  readonly everyMs: number;
  readonly patienceMs: number;
  readonly otherwise: string;
}

/** The machines whose programs put times to what they see. */
const stamping = ["vm1", "vm2", "vm4"] as const;
export type StampingMachine = (typeof stamping)[number];
type Hosts = Readonly<Record<StampingMachine, Host>>;

/**
 * Time within one cell: the harness's monotonic clock, which every machine's wall clock is held against. The
 * machines of `netns` share one; those of other testbeds differ, by an offset that is measured and recorded.
 */
export class CellClock {
  private constructor(
    private readonly startMs: number,
    private readonly hosts: Hosts,
    private readonly readings: ReadonlyMap<Host, ClockReading>,
    private readonly signal: AbortSignal,
  ) {}

  static async start(hosts: Hosts, signal: AbortSignal): Promise<CellClock> {
    const readings = await readClocks(hosts);
    return new CellClock(monotonicMs(), hosts, readings, signal);
  }

  get startedAt(): string {
    return new Date(this.epochUnixMs("vm4")).toISOString();
  }

  /** A machine's wall clock at `nowMs() === 0`. */
  epochUnixMs(machine: StampingMachine): number {
    return this.startMs + this.reading(machine).offsetMs;
  }

  nowMs(): number {
    return monotonicMs() - this.startMs;
  }

  /** @throws the signal's reason once it is aborted. */
  async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal }).catch(() => undefined);
    this.signal.throwIfAborted();
  }

  /**
   * Asks every `everyMs` until there is an answer.
   *
   * @throws Failure (cell) that says `otherwise` when there is none within `patienceMs`; the signal's reason once
   *   it is aborted.
   */
  async until<T>(ask: () => Promise<T | undefined> | T | undefined, wait: Patience): Promise<T> {
    const deadlineMs = this.nowMs() + wait.patienceMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (this.nowMs() > deadlineMs) throw new Failure(wait.otherwise, { kind: "cell" });
      await this.wait(wait.everyMs);
    }
  }

  /**
   * Does something and waits for its effect, and does it again every `againMs`: for what goes into a signal that nobody
   * repeats when it is lost, as MPTCP's REMOVE_ADDR (RFC 8684, 3.4.2).
   *
   * @throws as `until`.
   */
  async insist(
    act: () => Promise<void>,
    hasWorked: () => Promise<boolean>,
    wait: Patience & { readonly againMs: number },
  ): Promise<void> {
    let actedMs = -Infinity;
    await this.until(async () => {
      if (this.nowMs() - actedMs > wait.againMs) {
        await act();
        actedMs = this.nowMs();
      }
      return (await hasWorked()) ? true : undefined;
    }, wait);
  }

  /**
   * Reads the clocks a second time, at the end of a cell: how far each may be from the observer's (VM4), drift
   * since the start included. undefined where all machines share one clock.
   *
   * @throws Failure (cell) when a wall clock was stepped since the cell began.
   */
  async finish(): Promise<MachineClocks | undefined> {
    const again = await readClocks(this.hosts);
    for (const [host, { offsetMs, boundMs }] of again) {
      const before = this.readings.get(host);
      if (before === undefined) continue;
      const stepMs = offsetMs - before.offsetMs;
      if (Math.abs(stepMs) > STEP_TOLERANCE_MS + boundMs + before.boundMs) throw stepped(host, stepMs);
    }
    if (again.size === 1) return undefined;
    const of = (machine: StampingMachine) => {
      const [before, after] = [this.reading(machine), again.get(this.hosts[machine])];
      const driftMs = after === undefined ? 0 : after.offsetMs - before.offsetMs;
      return { offsetMs: before.offsetMs, boundMs: before.boundMs + Math.abs(driftMs) };
    };
    const observer = of("vm4");
    const beside = (machine: StampingMachine) => {
      const { offsetMs, boundMs } = of(machine);
      return { offsetMs: offsetMs - observer.offsetMs, boundMs: boundMs + observer.boundMs };
    };
    return { vm1: beside("vm1"), vm2: beside("vm2") };
  }

  private reading(machine: StampingMachine): ClockReading {
    const reading = this.readings.get(this.hosts[machine]);
    if (reading === undefined) throw new Error(`${machine}'s clock was not read`);
    return reading;
  }
}

/** Each host once, however many machines are on it. */
async function readClocks(hosts: Hosts): Promise<Map<Host, ClockReading>> {
  const each = new Set(stamping.map((machine) => hosts[machine]));
  return new Map(await Promise.all([...each].map(async (host) => [host, await host.readClock()] as const)));
}

function stepped(host: Host, stepMs: number): Failure {
  return new Failure(`the clock of ${host.name} was stepped by ${stepMs.toFixed(0)} ms during the cell`, {
    kind: "cell",
    mend: "stop whatever sets the clock (ntpd, chronyd, VM tools) for the time of the run, then run the cell again",
  });
}
