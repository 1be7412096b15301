import { describe, expect, it } from "vitest";
import type { CellOf } from "../../../../src/experiment/plan.js";
import { handoverModeSchema, type Walk } from "../../../../src/experiment/schema.js";
import { EventName } from "../../../../src/record/schema.js";
import { play, shippedCell } from "../cells.js";

const cellular = { rateBps: 10e6, rttMs: 60, jitterMs: 10 };
const CELLULAR = "10.1.3.22>10.1.1.15";
const WIFI2 = "10.1.2.18>10.1.1.15";

async function walking(walk: Walk, seed = 1): Promise<CellOf<"device-handover">> {
  const cell = await shippedCell("modes-wifi", "modern");
  if (cell.scenario !== "device-handover") throw new Error("modes-wifi has no walk");
  return { ...cell, walk, seed };
}

type Played = Awaited<ReturnType<typeof play>>;

const eventMs = ({ record }: Played, name: string, network: string): number =>
  record.events.find((event) => event.name === name && event.detail?.network === network)?.tMs ?? NaN;

/** Of the flow, in intervals of iperf, from the loss of the first network on. */
function silenceMs(played: Played): number {
  const leftMs = eventMs(played, EventName.NetworkLeft, "wifi1");
  const silent = played.series.iperf.filter(({ startMs, bytes }) => startMs >= leftMs && bytes === 0);
  return silent.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
}

const payload = ({ series }: Played, path: string, untilMs = Infinity): number =>
  series.burst
    .filter((burst) => burst.path === path && burst.startMs < untilMs)
    .reduce((sum, { bytes }) => sum + bytes, 0);

const said = ({ series }: Played): string[] =>
  series.signal.map(({ signal, detail }) => `${signal} ${detail}`.trim());

describe.each(handoverModeSchema.options)("a simulated walk in %s mode", (mode) => {
  it.each([1, 5])("stands still for a gap of %d s and little more", async (gapS) => {
    const played = await play(await walking({ mode, gapS }));
    expect(played.record.reasons).toEqual([]);
    expect(silenceMs(played)).toBeGreaterThanOrEqual((gapS - 0.1) * 1000);
    expect(silenceMs(played)).toBeLessThan((gapS + 0.5) * 1000);
  });

  it("sends on the new subflow two round trips after it came to the network", async () => {
    const played = await play(await walking({ mode, gapS: 1 }));
    const firstMs = played.series.burst.find(({ path }) => path === WIFI2)?.startMs ?? NaN;
    const enteredMs = eventMs(played, EventName.NetworkEntered, "wifi2");
    expect(firstMs - enteredMs).toBeGreaterThan(2 * 60);
    expect(firstMs - enteredMs).toBeLessThan(2 * 60 + 10);
  });

  it("goes on over 3G/4G where there is some", async () => {
    const played = await play(await walking({ mode, gapS: 5, cellular }));
    expect(played.record.reasons).toEqual([]);
    expect(silenceMs(played)).toBeLessThan(600);
    expect(payload(played, CELLULAR)).toBeGreaterThan(1e6);
  });

  it("lasts for thirteen minutes without a network", async () => {
    expect((await play(await walking({ mode, gapS: 780 }))).record.reasons).toEqual([]);
  });

  it("gives the same for the same seed, jitter and all, and other for another", async () => {
    const seriesOf = async (seed: number) =>
      (await play(await walking({ mode, gapS: 1, cellular }, seed))).series;
    const first = await seriesOf(1);
    expect(await seriesOf(1)).toEqual(first);
    expect(await seriesOf(2)).not.toEqual(first);
  });
});

it.each(["full", "backup"] as const)(
  "does not last for twenty minutes where the subflow stays: %s",
  async (mode) => {
    const { record } = await play(await walking({ mode, gapS: 1200 }));
    expect(record.status).toBe("failed");
    expect(record.reasons.join()).toMatch(/the connection ended .* without one/);
  },
);

it("has no limit where the subflow was removed", async () => {
  expect((await play(await walking({ mode: "single-path", gapS: 1200 }))).record.reasons).toEqual([]);
});

it("uses 3G/4G before the walk in full mode, and not in the others", async () => {
  const before = async (mode: Walk["mode"]) => {
    const played = await play(await walking({ mode, gapS: 5, cellular }));
    return payload(played, CELLULAR, eventMs(played, EventName.NetworkLeft, "wifi1"));
  };
  expect(await before("full")).toBeGreaterThan(1e6);
  expect(await before("backup")).toBe(0);
  expect(await before("single-path")).toBe(0);
});

it("goes back to Wi-Fi from a backup", async () => {
  const played = await play(await walking({ mode: "backup", gapS: 1, cellular }));
  const joinedMs = eventMs(played, EventName.SubflowJoined, "wifi2");
  const late = played.series.burst.filter(
    ({ path, startMs }) => path === CELLULAR && startMs > joinedMs + 200,
  );
  expect(late).toEqual([]);
});

it.each<[mode: Walk["mode"], gapS: number, expected: string[], absent: RegExp]>([
  ["full", 1, ["MP_JOIN SYN", "REMOVE_ADDR address 0"], /MP_PRIO|backup/],
  ["backup", -2, ["MP_JOIN SYN backup", "REMOVE_ADDR address 0", "MP_PRIO regular"], /^$/],
  ["single-path", 1, ["MP_JOIN SYN"], /MP_PRIO|REMOVE_ADDR|backup/],
])("says what the mode has to say: %s, %d s", async (mode, gapS, expected, absent) => {
  const signals = said(await play(await walking({ mode, gapS })));
  expect(signals.slice(0, 3)).toEqual(["MP_CAPABLE SYN", "MP_CAPABLE SYN/ACK", "MP_CAPABLE ACK"]);
  expect(signals).toEqual(expect.arrayContaining(expected));
  expect(signals.filter((signal) => absent.test(signal))).toEqual([]);
});
