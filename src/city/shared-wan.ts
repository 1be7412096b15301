import type { Estimator, MigrationEstimate } from "../decision/estimator.js";
import type { Endless } from "../decision/pre-copy.js";

/** What a VM asks of a migration. */
export interface VirtualMachine {
  readonly memoryMiB: number;
  readonly dirtyMiBPerS: number;
  readonly workingSetMiB: number;
}

/** Migrations under way at the two ends of one. */
export interface WanLoad {
  /** At both ends together. */
  readonly others: number;
  /** At the busier end. */
  readonly sharing: number;
}

/**
 * The WAN between the cloudlets: each has one access of a given rate, and the migrations on it share it evenly. A migration has the
 * smaller of its shares at both ends.
 */
export class SharedWan {
  private readonly busy: Uint16Array;
  private readonly estimates = new Map<string, MigrationEstimate | Endless>();

  constructor(
    cloudlets: number,
    private readonly rateBps: number,
    private readonly estimate: Estimator,
  ) {
    this.busy = new Uint16Array(cloudlets);
  }

  occupy(from: number, to: number): void {
    this.busy[from] = (this.busy[from] ?? 0) + 1;
    this.busy[to] = (this.busy[to] ?? 0) + 1;
  }

  release(from: number, to: number): void {
    this.busy[from] = (this.busy[from] ?? 0) - 1;
    this.busy[to] = (this.busy[to] ?? 0) - 1;
  }

  load(from: number, to: number): WanLoad {
    const [source, destination] = [this.busy[from] ?? 0, this.busy[to] ?? 0];
    return { others: source + destination, sharing: Math.max(source, destination) };
  }

  /** What a migration under way takes as things stand, were it to go on like this from start to end. */
  underWay(vm: VirtualMachine, from: number, to: number, rttMs: number): MigrationEstimate | Endless {
    return this.among(Math.max(this.busy[from] ?? 0, this.busy[to] ?? 0), vm, rttMs);
  }

  /** The same of one that would join those under way. */
  ifStarted(vm: VirtualMachine, from: number, to: number, rttMs: number): MigrationEstimate | Endless {
    return this.among(Math.max(this.busy[from] ?? 0, this.busy[to] ?? 0) + 1, vm, rttMs);
  }

  private among(sharing: number, vm: VirtualMachine, rttMs: number): MigrationEstimate | Endless {
    const key = `${sharing} ${rttMs} ${vm.memoryMiB} ${vm.dirtyMiBPerS}`;
    const known = this.estimates.get(key);
    if (known !== undefined) return known;
    const found = this.estimate({ ...vm, rateBps: this.rateBps / sharing, rttMs });
    this.estimates.set(key, found);
    return found;
  }
}
