import type { Cell } from "../experiment/plan.js";
import type { Walk } from "../experiment/schema.js";
import type { AcceleratorVerdict } from "../guest/accelerator.js";
import type { GuestImage } from "../guest/image.js";
import type { Ledger } from "../host/ledger.js";
import { configureStack } from "./network/device.js";
import { shapingOf, type Shaper } from "./network/shaper.js";
import { configureCellular, configureCloudletTcp, type Namespaces } from "./network/topology.js";

/** What the machines that run guests bring along for it. */
export interface Toolchain {
  /** As its files are found over there. */
  readonly image: GuestImage;
  readonly qemuVersion: string;
  readonly accelerator: AcceleratorVerdict;
  /** Where states of a booted, filled VM3 are kept; null: VM3 boots for every cell. */
  readonly stateDir: string | null;
  /** NBD server of VM3's disk on both cloudlets; left out: VM3 has none. */
  readonly diskSocket?: string;
}

interface LabParts {
  readonly ledger: Ledger;
  readonly namespaces: Namespaces;
  readonly shaper: Shaper;
  readonly toolchain: Toolchain;
  /** Reaches the machines again that were lost since the last cell; absent where they can't be. */
  readonly reach?: (signal: AbortSignal) => Promise<void>;
  /** Removes all that the ledger says was made. */
  readonly remove: () => Promise<unknown>;
}

/** The machines and links of one run: what all of its cells share. */
export class Lab {
  readonly ledger: Ledger;
  readonly namespaces: Namespaces;
  readonly shaper: Shaper;
  readonly toolchain: Toolchain;

  constructor(private readonly parts: LabParts) {
    ({
      ledger: this.ledger,
      namespaces: this.namespaces,
      shaper: this.shaper,
      toolchain: this.toolchain,
    } = parts);
  }

  /** Folder of the run's sockets, files and ledger; of the same name on every machine. */
  get dir(): string {
    return this.ledger.dir;
  }

  /** Why nothing crosses its links any more, or undefined. */
  obstacle(): string | undefined {
    return this.shaper.guest?.qmp.isOpen === false ? "the guest that shapes the links has died" : undefined;
  }

  /** @throws Failure (environment) for a machine that can't be reached any more. */
  async reach(signal: AbortSignal): Promise<void> {
    await this.parts.reach?.(signal);
  }

  /** Shapes all links and sets TCP up on the cloudlets and the device. */
  async configure(cell: Pick<Cell, "wan" | "access" | "profile"> & { readonly walk?: Walk }): Promise<void> {
    const { profile, walk } = cell;
    await this.shapeWan(cell);
    for (const link of ["br1", "br2"] as const) {
      // The access links are no part of what the thesis varied: always with room for their own product.
      const shaping = shapingOf(cell.access, { ...profile.link, ...accessLink });
      await this.shaper.shape(link, shaping, profile.link.offloads.value);
    }
    if (walk?.cellular !== undefined) {
      const shaping = shapingOf(walk.cellular, { ...profile.link, ...accessLink });
      await this.shaper.shape("cellular", shaping, profile.link.offloads.value);
      await configureCellular(this.namespaces);
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
  async release(): Promise<void> {
    await this.shaper.guest?.release();
  }

  async remove(): Promise<void> {
    await this.release();
    await this.parts.remove();
  }
}

const accessLink = {
  limitPackets: { value: "fit", source: "access link" },
  delaySide: { value: "both", source: "access link" },
} as const;
