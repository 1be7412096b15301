import { join } from "node:path";
import type { Cell } from "../experiment/plan.js";
import type { Guest } from "../guest/guest.js";
import type { Provenance } from "../record/schema.js";
import type { CellSession, OpenOptions, Session } from "../testbed/contract.js";
import { calibrateWan } from "./network/calibration.js";
import { LabCell } from "./cell.js";
import { attachFirst, clearDevice } from "./network/device.js";
import type { Lab } from "./lab.js";
import { labProvenance } from "./provenance.js";
import { startDestination, startService, startVm3, vm3Options } from "./vm3/vm3.js";
import { removeVm3Taps } from "./network/topology.js";

/** A lab with cells carried out on it one after another. */
export class LabSession implements Session {
  private cells = 0;

  constructor(
    private readonly lab: Lab,
    private readonly options: OpenOptions,
  ) {}

  provenance(): Promise<Provenance> {
    return labProvenance(this.lab);
  }

  async begin(cell: Cell, signal: AbortSignal): Promise<CellSession> {
    await this.lab.reach(signal);
    const { namespaces } = this.lab;
    const name = `vm3-${++this.cells}`;
    const guests: Guest[] = [];
    const release = async () => {
      await Promise.all(guests.map((guest) => guest.end()));
      await Promise.all(guests.map(({ host, dir }) => host.files.remove(dir)));
      await removeVm3Taps(namespaces.vm1);
      await removeVm3Taps(namespaces.vm2);
      await clearDevice(namespaces.vm4);
    };
    try {
      const vm3 = vm3Options(this.lab, cell.guest, { signal, note: this.options.note });
      const migrates = cell.scenario === "handover";
      const source =
        migrates || cell.workload.flows.includes("device")
          ? await startVm3(namespaces, `${name}-source`, vm3)
          : undefined;
      if (source !== undefined) guests.push(source);
      const destination = migrates
        ? await startDestination(namespaces, "vm2", `${name}-destination`, vm3)
        : undefined;
      if (destination !== undefined) guests.push(destination);
      await this.lab.configure(cell);
      await calibrateWan(this.lab, cell, signal);
      if (source !== undefined) await startService(await source.agent(60_000, signal), cell.profile.tcp);
      await attachFirst(namespaces.vm4);
      const kept = this.options.capturePackets === true;
      const file = join(this.lab.dir, `${cell.id}.pcap`);
      // Where the device alone moves, its packets are the measurement, whether the record keeps them or not.
      const capture = kept || cell.scenario === "device-handover" ? { file, kept } : undefined;
      return await LabCell.begin(this.lab, cell, { source, destination }, signal, release, capture);
    } catch (error) {
      await release();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab.remove();
  }
}
