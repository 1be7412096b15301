import { describe, expect, it } from "vitest";
import { openDatagramSocket } from "../../src/host/datagram-socket.js";

describe("a datagram socket", () => {
  it("sends what it was given before it closes, and says where a datagram came from", async () => {
    await using receiver = await openDatagramSocket({ address: "127.0.0.1", port: 34_401 });
    const received = new Promise((resolve) => {
      receiver.onReceived((datagram, from) => {
        resolve([Buffer.from(datagram).toString(), from.address]);
      });
    });
    {
      await using sender = await openDatagramSocket({ address: "127.0.0.2", port: 34_402 });
      sender.send(Buffer.from("farewell"), { address: "127.0.0.1", port: 34_401 });
    }
    expect(await received).toEqual(["farewell", "127.0.0.2"]);
  });

  it("refuses an address that is not this machine's", async () => {
    await expect(openDatagramSocket({ address: "192.0.2.1", port: 34_403 })).rejects.toMatchObject({
      kind: "environment",
      place: "192.0.2.1:34403",
    });
  });
});
