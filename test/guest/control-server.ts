import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What arrived: a JSON text, or the byte that makes the guest agent drop half of one. */
export type Received = Record<string, unknown> | "delimiter";

export interface Behaviour {
  /** As QMP greets. */
  readonly greet?: (server: ControlServer) => void;
  readonly answer?: (message: Record<string, unknown>, server: ControlServer) => void;
  /** Never reads what is sent to it, as a program does that hangs. */
  readonly deaf?: boolean;
}

/**
 * The other end of a control socket, where QEMU or its guest agent would be: a real UNIX socket in a folder
 * of its own, for one client at a time.
 */
export class ControlServer implements AsyncDisposable {
  readonly received: Received[] = [];
  private client: Socket | undefined;
  private unread = Buffer.alloc(0);

  private constructor(
    readonly dir: string,
    readonly path: string,
    private readonly server: Server,
    private readonly behaviour: Behaviour,
  ) {}

  static async listen(behaviour: Behaviour = {}, name = "control.sock"): Promise<ControlServer> {
    const dir = await mkdtemp(join(tmpdir(), "cloudlet-control-"));
    const path = join(dir, name);
    const server = createServer({ pauseOnConnect: behaviour.deaf === true });
    const self = new ControlServer(dir, path, server, behaviour);
    server.on("connection", (client) => {
      self.accept(client);
    });
    server.listen(path);
    await once(server, "listening");
    return self;
  }

  get accepted(): boolean {
    return this.client !== undefined;
  }

  /** The other end has closed. */
  clientGone = false;

  /** Sends bytes as they are: whole lines, halves, or anything else. */
  write(bytes: string | Buffer): void {
    this.client?.write(bytes);
  }

  send(message: unknown): void {
    this.write(`${JSON.stringify(message)}\r\n`);
  }

  /** Ends the connection once all that was written is sent. */
  end(): void {
    this.client?.end();
  }

  /** Ends the connection, as a killed program does: with what it never read still unread. */
  hangUp(): void {
    this.client?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    this.server.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  private accept(client: Socket): void {
    this.client = client;
    client.on("error", () => undefined);
    client.on("close", () => (this.clientGone = true));
    if (this.behaviour.deaf !== true) {
      client.on("data", (bytes: Buffer) => {
        this.read(bytes);
      });
    }
    this.behaviour.greet?.(this);
  }

  private read(bytes: Buffer): void {
    this.unread = Buffer.concat([this.unread, bytes]);
    for (let end = this.unread.indexOf("\n"); end >= 0; end = this.unread.indexOf("\n")) {
      let line = this.unread.subarray(0, end);
      this.unread = this.unread.subarray(end + 1);
      while (line[0] === 0xff) {
        this.received.push("delimiter");
        line = line.subarray(1);
      }
      const message = JSON.parse(line.toString("utf8")) as Record<string, unknown>;
      this.received.push(message);
      this.behaviour.answer?.(message, this);
    }
  }
}

/** Waits until something is so, for as long as the test may take. */
export async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setImmediate(resolve));
}
