import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  continuityFindings,
  counterGrowth,
  parseCounters,
  parseSubflows,
  sameConnectionFindings,
  type ContinuityFacts,
} from "../../src/probe/mptcp.js";
import { Failure } from "../../src/failure.js";
import { damaged } from "../fixtures/damaged.js";
import { fixture, fixtureLines } from "../fixtures/fixture.js";

const joining = fixture("ss-tniH-iproute2-6.1-joining.txt");
const joined = fixture("ss-tniH-iproute2-6.1-joined.txt");
const [data, control] = ["1dea83b5", "e31eff69"];

describe.each(["5.9", "6.15"])("iproute2 %s", (version) => {
  it("shows both ends of a connection over the loopback", () => {
    expect(parseSubflows(fixture(`ss-tniH-iproute2-${version}-loopback.txt`))).toMatchObject([
      { state: "ESTAB", remotePort: 5395, token: "cec7ddd0", bytesSent: 400_000, fullyEstablished: true },
      { state: "ESTAB", remotePort: 60_270, token: "c8a37aa5", bytesSent: 0, fullyEstablished: true },
    ]);
  });

  it("counts what MPTCP does", () => {
    const counters = parseCounters(fixture(`nstat-asj-iproute2-${version}.json`));
    expect(counters.MPTcpExtMPCapableSYNTX).toBeGreaterThan(0);
  });
});

