import { describe, expect, it } from "vitest";
import { decodeCommand, parseDecodedPacket, signallingOf } from "../../src/probe/mptcp-signals.js";
import { fixtureLines } from "../fixtures/fixture.js";

/** A walk in backup mode with overlapping Wi-Fi networks, of its plain data one packet in 150. */
const packets = fixtureLines("tshark-4.0.17-fields-backup-overlap.tsv").flatMap((line) => {
  const packet = parseDecodedPacket(line);
  return packet === undefined ? [] : [packet];
});
const isVm3 = (address: string) => address === "10.1.1.15";
const epochUnixMs = packets[0]?.unixMs ?? Number.NaN;
const { signals, bursts, counts } = signallingOf(packets, isVm3, epochUnixMs);
const told = (connection: string) =>
  signals
    .filter((signal) => signal.connection === connection)
    .map(({ sender, signal, detail }) => `${sender}: ${signal} ${detail}`.trim());

describe("signals in tshark's output", () => {
  it("are those of the handshakes, the priority and the address, each with who sent it", () => {
    expect(told("data")).toEqual([
      "device: MP_CAPABLE SYN",
      "vm3: MP_CAPABLE SYN/ACK",
      "device: MP_CAPABLE ACK",
      "device: MP_CAPABLE data",
      "device: MP_JOIN SYN backup",
      "vm3: MP_JOIN SYN/ACK",
      "device: MP_JOIN ACK",
      "device: REMOVE_ADDR address 0",
      "device: MP_PRIO regular",
      "device: DATA_FIN",
      "vm3: MP_FASTCLOSE",
      "vm3: MP_TCPRST",
    ]);
    expect(told("control").slice(0, 9)).toEqual(told("data").slice(0, 9));
  });

  it("are named by the subflow that carried them", () => {
    const joins = signals.filter(({ signal }) => signal === "MP_JOIN");
    expect(new Set(joins.map(({ path }) => path))).toEqual(new Set(["10.1.2.18>10.1.1.15"]));
    expect(new Set(joins.map(({ tcpStream }) => tcpStream)).size).toBe(2);
  });

  it("are counted, those that never came with 0", () => {
    expect(counts).toMatchObject({
      MP_CAPABLE: 8,
      MP_JOIN: 6,
      REMOVE_ADDR: 2,
      MP_PRIO: 2,
      ADD_ADDR: 0,
      MP_FAIL: 0,
    });
    expect(counts.DATA_ACK).toBeGreaterThan(100);
  });

  it("leave the payload of the data connection alone, subflow by subflow", () => {
    const paths = bursts.map(({ path }) => path);
    expect(new Set(paths)).toEqual(new Set(["10.1.1.14>10.1.1.15", "10.1.2.18>10.1.1.15"]));
    // The control connection spoke first: its greeting has 37 bytes, too.
    expect(bursts[0]?.startMs).toBeGreaterThan(100);
    for (const { startMs, endMs, bytes } of bursts) {
      expect(endMs - startMs).toBeLessThan(100);
      expect(bytes).toBeGreaterThan(0);
    }
  });

  it("are none where there are no packets", () => {
    expect(signallingOf([], isVm3, 0)).toMatchObject({ signals: [], bursts: [], counts: { DSS: 0 } });
  });
});

it("reads nothing from what is no packet", () => {
  expect(
    ["", "Running as user root", "\t".repeat(13), "1.5\ta\tb\tx\t\t0\t1\t0\t0\t\t\t\t\t"].map(
      parseDecodedPacket,
    ),
  ).toEqual([undefined, undefined, undefined, undefined]);
});

it("asks for as many fields as it reads", () => {
  const command = decodeCommand("/run/a.pcap");
  expect(command.filter((word) => word === "-e")).toHaveLength(
    (fixtureLines("tshark-4.0.17-fields-backup-overlap.tsv")[0] ?? "").split("\t").length,
  );
});
