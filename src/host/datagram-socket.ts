import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Failure } from "../failure.js";

/** Where a datagram comes from or goes to. */
interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

/** A UDP socket over IPv4 that is bound to one address. Disposing of it waits for what is being sent. */
export interface DatagramSocket extends AsyncDisposable {
  /** What can't be sent is lost, as anything may be on the way. */
  send(datagram: Uint8Array, to: SocketAddress): void;
  onReceived(listener: (datagram: Uint8Array, from: SocketAddress) => void): void;
}

/** @throws Failure (environment) when the address can't be had. */
export async function openDatagramSocket({ address, port }: SocketAddress): Promise<DatagramSocket> {
  const socket = createSocket("udp4");
  try {
    socket.bind(port, address);
    await once(socket, "listening");
  } catch (cause) {
    socket.close();
    throw new Failure(cause instanceof Error ? cause.message : String(cause), {
      kind: "environment",
      place: `${address}:${port}`,
      mend: "listen on an address of this machine and a port that is free",
      cause,
    });
  }
  const sending = new Set<Promise<void>>();
  // That a destination is not there may be reported here; it is no trouble of the socket's.
  socket.on("error", () => undefined);
  return {
    send: (datagram, to) => {
      const sent = new Promise<void>((done) => {
        socket.send(datagram, to.port, to.address, () => {
          done();
        });
      }).then(() => void sending.delete(sent));
      sending.add(sent);
    },
    onReceived: (listener) => {
      socket.on("message", listener);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sending);
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}
