import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  iperfCommand,
  iperfSamples,
  isFromIperf2,
  mptcpIperfCommand,
  parseIperfLine,
} from "../../src/probe/iperf3.js";
import { damaged } from "../fixtures/damaged.js";
import { fixture, fixtureLines } from "../fixtures/fixture.js";

const lines = fixtureLines("iperf3-3.12-client-interval-0.1.txt");

describe("iperf3's command line", () => {
  const options = { server: "10.1.1.15", port: 5201, windowKiB: 64, congestionControl: "cubic" };

  it("asks for the cell's window, the profile's congestion control and the shortest interval", () => {
    expect(iperfCommand(options).join(" ")).toBe(
      "iperf3 --client 10.1.1.15 --port 5201 --congestion cubic --window 64K " +
        "--length 4K --time 0 --interval 0.1 --format k --forceflush",
    );
    expect(iperfCommand({ ...options, windowKiB: 83.5 })).toContain("83.5K");
  });

  it("is the same over MPTCP, but for the sockets", () => {
    expect(mptcpIperfCommand(options)).toEqual(["mptcpize", "run", ...iperfCommand(options)]);
  });
});

describe("parseIperfLine", () => {
  it("reads the intervals of a real run, and neither its heads nor its sums", () => {
    const read = lines.flatMap((line) => parseIperfLine(line) ?? []);
    expect(read).toHaveLength(12);
    // 20 332 818 kbit/s over 0.1 s.
    expect(read[0]).toEqual({ startS: 0, endS: 0.1, bytes: 254_160_225, retransmits: 0 });
    expect(read.map(({ retransmits }) => retransmits)).toEqual([0, 0, 0, 1, 3, 2, 1, 1, 1, 2, 3, 0]);
    // iperf3's own sum, in bytes, is 14 706 441 kbit/s over 1.2 s; it rounds each interval's length to 10 ms.
    const total = read.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(total / ((14_706_441_000 * 1.2) / 8)).toBeCloseTo(1, 1);
  });

  it.each([
    // Late by 10 ms in the middle.
    { version: "3.9", ends: [0.1, 0.2, 0.3, 0.4, 0.51, 0.6, 0.7, 0.8, 0.9, 1], senderKbps: 1_261_052 },
    { version: "3.18", ends: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], senderKbps: 14_461_595 },
  ])(
    "reads those of iperf3 $version, whose sum over the second is its own",
    ({ version, ends, senderKbps }) => {
      const read = fixtureLines(`iperf3-${version}-client-interval-0.1.txt`).flatMap(
        (line) => parseIperfLine(line) ?? [],
      );
      expect(read.map(({ endS }) => endS)).toEqual(ends);
      const total = read.reduce((sum, { bytes }) => sum + bytes, 0);
      expect(total / ((senderKbps * 1000) / 8)).toBeCloseTo(1, 2);
    },
  );

  it.each(["2.0.14", "2.1.8", "2.2.1"])(
    "takes nothing of iperf %s, whose lines look alike, and knows it",
    (iperf2) => {
      const output = fixture(`iperf-${iperf2}-client.txt`);
      expect(isFromIperf2(output)).toBe(true);
      expect(output.split("\n").flatMap((line) => parseIperfLine(line) ?? [])).toEqual([]);
      for (const version of ["3.9", "3.12", "3.18"])
        expect(isFromIperf2(fixture(`iperf3-${version}-client-interval-0.1.txt`))).toBe(false);
    },
  );

  it("reads an interval in which nothing moved, and one of a server, which has no retransmits", () => {
    expect(
      parseIperfLine("[  5]   3.00-3.10   sec  0.00 Bytes  0.00 Kbits/sec    0   1.41 KBytes       "),
    ).toEqual({
      startS: 3,
      endS: 3.1,
      bytes: 0,
      retransmits: 0,
    });
    expect(
      parseIperfLine("[  5]  10.00-10.10  sec   250 KBytes  20480 Kbits/sec                  "),
    ).toMatchObject({
      bytes: 256_000,
      retransmits: null,
    });
  });

  it.each([
    "",
    "iperf3: error - unable to connect to server: Connection refused",
    "[ ID] Interval           Transfer     Bitrate         Retr  Cwnd",
    "[  5]   0.00-1.20   sec  2.05 GBytes  14706441 Kbits/sec   14             sender",
    "[  5]   0.00-1.20   sec  0.00 Bytes  0.00 Kbits/sec                  receiver",
    "[  5]   0.00-0.10   sec   242 MBytes  20.3 Gbits/sec    0   1.07 MBytes       ",
    "[  5]   0.00-0.1.0   sec   242 MBytes  20332818 Kbits/sec    0   1.07 MBytes       ",
    "[  5]   0.00-0.10   sec   242 MBytes  . Kbits/sec    0   1.07 MBytes       ",
    `[  5]   0.00-0.10   sec   242 MBytes  ${"9".repeat(400)} Kbits/sec    0   1.07 MBytes       `,
  ])("makes nothing of %j", (line) => {
    expect(parseIperfLine(line)).toBeUndefined();
  });

  it("never throws, and never gives a number that is none, whatever the line", () => {
    fc.assert(
      fc.property(fc.oneof(damaged(lines), fc.string()), (line) => {
        const read = parseIperfLine(line);
        if (read === undefined) return;
        for (const number of [read.startS, read.endS, read.bytes, read.retransmits ?? 0]) {
          expect(number).not.toBeNaN();
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("ends on lines made to keep it busy", () => {
    expect(
      parseIperfLine(`[  5]   0.00-0.10   sec   242 MBytes  1 Kbits/sec${" 1".repeat(100_000)}x`),
    ).toBeUndefined();
    expect(
      parseIperfLine(`[  5]   0.00-0.10   sec   242 MBytes  1 Kbits/sec${" ".repeat(200_000)}x`),
    ).toBeUndefined();
  });
});

describe("iperfSamples", () => {
  const line = (startS: number, endS: number) => ({ startS, endS, bytes: 1000, retransmits: 0 });

  it("lays iperf3's time on the observer's by the line that was least late", () => {
    const samples = iperfSamples(
      [
        { arrivedMs: 5125, line: line(0, 0.1) },
        { arrivedMs: 5203, line: line(0.1, 0.2) },
        // A busy event loop reads two lines at once.
        { arrivedMs: 5450, line: line(0.2, 0.3) },
        { arrivedMs: 5450, line: line(0.3, 0.4) },
      ],
      "device",
    );
    expect(samples.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [5003, 5103],
      [5103, 5203],
      [5203, 5303],
      [5303, 5403],
    ]);
    expect(samples[0]).toMatchObject({ flow: "device", bytes: 1000, retransmits: 0 });
  });

  it("puts no interval's end after the arrival of its line, and leaves lengths as they are", () => {
    const arrivals = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(arrivals, (latenesses) => {
        const lines = latenesses.map((lateMs, n) => ({
          arrivedMs: 777 + 100 * (n + 1) + lateMs,
          line: line(n / 10, (n + 1) / 10),
        }));
        for (const [n, { startMs, endMs }] of iperfSamples(lines, "device").entries()) {
          expect(endMs).toBeLessThanOrEqual((lines[n]?.arrivedMs ?? Number.NaN) + 1e-6);
          expect(endMs - startMs).toBeCloseTo(100, 6);
        }
      }),
    );
  });

  it("has none where iperf3 said nothing", () => {
    expect(iperfSamples([], "device")).toEqual([]);
  });

  it("carries a day of intervals", () => {
    const day = Array.from({ length: 864_000 }, (_, n) => ({
      arrivedMs: 100 * (n + 1) + 3,
      line: line(n / 10, (n + 1) / 10),
    }));
    expect(iperfSamples(day, "device").at(-1)?.endMs).toBeCloseTo(86_400_003, 3);
  });
});
