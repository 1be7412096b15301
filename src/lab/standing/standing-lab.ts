import { setTimeout as sleep } from "node:timers/promises";
import type { Cell, LinkParameters } from "../../experiment/plan.js";
import { Failure } from "../../failure.js";
import { Guest } from "../../guest/guest.js";
import { needsPerPageSync } from "../../guest/qemu.js";
import { settleDirtyBitmap } from "../../guest/saved-state.js";
import { readAnswer } from "../../host/answer.js";
import { migrationInfoSchema } from "../../probe/migration.js";
import type { LinkMeasurement, MigrationOutcome } from "../../record/schema.js";
import type { MigrationSample } from "../../record/series.js";
import type { CellSession, OpenOptions } from "../../testbed/contract.js";
import type { LabDescription, StandingLab } from "../../testbed/standing-labs.js";
import { calibrateWan } from "../network/calibration.js";
import { CellClock } from "../cell-clock.js";
import { LabCell } from "../cell.js";
import { attachFirst } from "../network/device.js";
import type { Lab } from "../lab.js";
import type { LabProvider } from "../provider.js";
import { describeLab } from "./lab-description.js";
import { writeLabFile, type LabFile } from "./lab-file.js";
import { otherPlace, type Place } from "../network/layout.js";
import { measureLink, measureLoad } from "../network/link-measurement.js";
import { MemoryWriter } from "../vm3/memory-writer.js";
import { migrateGuest } from "../vm3/migration.js";
import { hostsOf, removeVm3Taps } from "../network/topology.js";
import { startDestination, startService, startVm3, vm3Options } from "../vm3/vm3.js";

/** More than what ARP and a person's ping put on the link. */
const IDLE_BPS = 1e6;

/** A lab and the QEMU that runs VM3 in it, in the hands of this process. */
export class LabInHand implements StandingLab {
  private constructor(
    private readonly lab: Lab,
    private readonly options: Pick<OpenOptions, "signal" | "note">,
    private file: LabFile,
    private vm3: Guest,
  ) {}

  static async up(provider: LabProvider, cell: Cell, options: OpenOptions): Promise<LabInHand> {
    const { runId, signal, note } = options;
    const lab = await provider.create(options);
    try {
      note("starting VM3");
      const vm3 = await startVm3(lab.namespaces, "vm3-1", vm3Options(lab, cell.guest, options));
      try {
        note("shaping the links");
        await lab.configure(cell);
        await calibrateWan(lab, cell, signal);
        const agent = await vm3.agent(60_000, signal);
        await startService(agent, cell.profile.tcp);
        // For as long as the lab stands, whatever is done with it.
        if (cell.workload.writer !== undefined) await MemoryWriter.start(agent, cell.workload.writer);
        await attachFirst(lab.namespaces.vm4);
        signal.throwIfAborted();
        const file: LabFile = {
          schema: "cloudlet.lab/1",
          id: runId,
          testbed: provider.testbed,
          startedAt: new Date().toISOString(),
          cell: { ...cell, id: runId },
          accelerator: lab.toolchain.accelerator,
          shapingGuest: lab.shaper.guest?.handle ?? null,
          qemuVersion: lab.toolchain.qemuVersion,
          imageDigest: lab.toolchain.image.digest,
          vm3: { place: "vm1", guest: vm3.handle, generation: 1 },
        };
        await writeLabFile(lab.dir, file);
        return new LabInHand(lab, options, file, vm3);
      } catch (error) {
        await vm3.release();
        throw error;
      }
    } catch (error) {
      await lab.remove();
      throw error;
    }
  }

  /** Takes over what `file` says; the ledger must be this process's already. */
  static async attach(
    provider: LabProvider,
    file: LabFile,
    options: Pick<OpenOptions, "signal" | "note">,
  ): Promise<LabInHand> {
    const lab = await provider.attach(file);
    try {
      const { host } = lab.namespaces[file.vm3.place];
      return new LabInHand(lab, options, file, await Guest.attach(host, file.vm3.guest));
    } catch (error) {
      await lab.release();
      throw error;
    }
  }

  get id(): string {
    return this.file.id;
  }

  get cell(): Cell {
    return this.file.cell;
  }

  async describe(): Promise<LabDescription> {
    const { namespaces, shaper } = this.lab;
    return describeLab(this.file, { namespaces, shaper, vm3: await this.vm3.agent() });
  }

  async shape(wan: LinkParameters): Promise<LinkMeasurement> {
    const { signal, note } = this.options;
    await this.demandIdle();
    const cell = { ...this.cell, wan };
    note("shaping the link between the cloudlets");
    // Before the link changes: a file that promises more than there is would be worse than the reverse,
    // and what is really in force is measured and shown.
    await this.keep({ cell });
    await this.lab.shapeWan(cell);
    await calibrateWan(this.lab, cell, signal);
    note("measuring it");
    const startMs = performance.now();
    const measured = await measureLink(this.lab, wan, signal);
    return { atMs: performance.now() - startMs, ...measured };
  }

