import { Guest } from "../../src/guest/guest.js";
import { localHost } from "../../src/host/local-host.js";
import { ControlServer, type Behaviour } from "./control-server.js";

type Arguments = Record<string, unknown>;

/** What a command returns, in the folder that QEMU works in; a thrown Error becomes QMP's error answer. */
export type Answers = Readonly<Record<string, (args: Arguments, dir: string) => unknown>>;

/** A guest whose QEMU is a QMP server in this process, on a real UNIX socket. */
export class FakeQemu implements AsyncDisposable {
  private constructor(
    readonly guest: Guest,
    private readonly server: ControlServer,
  ) {}

  static async start(answers: Answers, log: string[] = []): Promise<FakeQemu> {
    const answer: NonNullable<Behaviour["answer"]> = ({ execute, arguments: args, id }, to) => {
      const command = String(execute);
      if (command !== "qmp_capabilities") log.push(command);
      try {
        to.send({ return: answers[command]?.((args ?? {}) as Arguments, to.dir) ?? {}, id });
      } catch (error) {
        to.send({ error: { class: "GenericError", desc: (error as Error).message }, id });
      }
    };
    const greet: NonNullable<Behaviour["greet"]> = (to) => {
      to.send({ QMP: { version: {}, capabilities: [] } });
    };
    const server = await ControlServer.listen({ greet, answer }, "qmp.sock");
    return new FakeQemu(await Guest.attach(localHost, { dir: server.dir, pid: -1, startTicks: -1 }), server);
  }

  /** Commands received so far, with their arguments. */
  commands(name: string): Arguments[] {
    return this.server.received.flatMap((message) =>
      message !== "delimiter" && message.execute === name ? [(message.arguments ?? {}) as Arguments] : [],
    );
  }

  /** An event stamped with the host's wall clock. */
  event(name: string, data: Record<string, unknown> = {}): void {
    const unixMs = Date.now();
    const timestamp = { seconds: Math.floor(unixMs / 1000), microseconds: (unixMs % 1000) * 1000 };
    this.server.send({ event: name, data, timestamp });
  }

  /** As when the process is killed. */
  die(): void {
    this.server.hangUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.guest.release();
    await this.server[Symbol.asyncDispose]();
  }
}
