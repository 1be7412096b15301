import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  captureCommand,
  droppedPackets,
  fpingCommand,
  parseEcho,
  probeSamples,
  PROBE_INTERVAL_MS,
  type EchoPacket,
} from "../../src/probe/dual-address.js";
import { damaged } from "../fixtures/damaged.js";
import { fixture, fixtureLines } from "../fixtures/fixture.js";

const lines = fixtureLines("tcpdump-4.99.3-icmp-any.txt");
const [oldAddress, nextAddress, device] = ["10.1.1.15", "10.1.2.19", "10.1.2.18"];
const addresses = { old: oldAddress, next: nextAddress };

type Given = Partial<Pick<EchoPacket, "identifier" | "type">> & { address?: string };

const packet = (unixMs: number, sequence: number, given: Given): EchoPacket => {
  const { address = oldAddress, identifier = 7, type = "request" } = given;
  const ends =
    type === "request" ? { source: device, destination: address } : { source: address, destination: device };
  return { unixMs, sequence, identifier, type, ...ends };
};
const request = (unixMs: number, sequence: number, given: Given = {}) => packet(unixMs, sequence, given);
const reply = (unixMs: number, sequence: number, given: Given = {}) =>
  packet(unixMs, sequence, { ...given, type: "reply" });

describe("the probe's command lines", () => {
  it("sends every 10 ms, on SCHED_FIFO, with a schedule that does not drift", () => {
    expect(fpingCommand(nextAddress).join(" ")).toBe(
      "chrt --fifo 40 fping --quiet --loop --period 10 --interval 0.5 --timeout 10000 10.1.2.19",
    );
  });

  it("captures with the kernel's stamps in nanoseconds, line by line, at every interface of the device", () => {
    const command = captureCommand().join(" ");
    expect(command).toMatch(/^tcpdump -i any -n -tt --time-stamp-precision=nano -l --immediate-mode .*icmp$/);
  });

  it("keeps little of each packet, so that the kernel's buffer holds seconds of them", () => {
    // Every slot of the buffer is as long as the longest packet kept: at tcpdump's default, 256 KiB.
    const [, snapshotBytes, bufferKib] = / -s (\d+) -B (\d+) /.exec(captureCommand().join(" ")) ?? [];
    const packets = (Number(bufferKib) * 1024) / (Number(snapshotBytes) + 128);
    // Two addresses, a request and a reply each, every 10 ms.
    expect(packets / 400).toBeGreaterThan(10);
    // A cooked, an IP and an ICMP header must fit.
    expect(Number(snapshotBytes)).toBeGreaterThanOrEqual(20 + 20 + 8);
  });
});

describe("droppedPackets", () => {
  it("reads how many packets a capture missed, which stood still for half a second", () => {
    expect(droppedPackets(fixture("tcpdump-4.99.3-stderr-dropped.txt"))).toBe(184);
  });

  it("finds none in a capture that has all, or that was killed before it could say", () => {
    expect(
      droppedPackets("6 packets captured\n12 packets received by filter\n0 packets dropped by kernel"),
    ).toBe(0);
    expect(droppedPackets("")).toBe(0);
    expect(droppedPackets(`${"9".repeat(400)} packets dropped by kernel`)).toBe(0);
  });
});

