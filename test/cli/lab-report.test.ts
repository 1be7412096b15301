import { describe, expect, it } from "vitest";
import {
  estimateInWords,
  interfaceLines,
  labLines,
  measurementLines,
  metricLines,
  migrationLines,
  qdiscLines,
  standsAlready,
} from "../../src/cli/lab-report.js";
import type { Metric } from "../../src/metric/contract.js";
import type { LinkMeasurement, MigrationOutcome } from "../../src/record/schema.js";
import { attest } from "../../src/run/attestation.js";
import { interfaceTables } from "../../src/run/scenario/interface-tables.js";
import type { LabDescription } from "../../src/testbed/standing-labs.js";
import { fixture } from "../fixtures/fixture.js";
import { shippedPlan } from "../run/fixtures.js";

/** `tc -j -s qdisc show` of iproute2 6.1, counters left out. */
const qdiscs = {
  "forward (wan guest:eth1)": [
    { kind: "tbf", handle: "1:", root: true, options: { rate: 43_750_000, burst: 174_956, lat: 46_001 } },
    {
      kind: "netem",
      handle: "10:",
      parent: "1:1",
      options: { limit: 1734, delay: { delay: 0.0094, jitter: 0, correlation: 0 }, ecn: false, gap: 0 },
    },
  ],
};

describe("qdiscLines", () => {
  it("says rate, burst, delay and limit of each direction", () => {
    expect(qdiscLines(qdiscs)).toEqual([
      "forward (wan guest:eth1): tbf rate 350 Mbit/s burst 174956 B; netem delay 9.4 ms limit 1734",
    ]);
  });

  it.each([
    // The kernel counts a burst in ticks; how they come back as bytes depends on tc.
    ["5.9", 174_956],
    ["6.1", 174_956],
    ["6.15", 174_997],
  ])("reads tbf as tc of iproute2 %s shows it", (version, burstBytes) => {
    const shown: unknown = JSON.parse(fixture(`tc-j-s-qdisc-iproute2-${version}-tbf.json`));
    expect(qdiscLines({ wan: shown })).toEqual([`wan: tbf rate 350 Mbit/s burst ${burstBytes} B`]);
  });

  it("leaves out what it can't read, and an interface without a qdisc", () => {
    expect(qdiscLines({ forward: "noqueue", backward: [] })).toEqual([]);
  });
});

it("says in what a lab that is up already differs from a new one", () => {
  const asked = { wan: { rateBps: 60e6, rttMs: 20 } };
  const lab = { id: "a1", startedAt: "2026-01-01T00:00:00.000Z", ...asked } as LabDescription;
  const like = (differs: Partial<LabDescription>): LabDescription => ({
    ...lab,
    vm3: { cloudlet: 1, pid: 7 },
    device: { cloudlet: 1 },
    ...differs,
  });
  expect(standsAlready(like({}), asked, "cloudlet")).toEqual([
    "Up since 2026-01-01T00:00:00.000Z; nothing was changed. One more like it: cloudlet up --another",
  ]);
  const moved = like({
    wan: { rateBps: null, rttMs: 0 },
    vm3: { cloudlet: 2, pid: 8 },
    device: { cloudlet: null },
  });
  expect(standsAlready(moved, asked, "cloudlet").slice(1)).toEqual([
    "  its link between the cloudlets is not as asked: cloudlet shape --lab a1 --bw 60 --rtt 20",
    "  VM3 is on cloudlet 2; back: cloudlet migrate --lab a1",
    "  the device is not on cloudlet 1; anew: cloudlet down a1, then up",
  ]);
});

it("tells a lab with its machines, links and shaping", () => {
  const lab: LabDescription = {
    id: "0k3x9a2",
    testbed: "netns",
    startedAt: "2026-01-01T00:00:00.000Z",
    experiment: "smoke",
    profile: "modern",
    wan: { rateBps: 350e6, rttMs: 20 },
    access: { rateBps: 100e6, rttMs: 2 },
    guest: { memoryMiB: 256, vcpus: 1, usedMiB: 128 },
    accelerator: "tcg",
    shaper: "guest",
    vm3: { cloudlet: 1, pid: 77 },
    device: { cloudlet: 1 },
    machines: [
      { name: "vm1", role: "cloudlet 1", addresses: ["br3 10.1.1.1/24", "eth1 134.117.64.1/24"] },
      { name: "host", role: "the host", addresses: [] },
    ],
    interfaces: [],
    qdiscs,
  };
  expect(labLines(lab)).toEqual([
    "Lab 0k3x9a2: experiment smoke, profile modern, testbed netns",
    "  vm1   br3 10.1.1.1/24, eth1 134.117.64.1/24  cloudlet 1",
    "  host  -                                      the host",
    "  VM3 has 256 MiB and 1 vCPU under TCG, QEMU process 77; netem of a small guest's kernel",
    "  between the cloudlets (Br0): 350 Mbit/s, RTT 20 ms; device to cloudlet (Br1, Br2): 100 Mbit/s, RTT 2 ms",
    "  forward (wan guest:eth1): tbf rate 350 Mbit/s burst 174956 B; netem delay 9.4 ms limit 1734",
  ]);
});

