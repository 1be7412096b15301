import { connect, type Socket } from "node:net";
import { Failure } from "../failure.js";
import { LineSplitter, MAX_LINE_BYTES } from "./line-splitter.js";

/** JSON texts, one a line, over a UNIX socket: the framing that QMP and the guest agent share. */
export class JsonLines {
  private constructor(
    private readonly socket: Socket,
    private readonly path: string,
  ) {}

  static connect(
    path: string,
    onMessage: (message: unknown) => void,
    onClose: (why: Failure) => void,
  ): Promise<JsonLines> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      const gone = (cause?: Error) =>
        new Failure("the guest's control socket closed", { kind: "cell", place: path, cause });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        let last: Error | undefined;
        socket.on("error", (error) => (last = error));
        socket.on("close", () => {
          onClose(last instanceof Failure ? last : gone(last));
        });
        const splitter = new LineSplitter();
        socket.on("data", (bytes) => {
          const arrived = splitter.push(bytes);
          if (arrived === undefined) socket.destroy(tooLong(path));
          for (const message of arrived?.map(parse) ?? []) if (message !== undefined) onMessage(message);
        });
        resolve(new JsonLines(socket, path));
      });
    });
  }

  send(message: unknown): void {
    this.write(JSON.stringify(message) + "\n");
  }

  /** Makes the guest agent's parser drop whatever half message it holds (guest-sync-delimited). */
  sendDelimiter(): void {
    this.write(Buffer.from([0xff]));
  }

  private write(bytes: string | Buffer): void {
    if (!this.socket.writable) {
      throw new Failure("the guest's control socket is closed", { kind: "cell", place: this.path });
    }
    this.socket.write(bytes);
  }

  close(): void {
    this.socket.destroy();
  }
}

const tooLong = (path: string) =>
  new Failure(`it wrote a line of more than ${MAX_LINE_BYTES / 2 ** 20} MiB`, { kind: "cell", place: path });

function parse(line: string): unknown {
  // The guest agent answers guest-sync-delimited with a leading 0xFF, which is no JSON and no UTF-8.
  const text = line.replace(/^\uFFFD+/u, "").trim();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Half a line left over from an earlier listener of the same port.
    return undefined;
  }
}
