import type { Cell } from "../../experiment/plan.js";
import { chooseAccelerator, type AcceleratorVerdict } from "../../guest/accelerator.js";
import { Guest, type GuestHandle } from "../../guest/guest.js";
import type { GuestImage } from "../../guest/image.js";
import { Ledger } from "../../host/ledger.js";
import { Namespace } from "../../host/namespace.js";
import { exec, spawn, startDaemon } from "../../host/process.js";
import { configureStack } from "./device.js";
import { removeRun } from "./removal.js";
import { chooseShaper } from "./machine.js";
import { Shaper, shapingOf } from "./shaper.js";
import { configureMachines, configureCloudletTcp, type Namespaces } from "./topology.js";

/** What every guest of a run needs to know. */
export interface LabOptions {
  readonly runId: string;
  readonly image: GuestImage;
  readonly qemuVersion: string;
  readonly cacheDir: string;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
}

const machines = ["host", "vm1", "vm2", "vm4"] as const;

/** The machines and links of one run: what all of its cells share. */
export class Lab {
  private constructor(
    readonly ledger: Ledger,
    readonly namespaces: Namespaces,
    readonly shaper: Shaper,
    readonly accelerator: AcceleratorVerdict,
  ) {}

  get runId(): string {
    return this.ledger.runId;
  }

  get dir(): string {
    return this.ledger.dir;
  }

  static async create(options: LabOptions): Promise<Lab> {
    const ledger = new Ledger(options.runId);
    await ledger.open();
    try {
      const namespaces = namespacesOf(options.runId);
      for (const machine of machines) {
        options.signal.throwIfAborted();
        const namespace = namespaces[machine];
        await ledger.own(namespace.name);
        await namespace.create();
      }
      options.note("trying what this machine can do");
      const here = { ...options, dir: ledger.dir };
      const accelerator = await chooseAccelerator(namespaces.host, startDaemon, here);
      const shaper =
        (await chooseShaper((command) => namespaces.host.exec(command))) === "host"
          ? await Shaper.onHost(namespaces)
          : await Shaper.inGuest(namespaces, startDaemon, { ...here, accelerator: accelerator.accelerator });
      await configureMachines(namespaces);
      return new Lab(ledger, namespaces, shaper, accelerator);
    } catch (error) {
      await removeRun(ledger, exec);
      throw error;
    }
  }

  /** The machines and links that another process created. */
  static async attach(
    runId: string,
    accelerator: AcceleratorVerdict,
    shapingGuest: GuestHandle | undefined,
  ): Promise<Lab> {
    const namespaces = namespacesOf(runId);
    const labWith = (shaper: Shaper) => new Lab(new Ledger(runId), namespaces, shaper, accelerator);
    if (shapingGuest === undefined) return labWith(Shaper.hostPorts(namespaces));
    const guest = await Guest.attach(shapingGuest);
    try {
      return labWith(await Shaper.guestPorts(namespaces, guest));
    } catch (error) {
      guest.release();
      throw error;
    }
  }

  /** Shapes all links and sets TCP up on the cloudlets and the device. */
  async configure(cell: Pick<Cell, "wan" | "access" | "profile">): Promise<void> {
    const { profile } = cell;
    await this.shapeWan(cell);
    for (const link of ["br1", "br2"] as const) {
      // The access links are no part of what the thesis varied: always with room for their own product.
      const shaping = shapingOf(cell.access, { ...profile.link, ...accessLink });
      await this.shaper.shape(link, shaping, profile.link.offloads.value);
    }
    await Promise.all([
      ...(["vm1", "vm2"] as const).map((place) =>
        configureCloudletTcp(this.namespaces[place], place, profile.tcp),
      ),
      configureStack(this.namespaces.vm4, profile),
    ]);
  }

  async shapeWan({ wan, profile: { link } }: Pick<Cell, "wan" | "profile">): Promise<void> {
    await this.shaper.shape("wan", shapingOf(wan, link), link.offloads.value);
  }

  /** Lets go of the machines, which stay as they are. */
  release(): void {
    this.shaper.guest?.release();
  }

  async remove(): Promise<void> {
    this.release();
    await removeRun(this.ledger, exec);
  }
}

const accessLink = {
  limitPackets: { value: "fit", source: "access link" },
  delaySide: { value: "both", source: "access link" },
} as const;

export function namespacesOf(runId: string): Namespaces {
  const of = (machine: string) => new Namespace(`cloudlet-${runId}-${machine}`, exec, spawn);
  return { host: of("host"), vm1: of("vm1"), vm2: of("vm2"), vm4: of("vm4") };
}