it("prints interfaces as the thesis does", () => {
  expect(interfaceLines("Table 4.7:", interfaceTables["4.7"])).toEqual([
    "Table 4.7:",
    "  VM   interface  state          address",
    "  VM3  eth0       UP             10.1.1.15/24",
    "  VM3  eth1       UP (inactive)  10.1.2.19/24",
    "  VM4  eth0       DOWN           NONE",
    "  VM4  eth1       UP             10.1.2.18/24",
  ]);
});

describe("measurementLines", () => {
  const measured = (rateBps: number, rttMs: number): LinkMeasurement => ({
    atMs: 0,
    rtt: {
      minMs: rttMs - 0.1,
      medianMs: rttMs,
      meanMs: rttMs,
      maxMs: rttMs + 0.5,
      deviationMs: 0.1,
      sent: 15,
      received: 15,
    },
    rateBps,
    method: "none",
    qdiscs: {},
    offloads: {},
    congestionControl: {},
  });

  it("puts what was asked beside what was measured", async () => {
    const { plan } = await shippedPlan();
    const [cell] = plan.cells;
    if (cell === undefined) throw new Error("no cell");
    const link = measured(341.27e6, 20.31);
    expect(measurementLines(cell.wan, link, attest(cell, link, null))).toEqual([
      "      asked       measured",
      "rate  350 Mbit/s  341.3 Mbit/s",
      "RTT   20 ms       20.31 ms (median of 15; 20.21 to 20.81)",
    ]);
  });

  it("says why less than asked is expected, and what is not as asked", async () => {
    const { plan } = await shippedPlan({
      experiments: ["grid"],
      profile: "thesis-2014",
      only: "bw=350,rtt=150",
    });
    const [cell] = plan.cells;
    if (cell === undefined) throw new Error("no cell");
    const link = measured(60e6, 150);
    const lines = measurementLines(cell.wan, link, attest(cell, link, null));
    expect(lines.slice(3)).toEqual([
      "expected: 80.7 Mbit/s (netem's packet limit lets no more pass)",
      expect.stringMatching(/^not as asked: the link's rate was 60\.0 Mbit\/s/),
    ]);
  });
});

describe("migrationLines", () => {
  const outcome: MigrationOutcome = {
    status: "completed",
    reason: null,
    commandStartMs: 1000,
    commandEndMs: 9123.4,
    totalTimeMs: 8110,
    downtimeMs: 39,
    setupTimeMs: 1,
    transferredBytes: 276_824_064,
    normalBytes: 270_000_000,
    duplicatePages: 1,
    dirtySyncCount: 3,
    pageSizeBytes: 4096,
    stopMs: 9000,
    resumeMs: 9123.4,
  };

  it("says total time, downtime and bytes", () => {
    expect(migrationLines(outcome)).toEqual([
      "total time   8.12 s   QEMU's own: 8.11 s",
      "downtime     39 ms    QEMU's own",
      "transferred  264 MiB  in 3 passes over the memory",
    ]);
  });

  it("says what QEMU did not tell", () => {
    const silent = { ...outcome, totalTimeMs: null, downtimeMs: null, transferredBytes: null };
    expect(
      migrationLines(silent)
        .join("\n")
        .match(/unknown/g),
    ).toHaveLength(3);
  });
});

describe("estimates", () => {
  it.each([
    { value: 8.2083, errorBound: 0.0254, unit: "s", words: "8.208 ± 0.025 s" },
    { value: 204.53, errorBound: 10, unit: "ms", words: "205 ± 10 ms" },
    { value: 5012.3, errorBound: 250, unit: "ms", words: "5012 ± 250 ms" },
    { value: 0.9312, errorBound: 0.0021, unit: "1", words: "0.9312 ± 0.0021" },
    { value: 276824064, errorBound: 0, unit: "B", words: "276824064 B" },
  ])("$words", ({ value, errorBound, unit, words }) => {
    expect(estimateInWords({ value, errorBound }, unit)).toBe(words);
  });

  it("lists those that the cell has, in the catalog's order", () => {
    const metric = (id: string, title: string): Metric => ({
      id,
      title,
      unit: "ms",
      source: "none",
      compute: () => undefined,
    });
    const metrics = [metric("b", "Second letter"), metric("a", "First"), metric("c", "Third")];
    const computed = new Map([
      ["a", { value: 1, errorBound: 0.5 }],
      ["b", { value: 20, errorBound: 1 }],
    ]);
    expect(metricLines(metrics, computed)).toEqual([
      "Second letter  20.0 ± 1.0 ms",
      "First          1.00 ± 0.50 ms",
    ]);
  });
});
