import { z } from "zod";
import { Failure } from "../failure.js";
import { JsonLines } from "./json-lines.js";

const qmpMessage = z.union([
  z.object({ return: z.unknown(), id: z.number().optional() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.number().optional() }),
  z.object({
    event: z.string(),
    data: z.record(z.string(), z.unknown()).optional(),
    timestamp: z.object({ seconds: z.number(), microseconds: z.number() }),
  }),
  z.object({ QMP: z.unknown() }),
]);

export interface QmpEvent {
  readonly name: string;
  readonly data: Record<string, unknown>;
  /** QEMU's own stamp, host wall clock, ms since 1970. */
  readonly unixMs: number;
}

/** Far longer than QEMU takes to answer a new client, on a busy machine too. */
const PATIENCE_MS = 8000;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Failure): void;
}

/** QEMU Machine Protocol client (QEMU docs/interop/qmp-spec). One socket, answers matched by id. */
export class Qmp {
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Set<(event: QmpEvent) => void>();
  private nextId = 1;
  private lines!: JsonLines;
  private closed: Failure | undefined;

  private constructor(readonly path: string) {}

  /**
   * Connects and leaves capabilities negotiation behind. QEMU serves one client at a time: behind another
   * one, the connection is made but nothing answers on it.
   */
  static async connect(path: string): Promise<Qmp> {
    const qmp = new Qmp(path);
    qmp.lines = await JsonLines.connect(
      path,
      (message) => {
        qmp.receive(message);
      },
      (why) => {
        qmp.fail(why);
      },
    );
    const impatience = setTimeout(() => {
      qmp.fail(new Failure("QEMU does not answer on its control socket", { kind: "cell", place: path }));
    }, PATIENCE_MS);
    try {
      await qmp.execute("qmp_capabilities");
    } catch (error) {
      qmp.close();
      throw error;
    } finally {
      clearTimeout(impatience);
    }
    return qmp;
  }

  /**
   * @throws Failure (cell) with QEMU's own description.
   */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown> {
    if (this.closed !== undefined) return Promise.reject(this.closed);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.lines.send({ execute: command, ...(args === undefined ? {} : { arguments: args }), id });
    });
  }

  /** Whether QEMU can be heard; false once it, its machine or the way to it is gone. */
  get isOpen(): boolean {
    return this.closed === undefined;
  }

  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.lines.close();
  }

  private receive(raw: unknown): void {
    const parsed = qmpMessage.safeParse(raw);
    if (!parsed.success) return;
    const message = parsed.data;
    if ("event" in message) {
      const unixMs = message.timestamp.seconds * 1000 + message.timestamp.microseconds / 1000;
      for (const listener of this.listeners)
        listener({ name: message.event, data: message.data ?? {}, unixMs });
      return;
    }
    if ("QMP" in message || message.id === undefined) return;
    const waiting = this.pending.get(message.id);
    this.pending.delete(message.id);
    if ("error" in message) waiting?.reject(new Failure(message.error.desc, { kind: "cell", place: "QEMU" }));
    else waiting?.resolve(message.return);
  }

  private fail(why: Failure): void {
    this.closed = why;
    for (const waiting of this.pending.values()) waiting.reject(why);
    this.pending.clear();
  }
}
