import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  parsePingLine,
  PATH_PING_INTERVAL_MS,
  PING_INTERVAL_MS,
  pingCommand,
  pingSamples,
  summarizePing,
} from "../../src/probe/ping.js";
import { damaged } from "../fixtures/damaged.js";
import { fixture, fixtureLines } from "../fixtures/fixture.js";

const prompt = "ping-iputils-20221126-D-O.txt";
const late = "ping-iputils-20221126-D-O-late-replies.txt";
const unreachable = "ping-iputils-20221126-D-O-unreachable.txt";
const parsed = (name: string) => fixtureLines(name).flatMap((line) => parsePingLine(line) ?? []);

describe("pingCommand", () => {
  it("pings every second, with time stamps and a line for each silence", () => {
    expect(pingCommand("10.1.1.15", PING_INTERVAL_MS).join(" ")).toBe("ping -n -D -O -i 1 10.1.1.15");
  });

  it("pings five times a second where a path's own RTT is measured", () => {
    expect(pingCommand("134.117.64.1", PATH_PING_INTERVAL_MS).join(" ")).toBe(
      "ping -n -D -O -i 0.2 134.117.64.1",
    );
  });
});

describe("parsePingLine", () => {
  it("reads replies and silences of a real ping, and nothing else", () => {
    expect(parsed(prompt).map(({ sequence, rttMs }) => [sequence, rttMs])).toEqual([
      [1, 0.067],
      [2, 0.043],
      [3, 0.042],
      [4, 0.046],
    ]);
    expect(parsed(prompt)[0]?.unixMs).toBeCloseTo(1_795_375_405_915.574, 3);
    expect(parsed(unreachable).map(({ sequence, rttMs }) => [sequence, rttMs])).toEqual([
      [1, null],
      [2, null],
      [3, null],
      [4, null],
    ]);
  });

  it.each([
    "",
    "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.",
    "[1795375863.273862] From 10.9.0.1 icmp_seq=1 Destination Host Unreachable",
    "rtt min/avg/max/mdev = 0.042/0.049/0.067/0.010 ms",
    "[1795375405.915574] 64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.0",
    "[1795375405.915574] 64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.0.6 ms",
    "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.067 ms",
    `[1795375405.915574] 64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=${"9".repeat(400)} ms`,
  ])("makes nothing of %j", (line) => {
    expect(parsePingLine(line)).toBeUndefined();
  });

  it("never throws, and never gives a number that is none, whatever the line", () => {
    const lines = [...fixtureLines(late), ...fixtureLines(unreachable)];
    fc.assert(
      fc.property(fc.oneof(damaged(lines), fc.string()), (line) => {
        const read = parsePingLine(line);
        if (read === undefined) return;
        for (const number of [read.unixMs, read.sequence, read.rttMs ?? 0]) expect(number).not.toBeNaN();
      }),
      { numRuns: 1000 },
    );
  });
});

describe("pingSamples", () => {
  it("lets a reply that came late after all take its silence's place (a real ping over a slow link)", () => {
    const samples = pingSamples(parsed(late), {
      address: "old",
      intervalMs: PING_INTERVAL_MS,
      epochUnixMs: 1_795_375_850_000,
    });
    expect(samples.map(({ sequence, rttMs }) => [sequence, rttMs])).toEqual([
      [1, 0.119],
      [2, 3060],
      [3, 5722],
      [4, null],
      [5, null],
      [6, null],
      [7, null],
      [8, null],
    ]);
    // All were sent about a second apart, whether answered, late or never.
    for (const [index, { sentMs }] of samples.entries()) {
      const gapMs = sentMs - (samples[index - 1]?.sentMs ?? sentMs - 1000);
      expect(Math.abs(gapMs - 1000)).toBeLessThan(50);
    }
  });

  it("takes the time sent off the time of the reply", () => {
    const options = { address: "next", intervalMs: PING_INTERVAL_MS, epochUnixMs: 1000 } as const;
    const [sample] = pingSamples([{ unixMs: 5000, sequence: 1, rttMs: 21.5 }], options);
    expect(sample).toEqual({ address: "next", sequence: 1, sentMs: 3978.5, rttMs: 21.5 });
  });

  it("takes the interval off the time of a silence, which ping notices as it sends the next", () => {
    const options = { address: "vm1", intervalMs: PATH_PING_INTERVAL_MS, epochUnixMs: 1000 } as const;
    const [sample] = pingSamples([{ unixMs: 5000, sequence: 7, rttMs: null }], options);
    expect(sample).toEqual({ address: "vm1", sequence: 7, sentMs: 3800, rttMs: null });
  });

  it("keeps the first of several replies, and a reply before a silence that is printed after it", () => {
    const [sample, ...more] = pingSamples(
      [
        { unixMs: 2000, sequence: 1, rttMs: 20 },
        { unixMs: 2100, sequence: 1, rttMs: 120 },
        { unixMs: 3000, sequence: 1, rttMs: null },
      ],
      { address: "old", intervalMs: PING_INTERVAL_MS, epochUnixMs: 0 },
    );
    expect(more).toEqual([]);
    expect(sample).toMatchObject({ sentMs: 1980, rttMs: 20 });
  });

  it("gives one sample a request, in order, whatever the order of the lines", () => {
    const line = fc.record({
      unixMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      sequence: fc.integer({ min: 1, max: 20 }),
      rttMs: fc.option(fc.double({ min: 0, max: 5000, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        const options = { address: "old", intervalMs: PING_INTERVAL_MS, epochUnixMs: 0 } as const;
        const sequences = pingSamples(lines, options).map(({ sequence }) => sequence);
        expect(sequences).toEqual([...new Set(lines.map(({ sequence }) => sequence))].sort((a, b) => a - b));
      }),
    );
  });
});

describe("summarizePing", () => {
  it("sums up a real ping as ping itself does", () => {
    const summary = summarizePing(fixture(prompt));
    expect(summary).toMatchObject({ sent: 4, received: 4, minMs: 0.042, maxMs: 0.067 });
    expect(summary.meanMs).toBeCloseTo(0.0495, 6);
    expect(summary.medianMs).toBeCloseTo(0.0445, 6);
    expect(summary.deviationMs).toBeCloseTo(0.01, 3);
  });

  it.each(["20210202", "20240905"])("reads iputils %s line by line as at its end", (version) => {
    const output = fixture(`ping-iputils-${version}-D-O.txt`);
    const { sent, received, minMs, maxMs } = summarizePing(output);
    const rtts = output.split("\n").flatMap((line) => parsePingLine(line)?.rttMs ?? []);
    expect([sent, received]).toEqual([3, 3]);
    expect([minMs, maxMs]).toEqual([Math.min(...rtts), Math.max(...rtts)]);
    expect(output).toContain(`rtt min/avg/max/mdev = ${minMs.toFixed(3)}/`);
  });

  it("counts what was lost", () => {
    expect(summarizePing(fixture(late))).toMatchObject({ sent: 9, received: 3, maxMs: 5722 });
  });

  it("has no times where nothing answered, or ping said nothing", () => {
    const nothing = { received: 0, minMs: 0, medianMs: 0, meanMs: 0, maxMs: 0, deviationMs: 0 };
    expect(summarizePing(fixture(unreachable))).toEqual({ sent: 5, ...nothing });
    expect(summarizePing("")).toEqual({ sent: 0, ...nothing });
  });
});
