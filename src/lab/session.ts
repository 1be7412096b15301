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
import type { LabProvider } from "./provider.js";
import { MemoryShortage } from "./memory-shortage.js";
import { MemoryWriter } from "./vm3/memory-writer.js";
import { startDestination, startService, startVm3, vm3Options } from "./vm3/vm3.js";
import { hostsOf, removeVm3Taps } from "./network/topology.js";

/** A lab with cells carried out on it one after another. */
export class LabSession implements Session {
  private cells = 0;

  private constructor(
    private readonly provider: LabProvider,
    private readonly options: OpenOptions,
    private lab: Lab,
  ) {}

  /** @throws Failure (environment) for what `provider` lacks; nothing is left then. */
  static async open(provider: LabProvider, options: OpenOptions): Promise<LabSession> {
    return new LabSession(provider, options, await provider.create(options));
  }

  provenance(): Promise<Provenance> {
    return labProvenance(this.lab);
  }

  async begin(cell: Cell, signal: AbortSignal): Promise<CellSession> {
    await this.demandWhole(signal);
    const { namespaces } = this.lab;
    const { workload } = cell;
    const name = `vm3-${++this.cells}`;
    const guests: Guest[] = [];
    const memory = await MemoryShortage.watch(hostsOf(namespaces));
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
        migrates || workload.flows.includes("device") || workload.writer !== undefined
          ? await startVm3(namespaces, `${name}-source`, vm3)
          : undefined;
      if (source !== undefined) guests.push(source);
      const destination = migrates
        ? await startDestination(namespaces, "vm2", `${name}-destination`, vm3)
        : undefined;
      if (destination !== undefined) guests.push(destination);
      await this.lab.configure(cell);
      await calibrateWan(this.lab, cell, signal);
      const agent = await source?.agent(60_000, signal);
      if (agent !== undefined) await startService(agent, cell.profile.tcp);
      await attachFirst(namespaces.vm4);
      const kept = this.options.capturePackets === true;
      const file = join(this.lab.dir, `${cell.id}.pcap`);
      // Where the device alone moves, its packets are the measurement, whether the record keeps them or not.
      const capture = kept || cell.scenario === "device-handover" ? { file, kept } : undefined;
      const writer = agent && workload.writer && (await MemoryWriter.start(agent, workload.writer));
      const used = { source, writer, destination };
      return await LabCell.begin(this.lab, cell, used, signal, release, capture);
    } catch (error) {
      await release();
      await memory.demandNone();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab.remove();
  }

  /** The guest that shapes the links takes them with it when it dies: one cell's trouble then, and not that of all others. */
  private async demandWhole(signal: AbortSignal): Promise<void> {
    const obstacle = this.lab.obstacle();
    if (obstacle === undefined) {
      await this.lab.reach(signal);
      return;
    }
    this.options.note(`${obstacle}: building the lab again`);
    await this.lab.remove();
    this.lab = await this.provider.create({ ...this.options, signal });
  }
}
