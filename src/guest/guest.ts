import { mkdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Failure } from "../failure.js";
import { endProcess, identifyProcess, isAlive, type ProcessIdentity } from "../host/live-process.js";
import type { Namespace } from "../host/namespace.js";
import type { StartDaemon } from "../host/process.js";
import { GuestAgent } from "./agent.js";
import { agentSocket, qemuCommand, qemuLog, qmpSocket, type QemuOptions } from "./qemu.js";
import { Qmp } from "./qmp.js";

/** What another process needs to take a running guest over. */
export const guestHandleSchema = z.strictObject({ dir: z.string(), pid: z.int(), startTicks: z.int() });
export type GuestHandle = z.infer<typeof guestHandleSchema>;

/** One QEMU process with its control sockets. */
export class Guest {
  private agentLink: GuestAgent | undefined;

  private constructor(
    readonly dir: string,
    readonly process: ProcessIdentity,
    readonly qmp: Qmp,
  ) {}

  /** Starts QEMU in a namespace and waits until it answers on QMP, not until the guest has booted. */
  static async start(namespace: Namespace, startDaemon: StartDaemon, options: QemuOptions): Promise<Guest> {
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    const pid = await startDaemon(namespace.command(qemuCommand(options)), qemuLog(options.dir));
    const identity = await identifyProcess(pid);
    if (identity === undefined) throw await startFailure(options);
    const deadline = performance.now() + 10_000;
    for (;;) {
      try {
        return new Guest(options.dir, identity, await Qmp.connect(qmpSocket(options.dir)));
      } catch (cause) {
        if (!(await isAlive(identity))) throw await startFailure(options);
        if (performance.now() > deadline) {
          await endProcess(identity);
          throw new Failure(`QEMU did not open its control socket within 10 s`, {
            kind: "environment",
            place: options.name,
            cause,
          });
        }
        await sleep(10);
      }
    }
  }

  /** Takes over a guest that another process started. */
  static async attach({ dir, pid, startTicks }: GuestHandle): Promise<Guest> {
    return new Guest(dir, { pid, startTicks }, await Qmp.connect(qmpSocket(dir)));
  }

  get handle(): GuestHandle {
    return { dir: this.dir, ...this.process };
  }

  /** The agent inside, once it answers. */
  async agent(timeoutMs = 60_000, signal?: AbortSignal): Promise<GuestAgent> {
    this.agentLink ??= await GuestAgent.connect(agentSocket(this.dir), timeoutMs, signal);
    return this.agentLink;
  }

  isAlive(): Promise<boolean> {
    return isAlive(this.process);
  }

  /** Lets go of the sockets; QEMU goes on. */
  release(): void {
    this.agentLink?.close();
    this.agentLink = undefined;
    this.qmp.close();
  }

  /** Ends QEMU, politely first. The guest has nothing to save. */
  async end(): Promise<void> {
    this.release();
    await endProcess(this.process);
  }
}

async function startFailure(options: QemuOptions): Promise<Failure> {
  const log = await readFile(qemuLog(options.dir), "utf8").catch(() => "");
  const lastWords = log.trim().split("\n").slice(-2).join(" / ");
  return new Failure(`QEMU did not start: ${lastWords === "" ? "it said nothing" : lastWords}`, {
    kind: "environment",
    place: options.name,
  });
}