describe("parseSubflows", () => {
  it("reads two connections while they wait to join at VM3's next address", () => {
    const subflows = parseSubflows(joining);
    expect(subflows.map(({ state, local, remote, token }) => [state, `${local}>${remote}`, token])).toEqual([
      ["SYN-SENT", "10.1.2.18>10.1.2.19", data],
      ["SYN-SENT", "10.1.2.18>10.1.2.19", control],
      ["ESTAB", "10.1.2.18>10.1.1.15", control],
      ["ESTAB", "10.1.2.18>10.1.1.15", data],
      ["FIN-WAIT-1", "10.1.1.14>10.1.1.15", control],
      ["FIN-WAIT-1", "10.1.1.14>10.1.1.15", data],
    ]);
    expect(subflows.map(({ remotePort }) => remotePort)).toEqual(Array(6).fill(5201));
    // A SYN that waits is no established subflow; all others have been acknowledged.
    expect(subflows.map(({ fullyEstablished }) => fullyEstablished)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
  });

  it("reads how much went over each, and that the joined ones are fully established", () => {
    const subflows = parseSubflows(joined);
    const carrying = subflows.filter(({ token, state }) => token === data && state === "ESTAB");
    expect(carrying).toEqual([
      {
        state: "ESTAB",
        local: "10.1.2.18",
        remote: "10.1.2.19",
        remotePort: 5201,
        token: data,
        bytesSent: 2_879_800,
        fullyEstablished: true,
      },
    ]);
    expect(subflows.map(({ bytesSent }) => bytesSent)).toEqual([2_879_800, 0, 0, 7_058_264, 198, 19_598_037]);
  });

  it("sees plain TCP as having no token", () => {
    const plain = joined.replaceAll(/tcp-ulp-mptcp .*$/gm, "");
    expect(parseSubflows(plain).map(({ token, fullyEstablished }) => [token, fullyEstablished])).toEqual(
      Array(6).fill([null, false]),
    );
  });

  it("gives a socket the details of none but its own, with IPv6 sockets in between", () => {
    const [client, ...others] = parseSubflows(fixture("ss-tniH-iproute2-6.1-ipv4-and-ipv6.txt"));
    expect(others).toEqual([]);
    expect(client).toMatchObject({ local: "127.0.0.1", bytesSent: 5000, token: "426f4628" });
  });

  it("finds none in nothing", () => {
    expect(parseSubflows("")).toEqual([]);
    expect(
      parseSubflows("\t cubic wscale:7,1 bytes_sent:1 tcp-ulp-mptcp flags:e token:1(id:0)/2(id:0)\n"),
    ).toEqual([]);
  });

  it("never throws, and never gives a number that is none, whatever ss says", () => {
    const lines = [
      ...fixtureLines("ss-tniH-iproute2-6.1-joined.txt"),
      ...fixtureLines("ss-tniH-iproute2-6.1-joining.txt"),
    ];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(damaged(lines), fc.constantFrom(...lines)), { maxLength: 8 }),
        (output) => {
          for (const { bytesSent, remotePort } of parseSubflows(output.join("\n"))) {
            expect(bytesSent).not.toBeNaN();
            expect(remotePort).not.toBeNaN();
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("parseCounters", () => {
  it("keeps MPTCP's counters and TCP's retransmissions", () => {
    const counters = parseCounters(fixture("nstat-asj-iproute2-6.1.json"));
    expect(counters).toMatchObject({ MPTcpExtMPCapableSYNTX: 2, MPTcpExtRmAddrTx: 2, MPTcpExtAddAddr: 2 });
    expect(Object.keys(counters).every((name) => /^(MPTcp|TcpRetransSegs$)/.test(name))).toBe(true);
    expect(parseCounters('{"kernel":{"TcpRetransSegs":7,"TcpInSegs":9}}')).toEqual({ TcpRetransSegs: 7 });
  });

  it.each(["", "nstat: history is aged out", "[]", '{"kernel":{"MPTcpExtAddAddr":"2"}}'])(
    "refuses %j rather than counting nothing",
    (output) => {
      expect(() => parseCounters(output)).toThrow(Failure);
    },
  );
});

describe("counterGrowth", () => {
  it("gives what has changed, from nothing where a counter is new", () => {
    expect(counterGrowth({ a: 1, b: 5 }, { a: 4, b: 5, c: 2 })).toEqual({ a: 3, c: 2 });
  });

  it("is nothing between two equal readings", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.nat()), (counters) => {
        expect(counterGrowth(counters, counters)).toEqual({});
      }),
    );
  });
});

describe("continuityFindings", () => {
  /** iperf3's two connections, each moved twice: what a real handover counts. */
  const sound: ContinuityFacts = {
    tokenBefore: data,
    tokenAfter: data,
    growth: {
      MPTcpExtMPCapableSYNTX: 2,
      MPTcpExtMPCapableSYNACKRX: 2,
      MPTcpExtMPJoinSynAckRx: 4,
      MPTcpExtAddAddr: 2,
      MPTcpExtRmAddrTx: 2,
      TcpRetransSegs: 120,
    },
    countsRemoveAddr: true,
    connections: 2,
  };
  const grown = (growth: Record<string, number>) =>
    continuityFindings({ ...sound, growth: { ...sound.growth, ...growth } });

  it("finds nothing wrong with one connection from start to end", () => {
    expect(continuityFindings(sound)).toEqual([]);
  });

  it.each([
    [{ tokenBefore: null, tokenAfter: null }, "the connection never was MPTCP"],
    [{ tokenAfter: null }, "no subflow of the connection is left at the end"],
    [{ tokenAfter: control }, `the connection changed: token ${data}, then ${control}`],
  ])("finds by its token that it was not: %j", (facts, finding) => {
    expect(continuityFindings({ ...sound, ...facts })).toEqual([finding]);
  });

  it.each([
    "MPCapableFallbackACK",
    "MPCapableFallbackSYNACK",
    "MPFallbackTokenInit",
    "MPCapableSYNTXDrop",
    "MPCapableSYNTXDisabled",
    "DataCsumErr",
    "InfiniteMapTx",
    "InfiniteMapRx",
    "MPFailTx",
    "MPFailRx",
    "DSSCorruptionFallback",
  ])("finds a fallback by %s", (counter) => {
    expect(grown({ [`MPTcpExt${counter}`]: 1 })).toEqual([
      `MPTcpExt${counter} grew by 1: a fallback to plain TCP`,
    ]);
  });

  it("finds connections that were opened besides, or not opened as MPTCP", () => {
    expect(grown({ MPTcpExtMPCapableSYNTX: 3 })).toEqual(["3 MPTCP connections were opened, not 2"]);
    expect(grown({ MPTcpExtMPCapableSYNTX: 0 })).toEqual(["0 MPTCP connections were opened, not 2"]);
  });

  it("finds a move that no subflow followed", () => {
    expect(grown({ MPTcpExtMPJoinSynAckRx: 3 })).toEqual(["3 subflows joined, not the 4 of two moves"]);
  });

  it("finds a signal that was not sent, or not received", () => {
    expect(grown({ MPTcpExtRmAddrTx: 1 })).toEqual(["REMOVE_ADDR was not sent for the first address"]);
    expect(grown({ MPTcpExtAddAddr: 1 })).toEqual(["ADD_ADDR of VM3's next address was not received"]);
  });

  it("takes the dropped subflow for it where the kernel does not count what it sends", () => {
    const { MPTcpExtRmAddrTx: _, ...growth } = sound.growth;
    const old = { ...sound, countsRemoveAddr: false };
    expect(continuityFindings({ ...old, growth: { ...growth, MPTcpExtRmSubflow: 2 } })).toEqual([]);
    expect(continuityFindings({ ...old, growth })).toEqual([
      "the first address was not withdrawn from the connection",
    ]);
  });

  it("says all at once where nothing was MPTCP", () => {
    expect(continuityFindings({ ...sound, tokenBefore: null, tokenAfter: null, growth: {} })).toHaveLength(5);
  });

  it("asks for no moves of a connection that was to stay where it was", () => {
    const growth = { MPTcpExtMPCapableSYNTX: 2 };
    const stayed = { ...sound, growth };
    expect(sameConnectionFindings(stayed)).toEqual([]);
    expect(continuityFindings(stayed)).toHaveLength(3);
    expect(
      sameConnectionFindings({ ...stayed, growth: { ...growth, MPTcpExtMPCapableFallbackACK: 1 } }),
    ).toEqual(["MPTcpExtMPCapableFallbackACK grew by 1: a fallback to plain TCP"]);
  });
});
