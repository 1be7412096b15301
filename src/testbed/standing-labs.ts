import type { Cell, LinkParameters } from "../experiment/plan.js";
import type { CommandLine } from "../host/process.js";
import type { Terminal } from "../host/terminal.js";
import type { InterfaceState, LinkMeasurement, MigrationOutcome, Provenance } from "../record/schema.js";
import type { MigrationSample } from "../record/series.js";
import type { CellSession, OpenOptions } from "./contract.js";

/**
 * The part of a testbed for a person who works step by step: labs that stay up between commands, each of
 * them one cell's machines. A testbed without real machines has none.
 */
export interface StandingLabs {
  /**
   * Brings the machines up as the cell says, VM3 and the device on cloudlet 1 (Table 4.5). The lab is the
   * caller's until it is disposed of, and stands from then on; when this fails, nothing is left.
   */
  up(cell: Cell, options: OpenOptions): Promise<StandingLab>;
  /** Whatever this testbed has made on this machine that is still there, runs included. */
  list(): Promise<LabListing[]>;
  /** Folder on this machine that is there as long as a lab is, or any of it. */
  folderOf(id: string): string;
  /** What a lab was brought up for, its WAN as last shaped. */
  cellOf(id: string): Promise<Cell>;
  /** A look at a lab without taking it from whoever works on it. */
  describe(id: string): Promise<LabDescription>;
  /**
   * Runs a command on one of a lab's machines, beside whatever else goes on there.
   * @returns its exit code.
   */
  execute(id: string, machine: LabMachine, command: CommandLine, io: ExecuteOptions): Promise<number>;
  /** Takes a standing lab over, for this process alone, until it is disposed of. */
  attach(id: string, options: Pick<OpenOptions, "signal" | "note">): Promise<StandingLab>;
  /**
   * Removes all that a lab or an abandoned run has made, and nothing else.
   *
   * @returns what is forgotten without being removed, with how to remove it by hand; none unless asked to forget.
   * @throws Failure (environment) while a live process works on it, or for a machine that does not answer.
   */
  remove(id: string, options?: RemoveOptions): Promise<readonly string[]>;
  /** Removes what nobody will go on with: of a process that ended without clearing up, of a VM3 that has died. Says so. */
  removeLeftovers(note: OpenOptions["note"]): Promise<void>;
}

export interface RemoveOptions {
  /** Gives up what is on machines that do not answer. */
  readonly forget?: boolean;
}

export const labMachines = ["vm1", "vm2", "vm3", "vm4", "host"] as const;
/** The cloudlets, the migrating VM, the device, and the Linux host whose bridges join them (Fig. 4.1). */
export type LabMachine = (typeof labMachines)[number];

export type CloudletNumber = 1 | 2;

export interface ExecuteOptions {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** A lab that this process works on. Disposing of it lets go of it; its machines stay up. */
export interface StandingLab extends AsyncDisposable {
  readonly id: string;
  /** What is in force: the cell it was brought up with, its WAN as last shaped. */
  readonly cell: Cell;
  describe(): Promise<LabDescription>;
  /** Shapes the link between the cloudlets by the cell's profile, then measures it. It must be idle. */
  shape(wan: LinkParameters): Promise<LinkMeasurement>;
  /** Migrates VM3, and nothing else, to the cloudlet where it is not. When that fails, it runs on where it is. */
  migrate(report: (sample: MigrationSample) => void): Promise<MigrationOutcome>;
  /** A scenario's cell on these machines; they must be as `up` left them. Disposing of it leaves them up. */
  begin(signal: AbortSignal): Promise<CellSession>;
}

export interface LabListing {
  readonly id: string;
  /** `lab`: brought up by `cloudlet up`. `run`: anything else, e.g. the machines of `cloudlet run`. */
  readonly kind: "lab" | "run";
  readonly state: LabState;
}

export type LabState =
  | { readonly name: "standing" }
  /** A live process works on it. */
  | { readonly name: "driven"; readonly pid: number; readonly command: string }
  /** Nobody will go on with it; it can only be removed. */
  | { readonly name: "abandoned"; readonly reason: string };

export interface LabDescription {
  readonly id: string;
  readonly testbed: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly experiment: string;
  readonly profile: string;
  readonly wan: LinkParameters;
  readonly access: LinkParameters;
  readonly guest: Cell["guest"];
  readonly accelerator: Provenance["accelerator"];
  readonly shaper: Provenance["shaper"];
  readonly vm3: { readonly cloudlet: CloudletNumber; readonly pid: number };
  /** Where the device is attached; null between the cloudlets. */
  readonly device: { readonly cloudlet: CloudletNumber | null };
  readonly machines: readonly MachineDescription[];
  /** As the thesis tabulates them (Tables 4.5 to 4.8); VM3's are absent while it can't be asked. */
  readonly interfaces: readonly InterfaceState[];
  /** Queueing disciplines of the link between the cloudlets, by direction; null while they can't be asked for. */
  readonly qdiscs: Readonly<Record<string, unknown>> | null;
}

export interface MachineDescription {
  readonly name: LabMachine;
  readonly role: string;
  /** Interface and address, e.g. `eth1 134.117.64.1/24`. */
  readonly addresses: readonly string[];
}
