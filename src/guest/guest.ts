import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Failure } from "../failure.js";
import type { Host, SocketPath } from "../host/host.js";
import type { ProcessIdentity } from "../host/live-process.js";
import type { Namespace } from "../host/namespace.js";
import { GuestAgent } from "./agent.js";
import { agentSocket, consoleLog, qemuCommand, qemuLog, qmpSocket, type QemuOptions } from "./qemu.js";
import { Qmp } from "./qmp.js";

/** What another process needs to take a running guest over. */
export const guestHandleSchema = z.strictObject({ dir: z.string(), pid: z.int(), startTicks: z.int() });
export type GuestHandle = z.infer<typeof guestHandleSchema>;

/** One QEMU process with its control sockets. */
export class Guest {
  private agentLink: { readonly agent: GuestAgent; readonly socket: SocketPath } | undefined;

  private constructor(
    /** Where it runs. */
    readonly host: Host,
    /** Folder of its sockets and log over there. */
    readonly dir: string,
    readonly process: ProcessIdentity,
    readonly qmp: Qmp,
    private readonly qmpSocket: SocketPath,
  ) {}

  /** Starts QEMU in a namespace and waits until it answers on QMP, not until the guest has booted. */
  static async start(namespace: Namespace, options: QemuOptions): Promise<Guest> {
    const { host } = namespace;
    await host.files.makeFolder(options.dir);
    const user = await host.guestUser();
    if (user !== null) await host.files.give(options.dir, user);
    const command = namespace.command(qemuCommand(options, user));
    const identity = await host.startDaemon(command, qemuLog(options.dir), { ownerOnly: true });
    if (identity === undefined) throw await startFailure(host, options);
    const deadline = performance.now() + 10_000;
    for (;;) {
      try {
        return await Guest.control(host, options.dir, identity);
      } catch (cause) {
        if (!(await host.isAlive(identity))) throw await startFailure(host, options);
        if (performance.now() > deadline) {
          await host.endProcess(identity);
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
  static attach(host: Host, { dir, pid, startTicks }: GuestHandle): Promise<Guest> {
    return Guest.control(host, dir, { pid, startTicks });
  }

  private static async control(host: Host, dir: string, process: ProcessIdentity): Promise<Guest> {
    const socket = await host.socket(qmpSocket(dir));
    try {
      return new Guest(host, dir, process, await Qmp.connect(socket.path), socket);
    } catch (error) {
      await socket.close();
      throw error;
    }
  }

  get handle(): GuestHandle {
    return { dir: this.dir, ...this.process };
  }

  /** The agent inside, once it answers. */
  async agent(timeoutMs = 60_000, signal?: AbortSignal): Promise<GuestAgent> {
    this.agentLink ??= await this.connectAgent(timeoutMs, signal);
    return this.agentLink.agent;
  }

  /**
   * The agent inside, of a guest that was just started, once it has booted.
   *
   * @throws Failure (environment) with the guest's panic, or what it last wrote to its console, when it does not.
   */
  async boot(timeoutMs: number, signal?: AbortSignal): Promise<GuestAgent> {
    try {
      return await this.agent(timeoutMs, signal);
    } catch (cause) {
      if (!(cause instanceof Error) || signal?.aborted === true) throw cause;
      const lines = await linesOf(this.host, consoleLog(this.dir));
      const told = lines.find((line) => line.includes("Kernel panic")) ?? lines.at(-1) ?? "nothing";
      throw new Failure(`the guest did not boot: ${cause.message}; on its console: ${told}`, {
        kind: "environment",
        place: this.dir,
        mend: "build the guest image again: cloudlet setup --rebuild",
        cause,
      });
    }
  }

  /** The end of QEMU's log, or that there is none. */
  lastWords(): Promise<string> {
    return lastWords(this.host, this.dir);
  }

  isAlive(): Promise<boolean> {
    return this.host.isAlive(this.process);
  }

  /** Lets go of the sockets; QEMU goes on. */
  async release(): Promise<void> {
    const sockets = [this.qmpSocket, ...(this.agentLink === undefined ? [] : [this.agentLink.socket])];
    this.agentLink?.agent.close();
    this.agentLink = undefined;
    this.qmp.close();
    await Promise.allSettled(sockets.map((socket) => socket.close()));
  }

  /** Ends QEMU, politely first. The guest has nothing to save. */
  async end(): Promise<void> {
    await this.release();
    await this.host.endProcess(this.process);
  }

  private async connectAgent(timeoutMs: number, signal?: AbortSignal) {
    const socket = await this.host.socket(agentSocket(this.dir));
    try {
      return { socket, agent: await GuestAgent.connect(socket.path, timeoutMs, signal) };
    } catch (error) {
      await socket.close();
      throw error;
    }
  }
}

async function startFailure(host: Host, options: QemuOptions): Promise<Failure> {
  return new Failure(`QEMU did not start: ${await lastWords(host, options.dir)}`, {
    kind: "environment",
    place: options.name,
  });
}

async function lastWords(host: Host, dir: string): Promise<string> {
  return (await linesOf(host, qemuLog(dir))).slice(-2).join(" / ") || "it said nothing";
}

/** Those of a log that hold anything; none where there is no log. */
async function linesOf(host: Host, file: string): Promise<string[]> {
  const log = await host.files.read(file).catch(() => "");
  return log
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
