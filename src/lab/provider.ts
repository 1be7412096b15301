import type { Ledger } from "../host/ledger.js";
import type { OpenOptions } from "../testbed/contract.js";
import type { Lab } from "./lab.js";
import type { Namespaces } from "./network/topology.js";
import type { RemoveOptions } from "../testbed/standing-labs.js";
import type { LabFile } from "./standing/lab-file.js";

/** Makes the machines and links of labs: what differs between the testbeds of real machines. */
export interface LabProvider {
  /** The testbed's name. */
  readonly testbed: string;
  /** Where its runs keep their ledgers on this machine. */
  readonly runsDir: string;
  /**
   * Makes machines and links. When this fails, nothing is left.
   *
   * @throws Failure (environment) naming the first thing that is missing.
   */
  create(options: OpenOptions): Promise<Lab>;
  /** Takes over the machines of a lab that another process created. */
  attach(file: LabFile): Promise<Lab>;
  /** The machines of a lab, to look at and to run commands on, beside whoever works on it. */
  machines(id: string): Promise<Namespaces>;
  /**
   * Removes all that a run's ledger says it made, and nothing else. Safe to repeat.
   *
   * @returns what is forgotten without being removed, in words.
   */
  remove(ledger: Ledger, options?: RemoveOptions): Promise<readonly string[]>;
}
