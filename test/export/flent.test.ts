import { describe, expect, it } from "vitest";
import { flentDataFile } from "../../src/export/flent/data-file.js";
import type { CellRecording } from "../../src/record/recording.js";
import { syntheticCell, syntheticRun } from "../record/synthetic.js";
import { noSeries } from "../../src/record/series.js";

const POINT = { bandwidthMbit: 350, rttMs: 20 };
const cell = syntheticCell(POINT);
const nothing: CellRecording["series"] = noSeries;

function dataFile(recording: CellRecording, run = syntheticRun()) {
  const data = flentDataFile(run, recording, "cell.flent.gz");
  if (data === undefined) throw new Error("there are series");
  return data;
}

describe("a cell as a flent data file", () => {
  const data = dataFile(cell);

  it("names its series as the test does whose plots shall show them", () => {
    expect(data.version).toBe(4);
    expect(data.metadata).toMatchObject({
      NAME: "rtt_fair_var_up",
      DATA_FILENAME: "cell.flent.gz",
      HOSTS: ["VM3", "VM2"],
      TEST_PARAMETERS: { labels: "iperf,migration", ping_hosts: "VM3-next,VM3-10ms,VM3-next-10ms" },
    });
    const names = [
      "TCP upload iperf VM3",
      "Ping (ms) ICMP VM3",
      "TCP upload migration VM2",
      "Ping (ms) ICMP VM3-next (extra)",
      "Ping (ms) ICMP VM3-10ms (extra)",
      "Ping (ms) ICMP VM3-next-10ms (extra)",
    ];
    expect(Object.keys(data.results)).toEqual(names);
    expect(Object.keys(data.raw_values)).toEqual(names);
    expect(Object.keys(data.metadata.SERIES_META as object)).toEqual(names);
  });

  it("puts all series on one time base that begins where the cell does", () => {
    for (const values of Object.values(data.results)) expect(values).toHaveLength(data.x_values.length);
    const steps = data.x_values.slice(1).map((x, index) => x - (data.x_values[index] ?? 0));
    for (const step of steps) expect(step).toBeCloseTo(0.1, 6);
    expect(data.metadata).toMatchObject({ T0: "2024-05-01T12:00:00.000000Z", STEP_SIZE: 0.1 });
    expect(data.metadata.TOTAL_LENGTH).toBe(data.x_values.at(-1));
  });

  it("keeps every sample of the record, at its time", () => {
    const old = cell.series.probe.filter(({ address }) => address === "old");
    const raw = data.raw_values["Ping (ms) ICMP VM3-10ms (extra)"] ?? [];
    expect(raw).toHaveLength(old.length);
    const epochS = Date.parse(cell.record.startedAt) / 1000;
    for (const [index, { t, val }] of raw.entries()) {
      const { sentMs, receivedMs } = old[index] ?? { sentMs: NaN, receivedMs: NaN };
      expect(t - epochS).toBeCloseTo(sentMs / 1000, 5);
      if (receivedMs === null) expect(val).toBeNull();
      else expect(val).toBeCloseTo(receivedMs - sentMs, 5);
    }
    expect(raw.some(({ val }) => val === null)).toBe(true);
  });

  it("has the iperf intervals as rates, each at its end", () => {
    const [first] = data.raw_values["TCP upload iperf VM3"] ?? [];
    const [sample] = cell.series.iperf;
    expect(first?.val).toBeCloseTo(((sample?.bytes ?? 0) * 8) / 1e5, 6);
    expect(first?.dur).toBe(0.1);
    expect((first?.t ?? 0) - Date.parse(cell.record.startedAt) / 1000).toBeCloseTo(
      (sample?.endMs ?? 0) / 1000,
      5,
    );
  });

  it("leaves gaps: while the device is away no step has an RTT", () => {
    const detachedS = (cell.record.events.find(({ name }) => name === "device-detached")?.tMs ?? 0) / 1000;
    const away = (data.results["Ping (ms) ICMP VM3-10ms (extra)"] ?? []).filter((_, index) => {
      const endS = data.x_values[index] ?? 0;
      return endS > detachedS + 0.2 && endS < detachedS + 4.9;
    });
    expect(away.length).toBeGreaterThan(40);
    expect(new Set(away)).toEqual(new Set([null]));
  });

  it("turns the growth of the transferred bytes into a rate, and adds up to what was transferred", () => {
    const raw = data.raw_values["TCP upload migration VM2"] ?? [];
    const carried = raw.reduce((sum, { val, dur }) => sum + ((val ?? 0) * 1e6 * (dur ?? 0)) / 8, 0);
    const polls = cell.series.migration;
    const grown = (polls.at(-1)?.transferredBytes ?? 0) - (polls[0]?.transferredBytes ?? 0);
    expect(carried / grown).toBeCloseTo(1, 4);
  });

  it("has VM1 as a path where the cloudlets had a flow of their own, and only what there is", () => {
    const { metadata, results } = dataFile({
      record: cell.record,
      series: {
        ...nothing,
        ping: [{ address: "vm1", sequence: 1, sentMs: 5, rttMs: 0.4 }],
        iperf: [{ flow: "cloudlets", startMs: 0, endMs: 100, bytes: 7_500_000, retransmits: 0 }],
      },
    });
    expect(metadata).toMatchObject({ HOSTS: ["VM1"], TEST_PARAMETERS: { labels: "iperf", ping_hosts: "" } });
    expect(results).toEqual({ "TCP upload iperf VM1": [600], "Ping (ms) ICMP VM1": [0.4] });
  });

  it("is none for a cell without samples", () => {
    expect(flentDataFile(syntheticRun(), { record: cell.record, series: nothing }, "x")).toBeUndefined();
  });

  it("says on every plot that it was simulated, or that the cell is not valid", () => {
    expect(data.metadata.TITLE).toBe("grid: 350 Mbit/s, 20 ms, r1, netns");
    const simulated = dataFile(cell, syntheticRun("simulation"));
    expect(simulated.metadata.TITLE).toMatch(/, sim, simulated$/);
    expect(simulated.metadata.NOTE).toMatch(/Simulated/);
    const invalid = dataFile(syntheticCell({ ...POINT, status: "invalid" }));
    expect(invalid.metadata.TITLE).toMatch(/, netns, invalid$/);
    expect(invalid.metadata.NOTE).toMatch(/outside 350\.0 Mbit/);
  });

  it("carries the provenance of the run", () => {
    expect(data.metadata.CLOUDLET).toMatchObject({
      run: "synthetic-1",
      cell: "grid-bw350-rtt20-r1",
      profile: "thesis-2014",
      parameters: { wan: { rateBps: 350e6, rttMs: 20 } },
      provenance: syntheticRun().provenance,
    });
  });
});
