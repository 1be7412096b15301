import { Failure } from "../../failure.js";
import type { Cell } from "../../experiment/plan.js";
import { GuestAgent } from "../../guest/agent.js";
import { Guest, type GuestHandle } from "../../guest/guest.js";
import { agentSocket } from "../../guest/qemu.js";
import { Ledger, runIds } from "../../host/ledger.js";
import { commandOf } from "../../host/live-process.js";
import type { CommandLine } from "../../host/process.js";
import type { OpenOptions } from "../../testbed/contract.js";
import type {
  ExecuteOptions,
  LabDescription,
  LabListing,
  LabMachine,
  RemoveOptions,
  StandingLab,
  StandingLabs,
} from "../../testbed/standing-labs.js";
import { describeLab } from "./lab-description.js";
import { readLabFile, type LabFile } from "./lab-file.js";
import { Shaper } from "../network/shaper.js";
import type { Host } from "../../host/host.js";
import type { LabProvider } from "../provider.js";
import type { Namespaces } from "../network/topology.js";
import { LabInHand } from "./standing-lab.js";

/** How long a guest agent may take that nobody else is talking to. */
const AGENT_PATIENCE_MS = 5000;

/** The labs on this machine, as its ledgers tell of them. */
export class Labs implements StandingLabs {
  constructor(private readonly provider: LabProvider) {}

  up(cell: Cell, options: OpenOptions): Promise<StandingLab> {
    return LabInHand.up(this.provider, cell, options);
  }

  async list(): Promise<LabListing[]> {
    const ids = await runIds(this.provider.runsDir);
    return Promise.all(ids.map((id) => this.listing(id)));
  }

  folderOf(id: string): string {
    return this.ledger(id).dir;
  }

  async cellOf(id: string): Promise<Cell> {
    return (await demandLab(this.ledger(id))).cell;
  }

  async describe(id: string): Promise<LabDescription> {
    const file = await demandLab(this.ledger(id));
    const namespaces = await this.provider.machines(id);
    // Whoever works on the lab is talking to its guests, which listen to one client at a time.
    if ((await this.ledger(id).driver()) !== undefined) {
      return describeLab(file, { namespaces, vm3: undefined, shaper: undefined });
    }
    const vm3 = await vm3Agent(file, namespaces).catch(() => undefined);
    const shapingGuest = await answeringGuest(namespaces.host.host, file.shapingGuest);
    try {
      const shaper =
        file.shapingGuest === null
          ? Shaper.hostPorts(namespaces)
          : shapingGuest && (await Shaper.guestPorts(namespaces, shapingGuest));
      return await describeLab(file, { namespaces, vm3: vm3?.agent, shaper });
    } finally {
      await vm3?.close();
      await shapingGuest?.release();
    }
  }

  async execute(
    id: string,
    machine: LabMachine,
    command: CommandLine,
    { terminal, signal }: ExecuteOptions,
  ): Promise<number> {
    const file = await demandLab(this.ledger(id));
    const namespaces = await this.provider.machines(id);
    if (machine !== "vm3") {
      const namespace = namespaces[machine];
      return terminal.lend(namespace.host.onTerminal(namespace.command(command)));
    }
    const { agent, close } = await vm3Agent(file, namespaces, signal);
    try {
      const { exitCode, stdout, stderr, truncated } = await agent.run(await inVm3(agent, command), {
        signal,
      });
      terminal.stdout.write(stdout);
      terminal.stderr.write(stderr);
      if (truncated) {
        throw new Failure("VM3's guest agent kept only the first 16 MiB of the output", {
          kind: "environment",
          place: id,
          mend: "write it to a file in VM3 and read that in parts",
        });
      }
      return exitCode;
    } finally {
      await close();
    }
  }

  async attach(id: string, options: Pick<OpenOptions, "signal" | "note">): Promise<StandingLab> {
    const ledger = this.ledger(id);
    await ledger.takeOver();
    try {
      // Only now: whoever had the lab until a moment ago may have migrated VM3.
      const file = await demandLab(ledger);
      return await LabInHand.attach(this.provider, file, options);
    } catch (error) {
      await ledger.disown();
      if (error instanceof Failure) throw error;
      throw new Failure("one of the lab's guests can't be reached any more", {
        kind: "environment",
        place: id,
        mend: `cloudlet down ${id}, then cloudlet up`,
        cause: error,
      });
    }
  }

