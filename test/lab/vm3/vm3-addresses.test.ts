import { afterEach, describe, expect, it } from "vitest";
import { GuestAgent } from "../../../src/guest/agent.js";
import { adoptAddress, dropOldAddress, parsePeers } from "../../../src/lab/vm3/vm3-addresses.js";
import { fixture } from "../../fixtures/fixture.js";
import { ControlServer } from "../../guest/control-server.js";

describe("parsePeers", () => {
  it("reads peers from real output of ss, IPv4 in IPv6 included, each once", () => {
    expect(parsePeers(fixture("ss-tnH-iproute2-6.1-established.txt"))).toEqual(["127.0.0.1"]);
    expect(
      parsePeers(
        [
          "0      0      [::ffff:10.1.1.15]:5201  [::ffff:10.1.1.14]:51690",
          "0      57217  [::ffff:10.1.1.15]:5201  [::ffff:10.1.2.18]:41325",
          "0      0                10.1.1.15:5201          10.1.2.18:43163",
        ].join("\n"),
      ),
    ).toEqual(["10.1.1.14", "10.1.2.18"]);
  });

  it("finds none in nothing, nor in what is no socket", () => {
    expect(parsePeers("")).toEqual([]);
    expect(
      parsePeers("Cannot open netlink socket: Operation not permitted\n0 0 [fe80::1]:1 [fe80::2]:2\n"),
    ).toEqual([]);
  });
});

describe("VM3's addresses", () => {
  const open: { agent: GuestAgent; server: ControlServer }[] = [];
  afterEach(async () => {
    for (const { agent, server } of open.splice(0)) {
      agent.close();
      await server[Symbol.asyncDispose]();
    }
  });

  /** An agent in whose guest every command succeeds, and the lines that iproute2 was given. */
  async function guest() {
    const lines: string[] = [];
    const server = await ControlServer.listen({
      answer: ({ execute, arguments: given }, to) => {
        const args = given as { id?: number; path?: string; "input-data"?: string };
        if (execute === "guest-sync-delimited") to.send({ return: args.id });
        else if (execute === "guest-exec-status") to.send({ return: { exited: true, exitcode: 0 } });
        else {
          expect(args.path).toBe("ip");
          lines.push(
            ...Buffer.from(args["input-data"] ?? "", "base64")
              .toString()
              .split("\n"),
          );
          to.send({ return: { pid: 1 } });
        }
      },
    });
    const agent = await GuestAgent.connect(server.path, 60_000);
    open.push({ agent, server });
    return { agent, lines };
  }

  it("takes its next one without a connected route, and answers from it through its own table", async () => {
    const { agent, lines } = await guest();
    await adoptAddress(agent, "10.1.2.19", "vm2");
    expect(lines).toEqual([
      "link set eth1 up",
      "address add 10.1.2.19/24 dev eth1 noprefixroute",
      "rule add from 10.1.2.19 lookup 102",
      "route add default via 10.1.2.1 dev eth1 onlink table 102",
      "route add 10.1.2.0/24 dev eth1 src 10.1.2.19 table 102",
      "mptcp endpoint add 10.1.2.19 dev eth1 signal",
    ]);
  });

  it("tells the device of the end of the old one before it takes it away", async () => {
    const { agent, lines } = await guest();
    await dropOldAddress(agent, "10.1.1.15", "vm2");
    expect(lines).toEqual([
      "mptcp endpoint delete id 0 10.1.1.15",
      "rule delete from 10.1.1.15 lookup 101",
      "address delete 10.1.1.15/24 dev eth0",
      "link set eth0 down",
      "route replace default via 10.1.2.1 dev eth1 onlink",
    ]);
  });
});