  async migrate(report: (sample: MigrationSample) => void): Promise<MigrationOutcome> {
    const { signal } = this.options;
    const to = otherPlace(this.file.vm3.place);
    const clock = await CellClock.start(hostsOf(this.lab.namespaces), signal);
    const destination = await this.startDestination(to, this.options);
    try {
      const observer = {
        nowMs: () => clock.nowMs(),
        epochUnixMs: (place: Place) => clock.epochUnixMs(place),
        sample: report,
        event: () => undefined,
        obstacle: () => this.lab.obstacle(),
      };
      return await migrateGuest(this.vm3, destination, to, this.cell, observer, signal);
    } finally {
      await this.keepWhicheverRuns(destination, to);
    }
  }

  async begin(signal: AbortSignal): Promise<CellSession> {
    const guests = { source: this.vm3 };
    if (this.cell.scenario !== "handover") {
      return LabCell.begin(this.lab, this.cell, guests, signal, () => Promise.resolve());
    }
    const destination = await this.startDestination("vm2", { ...this.options, signal });
    return LabCell.begin(this.lab, this.cell, { ...guests, destination }, signal, () =>
      this.keepWhicheverRuns(destination, "vm2"),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vm3.release();
    await this.lab.release();
    await this.lab.ledger.disown();
  }

  /** Shaping is calibrated and measured by what crosses the link, so nothing else may. */
  private async demandIdle(): Promise<void> {
    const loadBps = await measureLoad(this.lab.namespaces.vm2, this.options.signal);
    if (loadBps <= IDLE_BPS) return;
    throw new Failure(`the link between the cloudlets is in use (${(loadBps / 1e6).toFixed(1)} Mbit/s)`, {
      kind: "environment",
      place: this.id,
      mend: "stop what sends over it, then shape it again",
    });
  }

  private async startDestination(to: Place, options: Pick<OpenOptions, "signal" | "note">): Promise<Guest> {
    const { image, qemuVersion } = this.lab.toolchain;
    if (image.digest !== this.file.imageDigest || qemuVersion !== this.file.qemuVersion) {
      const changed = qemuVersion === this.file.qemuVersion ? "guest image" : "QEMU";
      throw new Failure(
        `VM3 can't migrate: the ${changed} of this machine has changed since it was started`,
        {
          kind: "environment",
          place: this.id,
          mend: `cloudlet down ${this.id}, then cloudlet up`,
        },
      );
    }
    const name = `vm3-${this.file.vm3.generation + 1}`;
    const vm3 = vm3Options(this.lab, this.cell.guest, options);
    try {
      return await startDestination(this.lab.namespaces, to, name, vm3);
    } catch (error) {
      await removeVm3Taps(this.lab.namespaces[to]);
      throw error;
    }
  }

  /** After a migration, however it ended: one QEMU has VM3 and stays, the other goes. */
  private async keepWhicheverRuns(destination: Guest, to: Place): Promise<void> {
    const { place, generation } = this.file.vm3;
    const arrived = await hasArrived(this.vm3, destination);
    const [stays, goes] = arrived ? [destination, this.vm3] : [this.vm3, destination];
    this.vm3 = stays;
    if (arrived) {
      await this.keep({ vm3: { place: to, guest: destination.handle, generation: generation + 1 } });
    }
    await goes.end();
    await goes.host.files.remove(goes.dir);
    await removeVm3Taps(this.lab.namespaces[arrived ? place : to]);
    // The next migration starts from this process, as the first one starts from that of a restored state.
    if (arrived && needsPerPageSync(this.qemu)) await settleDirtyBitmap(stays);
  }

  private get qemu() {
    const { accelerator, qemuVersion } = this.lab.toolchain;
    return { accelerator: accelerator.accelerator, qemuVersion };
  }

  private async keep(change: Partial<Pick<LabFile, "cell" | "vm3">>): Promise<void> {
    this.file = { ...this.file, ...change };
    await writeLabFile(this.lab.dir, this.file);
  }
}

const ENDED: readonly string[] = ["none", "completed", "failed", "cancelled"];

/** Whether VM3 runs at the destination, once the migration has ended; else it is made to run at the source. */
async function hasArrived(source: Guest, destination: Guest): Promise<boolean> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if ((await statusOf(destination)) === "running") return true;
    const { status } = readAnswer(migrationInfoSchema, await source.qmp.execute("query-migrate"), {
      kind: "environment",
      place: "query-migrate",
    });
    if (status !== "completed" && ENDED.includes(status)) break;
    await sleep(20);
  }
  if ((await statusOf(source)) !== "running") await source.qmp.execute("cont");
  return false;
}

/** RunState of qapi/run-state.json; undefined when QEMU has ended. */
async function statusOf(guest: Guest): Promise<string | undefined> {
  try {
    return ((await guest.qmp.execute("query-status")) as { status?: string }).status;
  } catch {
    return undefined;
  }
}