  async remove(id: string, options?: RemoveOptions): Promise<readonly string[]> {
    const ledger = this.ledger(id);
    await ledger.takeOver();
    return this.provider.remove(ledger, options);
  }

  async removeLeftovers(note: OpenOptions["note"]): Promise<void> {
    for (const id of await runIds(this.provider.runsDir)) {
      if (!(await this.isLeftover(this.ledger(id)))) continue;
      try {
        await this.remove(id);
        note(`removed what ${id} had left behind`);
      } catch (error) {
        // It stands in nobody's way, and is named again next time.
        if (!(error instanceof Failure)) throw error;
        note(`${id} has left something behind: ${error.line}; then: cloudlet down ${id}`);
      }
    }
  }

  /** For certain: what has neither an owner nor a lab file may have been begun a moment ago. */
  private async isLeftover(ledger: Ledger): Promise<boolean> {
    const { owners } = await ledger.read();
    if (owners.length > 0) return (await ledger.driver()) === undefined;
    const file = await readLabFile(ledger.dir);
    return file !== undefined && (await this.vm3IsAlive(file)) === false;
  }

  private ledger(id: string): Ledger {
    return new Ledger(id, this.provider.runsDir);
  }

  private async listing(id: string): Promise<LabListing> {
    const ledger = this.ledger(id);
    const [driver, { owners }, file] = [
      await ledger.driver(),
      await ledger.read(),
      await readLabFile(ledger.dir),
    ];
    const kind = file === undefined ? "run" : "lab";
    if (driver !== undefined) {
      const command = (await commandOf(driver.pid)) ?? "";
      return { id, kind, state: { name: "driven", pid: driver.pid, command } };
    }
    const lastOwner = owners.at(-1);
    if (lastOwner !== undefined) {
      return abandoned(id, kind, `process ${lastOwner.pid} ended without clearing up`);
    }
    if (file === undefined) return abandoned(id, kind, "it holds no whole lab");
    switch (await this.vm3IsAlive(file)) {
      case true:
        return { id, kind, state: { name: "standing" } };
      case false:
        return abandoned(id, kind, "the QEMU that ran VM3 has ended");
      case undefined:
        return abandoned(id, kind, "the machine that runs VM3 can't be reached");
    }
  }

  /** undefined: its machine can't be reached. */
  private async vm3IsAlive({ id, vm3 }: LabFile): Promise<boolean | undefined> {
    try {
      return await (await this.provider.machines(id))[vm3.place].host.isAlive(vm3.guest);
    } catch {
      return undefined;
    }
  }
}

const abandoned = (id: string, kind: LabListing["kind"], reason: string): LabListing => ({
  id,
  kind,
  state: { name: "abandoned", reason },
});

async function demandLab({ runId: id, dir }: Ledger): Promise<LabFile> {
  const file = await readLabFile(dir);
  if (file !== undefined) return file;
  throw new Failure(`there is no lab ${id}`, { kind: "usage", mend: "see: cloudlet status" });
}

/** VM3's agent beside whoever works on the lab. */
async function vm3Agent(
  { id, vm3: { place, guest } }: LabFile,
  namespaces: Namespaces,
  signal?: AbortSignal,
) {
  const socket = await namespaces[place].host.socket(agentSocket(guest.dir));
  try {
    const agent = await GuestAgent.connect(socket.path, AGENT_PATIENCE_MS, signal);
    return {
      agent,
      close: async () => {
        agent.close();
        await socket.close();
      },
    };
  } catch (cause) {
    await socket.close();
    signal?.throwIfAborted();
    throw new Failure("VM3's guest agent does not answer", {
      kind: "environment",
      place: id,
      mend: "it serves one at a time: wait until no other command works on the lab or runs in VM3",
      cause,
    });
  }
}

/** A guest whose agent is free to answer, or undefined. */
async function answeringGuest(host: Host, handle: GuestHandle | null): Promise<Guest | undefined> {
  const guest = handle === null ? undefined : await Guest.attach(host, handle).catch(() => undefined);
  try {
    await guest?.agent(AGENT_PATIENCE_MS);
    return guest;
  } catch {
    await guest?.release();
    return undefined;
  }
}

/** VM3 has few programs of its own; busybox stands in for the rest. */
async function inVm3(agent: GuestAgent, [file, ...args]: CommandLine): Promise<CommandLine> {
  const { exitCode } = await agent.run(["busybox", "which", file]);
  return exitCode === 0 ? [file, ...args] : ["busybox", file, ...args];
}
