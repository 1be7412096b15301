import { rm } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { Cell } from "../../experiment/plan.js";
import type { Guest } from "../../guest/guest.js";
import { exec } from "../../host/process.js";
import type { Provenance } from "../../record/schema.js";
import type { CellSession, OpenOptions, Session } from "../contract.js";
import { calibrateWan } from "./calibration.js";
import { NetnsCell } from "./cell.js";
import { attachFirst, clearDevice } from "./device.js";
import { Lab } from "./lab.js";
import { toolVersions, type Machine } from "./machine.js";
import { startDestination, startService, startVm3, vm3Options } from "./vm3.js";
import { removeVm3Taps } from "./topology.js";

/** A lab with cells carried out on it one after another. */
export class NetnsSession implements Session {
  private cells = 0;

  private constructor(
    private readonly lab: Lab,
    private readonly machine: Machine,
    private readonly options: OpenOptions,
  ) {}

  static async open(machine: Machine, options: OpenOptions): Promise<NetnsSession> {
    const lab = await Lab.create({ ...machine, ...options });
    return new NetnsSession(lab, machine, options);
  }

  async provenance(): Promise<Provenance> {
    const processors = cpus();
    return {
      versions: await toolVersions(exec),
      machine: {
        cpu: processors[0]?.model ?? "unknown",
        cores: processors.length,
        memoryMiB: Math.round(totalmem() / 2 ** 20),
      },
      accelerator: this.lab.accelerator.accelerator,
      shaper: this.lab.shaper.kind,
      detail: {
        accelerator: this.lab.accelerator.reason,
        guestKernel: this.machine.image.kernelVersion,
        guestImage: this.machine.image.digest,
        guestPackages: this.machine.image.packages,
      },
    };
  }

  async begin(cell: Cell, signal: AbortSignal): Promise<CellSession> {
    const { namespaces } = this.lab;
    const name = `vm3-${++this.cells}`;
    const guests: Guest[] = [];
    const release = async () => {
      await Promise.all(guests.map((guest) => guest.end()));
      await Promise.all(guests.map((guest) => rm(guest.dir, { recursive: true, force: true })));
      await removeVm3Taps(namespaces.vm1);
      await removeVm3Taps(namespaces.vm2);
      await clearDevice(namespaces.vm4);
    };
    try {
      const vm3 = vm3Options(this.lab, this.machine, cell.guest, { signal, note: this.options.note });
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
      const captureFile =
        this.options.capturePackets === true ? join(this.lab.dir, `${cell.id}.pcap`) : undefined;
      return new NetnsCell(this.lab, cell, { source, destination }, signal, release, captureFile);
    } catch (error) {
      await release();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab.remove();
  }
}