describe("parseEcho", () => {
  it.each(["4.99.0", "4.99.5"])("reads each line of tcpdump %s", (version) => {
    const echoes = fixtureLines(`tcpdump-${version}-icmp-any.txt`).flatMap((text) => parseEcho(text) ?? []);
    expect(echoes.map(({ type, sequence }) => `${type} ${sequence}`)).toEqual(
      [1, 2, 3, 4, 5].flatMap((sequence) => [`request ${sequence}`, `reply ${sequence}`]),
    );
    expect(new Set(echoes.map(({ source }) => source))).toEqual(new Set([device]));
  });

  it("reads requests and replies to the nanosecond's millionth of a millisecond", () => {
    expect(parseEcho(lines[0] ?? "")).toEqual({
      unixMs: 1_795_375_464_098.165_96,
      type: "request",
      source: device,
      destination: nextAddress,
      identifier: 2264,
      sequence: 6,
    });
    expect(lines.map((line) => parseEcho(line)?.type).filter((type) => type === "reply")).toHaveLength(520);
  });

  it("reads every line of a real capture", () => {
    expect(lines.filter((line) => parseEcho(line) === undefined)).toEqual([]);
  });

  it("reads a capture of one interface too, where tcpdump names none", () => {
    const line = "1795375464.098165960 IP 10.1.2.18 > 10.1.2.19: ICMP echo reply, id 1, seq 2, length 64";
    expect(parseEcho(line)).toMatchObject({ type: "reply", identifier: 1, sequence: 2 });
  });

  it.each([
    "",
    "tcpdump: listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes",
    "1795375464.098165960 eth1  Out IP 10.1.2.18 > 10.1.2.19: ICMP host 10.1.2.19 unreachable, length 92",
    "1795375464.098165960 eth1  Out IP 10.1.2.18 > 10.1.2.19: ICMP echo request, id 2264, seq 6",
    "1795375464.098165 eth1  Out IP 10.1.2.18 > 10.1.2.19: ICMP echo request, id 2264, seq 6, length 64",
    "1795375464.098165960 eth1  Out IP6 ::1 > ::1: ICMP6, echo request, id 2264, seq 6, length 64",
    `${"9".repeat(400)}.098165960 eth1  Out IP 10.1.2.18 > 10.1.2.19: ICMP echo request, id 2264, seq 6, length 64`,
  ])("makes nothing of %j", (line) => {
    expect(parseEcho(line)).toBeUndefined();
  });

  it("never throws, and never gives a number that is none, whatever the line", () => {
    fc.assert(
      fc.property(fc.oneof(damaged(lines), fc.string()), (line) => {
        const echo = parseEcho(line);
        if (echo === undefined) return;
        for (const number of [echo.unixMs, echo.identifier, echo.sequence]) expect(number).not.toBeNaN();
      }),
      { numRuns: 500 },
    );
  });

  it("ends on lines made to keep it busy", () => {
    const busy = `1795375464.098165960 ${"eth1 ".repeat(100_000)}`;
    expect(parseEcho(busy)).toBeUndefined();
    expect(parseEcho(`1795375464.098165960 eth1${" ".repeat(500_000)}IP`)).toBeUndefined();
  });
});

describe("probeSamples on a real capture around a migration", () => {
  const packets = lines.flatMap((line) => parseEcho(line) ?? []);
  const epochUnixMs = 1_795_375_464_000;
  const samples = probeSamples(packets, addresses, epochUnixMs);
  const of = (which: "old" | "next") => samples.filter(({ address }) => address === which);

  it("makes one sample of each request, in the order sent", () => {
    expect([of("old").length, of("next").length]).toEqual([535, 535]);
    const sent = samples.map(({ sentMs }) => sentMs);
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
  });

  it("finds the replies that tcpdump saw, and none for the rest", () => {
    const answered = (which: "old" | "next") => of(which).filter(({ receivedMs }) => receivedMs !== null);
    expect([answered("old").length, answered("next").length]).toEqual([366, 139]);
  });

  it("leaves the 1 s ping to the same addresses out", () => {
    expect(packets.some(({ identifier }) => identifier === 2107)).toBe(true);
    expect(of("old").map(({ sequence }) => sequence)).toEqual(Array.from({ length: 535 }, (_, n) => 249 + n));
  });

  it("lays a schedule of exactly 10 ms beneath them that nothing left before", () => {
    for (const which of ["old", "next"] as const) {
      const [first] = of(which);
      for (const { sequence, scheduledMs, sentMs } of of(which)) {
        const due =
          (first?.scheduledMs ?? Number.NaN) + (sequence - (first?.sequence ?? 0)) * PROBE_INTERVAL_MS;
        expect(scheduledMs).toBeCloseTo(due, 6);
        expect(sentMs).toBeGreaterThanOrEqual(scheduledMs);
      }
    }
  });
});

