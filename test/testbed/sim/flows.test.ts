import { describe, expect, it } from "vitest";
import type { Cell } from "../../../src/experiment/plan.js";
import { computeMetrics, loadMetrics } from "../../../src/metric/compute.js";
import { play, shippedCell } from "./cells.js";

const metrics = await loadMetrics();

async function measured(cell: Cell) {
  const { record, series } = await play(cell);
  expect(record).toMatchObject({ status: "ok", reasons: [] });
  const found = computeMetrics({ record: { ...record, series: {} }, series }, metrics).metrics;
  return { record, series, value: (id: string) => found.get(id)?.value ?? NaN };
}

const window = await shippedCell("window", "modern");
if (window.scenario !== "throughput") throw new Error("the window experiment moves nothing");
const throughput = await shippedCell("baseline-throughput", "modern");

describe("a flow from cloudlet to cloudlet", () => {
  it.each([20, 50, 150])("carries its window once an RTT of %i ms (equation 3.7)", async (rttMs) => {
    // Long enough for slow start to weigh nothing.
    const long = { ...window, timeline: { pingS: 2, iperfS: 120 } };
    const { value } = await measured({ ...long, wan: { rateBps: 350e6, rttMs } });
    const segments = Math.floor((83.5 * 1024) / 1448);
    const wholeRttMs = value("cloudletsRttMs");
    expect(wholeRttMs).toBeGreaterThanOrEqual(rttMs);
    const windowOverRttMbit = (segments * 1448 * 8) / 1000 / wholeRttMs;
    expect(value("cloudletsThroughputMbit") / windowOverRttMbit).toBeGreaterThan(0.98);
    expect(value("cloudletsThroughputMbit") / windowOverRttMbit).toBeLessThan(1.005);
  });

  it("carries the bucket's rate where that is less: payload over frame of a full segment", async () => {
    const narrow = { ...window, wan: { rateBps: 10e6, rttMs: 20 } };
    const { value } = await measured(narrow);
    const mbit = value("cloudletsThroughputMbit");
    expect(mbit).toBeGreaterThan(0.97 * 10 * (1448 / 1514));
    expect(mbit).toBeLessThan(10);
  });
});

describe("unshaped paths", () => {
  it("show the line of Table 4.3, which the model takes from there: RTT, and no more than its rate", async () => {
    const { value, record, series } = await measured(throughput);
    expect(record.attestation?.expected).toEqual({ rttMs: null, rateBps: null, bound: "unshaped" });
    expect(value("cloudletsRttMs")).toBeCloseTo(0.382, 2);
    expect(value("deviceRttMs")).toBeCloseTo(0.382, 2);
    expect(value("cloudletsThroughputMbit")).toBeGreaterThan(0.9 * 627 * (1448 / 1514));
    expect(value("cloudletsThroughputMbit")).toBeLessThan(627);
    expect(record.events.map(({ name }) => name)).toEqual([
      ...["flow-started", "flow-ended"],
      ...["flow-started", "subflow-joined", "flow-ended"],
      "probes-stopped",
    ]);
    expect(new Set(series.iperf.map(({ flow }) => flow))).toEqual(new Set(["cloudlets", "device"]));
    expect(series.probe).toEqual([]);
  });
});

describe("a migration beside a flow against its direction (Fig. 4.2)", () => {
  it("slows the flow, though only acknowledgements share the migration's queue, and is not faster for it", async () => {
    const idle = await measured(await shippedCell("baseline-migration", "thesis-2014"));
    const loaded = await measured({
      ...(await shippedCell("baseline-migration-loaded", "thesis-2014")),
      seed: 1,
    });
    expect(loaded.value("cloudletsDuringMigrationMbit")).toBeLessThan(
      loaded.value("cloudletsBeforeMigrationMbit"),
    );
    expect(loaded.value("totalMigrationTimeS")).toBeGreaterThan(0.98 * idle.value("totalMigrationTimeS"));
  });

  it("opens no MPTCP connection, and proves none", async () => {
    const { record, series } = await measured(await shippedCell("baseline-migration", "modern"));
    expect(record.evidence?.mptcp).toEqual({
      tokenBefore: null,
      tokenAfter: null,
      counters: {},
      findings: [],
    });
    expect([series.iperf, series.subflow]).toEqual([[], []]);
    expect(Object.keys(record.tables)).toEqual(["4.5", "4.6", "4.7", "4.8"]);
  });
});
