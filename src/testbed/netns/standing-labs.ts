import { Failure } from "../../failure.js";
import type { Cell } from "../../experiment/plan.js";
import { GuestAgent } from "../../guest/agent.js";
import { Guest, type GuestHandle } from "../../guest/guest.js";
import { agentSocket } from "../../guest/qemu.js";
import { Ledger, RUNS_DIR, runIds } from "../../host/ledger.js";
import { commandOf, isAlive } from "../../host/live-process.js";
import type { CommandLine, Exec } from "../../host/process.js";
import type { OpenOptions } from "../contract.js";
import type {
  ExecuteOptions,
  LabDescription,
  LabListing,
  LabMachine,
  StandingLab,
  StandingLabs,
} from "../standing-labs.js";
import { namespacesOf } from "./lab.js";
import { describeLab } from "./lab-description.js";
import { readLabFile, type LabFile } from "./lab-file.js";
import { inspectMachine } from "./machine.js";
import { removeRun } from "./removal.js";
import { Shaper } from "./shaper.js";
import { NetnsStandingLab } from "./standing-lab.js";

/** How long a guest agent may take that nobody else is talking to. */
const AGENT_PATIENCE_MS = 5000;

/** The labs on this machine, as its ledgers tell of them. */
export class NetnsLabs implements StandingLabs {
  constructor(
    private readonly exec: Exec,
    private readonly runsDir = RUNS_DIR,
  ) {}

  async up(cell: Cell, options: OpenOptions): Promise<StandingLab> {
    return NetnsStandingLab.up(await inspectMachine(this.exec), cell, options);
  }

  async list(): Promise<LabListing[]> {
    const ids = await runIds(this.runsDir);
    return Promise.all(ids.map((id) => listing(this.ledger(id))));
  }

  async describe(id: string): Promise<LabDescription> {
    const file = await demandLab(this.ledger(id));
    const namespaces = namespacesOf(id);
    // Whoever works on the lab is talking to its guests, which listen to one client at a time.
    if ((await this.ledger(id).driver()) !== undefined) {
      return describeLab(file, { namespaces, vm3: undefined, shaper: undefined });
    }
    const vm3 = await vm3Agent(file).catch(() => undefined);
    const shapingGuest = await answeringGuest(file.shapingGuest);
    try {
      const shaper =
        file.shapingGuest === null
          ? Shaper.hostPorts(namespaces)
          : shapingGuest && (await Shaper.guestPorts(namespaces, shapingGuest));
      return await describeLab(file, { namespaces, vm3, shaper });
    } finally {
      vm3?.close();
      shapingGuest?.release();
    }
  }

  async execute(
    id: string,
    machine: LabMachine,
    command: CommandLine,
    { terminal, signal }: ExecuteOptions,
  ): Promise<number> {
    const file = await demandLab(this.ledger(id));
    if (machine !== "vm3") return terminal.lend(namespacesOf(id)[machine].command(command));
    const agent = await vm3Agent(file, signal);
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
      agent.close();
    }
  }

  async attach(id: string, options: Pick<OpenOptions, "signal" | "note">): Promise<StandingLab> {
    const ledger = this.ledger(id);
    await ledger.takeOver();
    try {
      // Only now: whoever had the lab until a moment ago may have migrated VM3.
      const file = await demandLab(ledger);
      return await NetnsStandingLab.attach(await inspectMachine(this.exec), file, options);
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

  async remove(id: string): Promise<void> {
    const ledger = this.ledger(id);
    await ledger.takeOver();
    await removeRun(ledger, this.exec);
  }

  private ledger(id: string): Ledger {
    return new Ledger(id, this.runsDir);
  }
}

async function listing(ledger: Ledger): Promise<LabListing> {
  const id = ledger.runId;
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
  if (!(await isAlive(file.vm3.guest))) return abandoned(id, kind, "the QEMU that ran VM3 has ended");
  return { id, kind, state: { name: "standing" } };
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

async function vm3Agent(file: LabFile, signal?: AbortSignal): Promise<GuestAgent> {
  try {
    return await GuestAgent.connect(agentSocket(file.vm3.guest.dir), AGENT_PATIENCE_MS, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Failure("VM3's guest agent does not answer", {
      kind: "environment",
      place: file.id,
      mend: "it serves one at a time: wait until no other command works on the lab or runs in VM3",
      cause,
    });
  }
}

/** A guest whose agent is free to answer, or undefined. */
async function answeringGuest(handle: GuestHandle | null): Promise<Guest | undefined> {
  const guest = handle === null ? undefined : await Guest.attach(handle).catch(() => undefined);
  try {
    await guest?.agent(AGENT_PATIENCE_MS);
    return guest;
  } catch {
    guest?.release();
    return undefined;
  }
}

/** VM3 has few programs of its own; busybox stands in for the rest. */
async function inVm3(agent: GuestAgent, [file, ...args]: CommandLine): Promise<CommandLine> {
  const { exitCode } = await agent.run(["busybox", "which", file]);
  return exitCode === 0 ? [file, ...args] : ["busybox", file, ...args];
}