describe("probeSamples", () => {
  it("pairs a reply with the request of its number, address and identifier", () => {
    const samples = probeSamples(
      [
        request(1000, 0),
        request(1005, 0, { address: nextAddress, identifier: 8 }),
        reply(1008, 0, { address: nextAddress, identifier: 8 }),
        request(1010, 1),
        reply(1023, 0),
      ],
      addresses,
      1000,
    );
    expect(samples).toEqual([
      { address: "old", sequence: 0, scheduledMs: 0, sentMs: 0, receivedMs: 23 },
      { address: "next", sequence: 0, scheduledMs: 5, sentMs: 5, receivedMs: 8 },
      { address: "old", sequence: 1, scheduledMs: 10, sentMs: 10, receivedMs: null },
    ]);
  });

  it("keeps the first of several replies, and passes over replies to nothing it saw sent", () => {
    const [sample, ...more] = probeSamples(
      [reply(990, 4), request(1000, 5), reply(1002, 5), reply(1050, 5), reply(1060, 6)],
      addresses,
      1000,
    );
    expect(more).toEqual([]);
    expect(sample).toMatchObject({ sequence: 5, receivedMs: 2 });
  });

  it("gives a reply that comes seconds late to its own request", () => {
    const requests = Array.from({ length: 300 }, (_, n) => request(1000 + 10 * n, n));
    const samples = probeSamples([...requests, reply(4000, 3)], addresses, 1000);
    expect(samples.filter(({ receivedMs }) => receivedMs !== null)).toEqual([
      { address: "old", sequence: 3, scheduledMs: 30, sentMs: 30, receivedMs: 3000 },
    ]);
  });

  it("counts on where the 16-bit sequence number wraps, and gives replies to the latest request", () => {
    const packets = [65_534, 65_535, 0, 1].flatMap((sequence, n) => [
      request(1000 + 10 * n, sequence),
      reply(1003 + 10 * n, sequence),
    ]);
    expect(probeSamples(packets, addresses, 1000)).toEqual(
      [65_534, 65_535, 65_536, 65_537].map((sequence, n) => ({
        address: "old",
        sequence,
        scheduledMs: 10 * n,
        sentMs: 10 * n,
        receivedMs: 10 * n + 3,
      })),
    );
  });

  it("keeps the schedule over a whole turn of the sequence number", () => {
    const packets = Array.from({ length: 66_000 }, (_, n) => request(10 * n, n % 65_536));
    const last = probeSamples([...packets, reply(660_001, 463)], addresses, 0).at(-1);
    expect(last).toMatchObject({
      sequence: 65_999,
      scheduledMs: 659_990,
      sentMs: 659_990,
      receivedMs: 660_001,
    });
  });

  it("leaves a gap in the schedule where a request never left the device", () => {
    const samples = probeSamples([request(1000, 0), request(1030, 3), request(1041, 4)], addresses, 1000);
    expect(samples.map(({ sequence, scheduledMs, sentMs }) => [sequence, scheduledMs, sentMs])).toEqual([
      [0, 0, 0],
      [3, 30, 30],
      [4, 40, 41],
    ]);
  });

  it("takes the most punctual request for the schedule, even when the first left late", () => {
    const samples = probeSamples([request(1007, 0), request(1010, 1), request(1024, 2)], addresses, 1000);
    expect(samples.map(({ scheduledMs, sentMs }) => sentMs - scheduledMs)).toEqual([7, 0, 4]);
  });

  it("tells the probe from other pings to the same address by their number", () => {
    const packets = [
      request(1000, 1, { identifier: 9 }),
      reply(1001, 1, { identifier: 9 }),
      ...Array.from({ length: 5 }, (_, n) => request(1002 + 10 * n, n)),
    ];
    const samples = probeSamples(packets, addresses, 1000);
    expect(samples.map(({ sequence, receivedMs }) => [sequence, receivedMs])).toEqual(
      Array.from({ length: 5 }, (_, n) => [n, null]),
    );
  });

  it("has nothing to say of an address that nobody probed", () => {
    expect(probeSamples([], addresses, 0)).toEqual([]);
    expect(probeSamples([reply(1000, 1)], addresses, 0)).toEqual([]);
  });

  it("never loses a request, whatever is lost, doubled or late", () => {
    const fates = fc.array(
      fc.record({
        latenessMs: fc.double({ min: 0, max: 9, noNaN: true }),
        rttMs: fc.option(fc.double({ min: 0.1, max: 3000, noNaN: true })),
        doubled: fc.boolean(),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(fc.nat(65_535), fates, (firstSequence, requests) => {
        const packets = requests
          .flatMap(({ latenessMs, rttMs, doubled }, n) => {
            const sequence = (firstSequence + n) % 65_536;
            const sentMs = 1000 + 10 * n + latenessMs;
            return [
              request(sentMs, sequence),
              ...(rttMs === null ? [] : [reply(sentMs + rttMs, sequence)]),
              ...(rttMs === null || !doubled ? [] : [reply(sentMs + rttMs + 1, sequence)]),
            ];
          })
          .sort((a, b) => a.unixMs - b.unixMs);
        const samples = probeSamples(packets, addresses, 1000);
        expect(samples).toHaveLength(requests.length);
        const leastLate = Math.min(...requests.map(({ latenessMs }) => latenessMs));
        for (const [n, { scheduledMs, sentMs, receivedMs }] of samples.entries()) {
          expect(scheduledMs).toBeCloseTo(10 * n + leastLate, 6);
          const rttMs = requests[n]?.rttMs ?? null;
          if (rttMs === null) expect(receivedMs).toBeNull();
          else expect((receivedMs ?? Number.NaN) - sentMs).toBeCloseTo(rttMs, 6);
        }
      }),
    );
  });
});
