import { describe, expect, it } from "vitest";
import { readSimulationFile, simulationParameters } from "../../../src/testbed/sim/parameters.js";
import { gridCell, shippedCell, migrated, small } from "./cells.js";

const MIB = 2 ** 20;

describe("qemu-1.0", () => {
  it("stops the guest with 15 to 20 MB to send, because it believes in the speed of copying", async () => {
    const { outcome, simulation } = migrated(await gridCell("thesis-2014", 60, 20));
    const { series } = simulation.finish();
    const before = series.migration.findLast(({ tMs }) => tMs < (outcome.stopMs ?? 0));
    expect(outcome.status).toBe("completed");
    expect(before?.remainingBytes).toBeGreaterThan(15e6);
    expect(before?.remainingBytes).toBeLessThan(20e6);
    // Believed: hundreds of MB/s. Real: 7.5 MB/s, and the downtime is that many times the limit of 30 ms.
    expect(before?.throughputMbit).toBeGreaterThan(2000);
    expect((outcome.resumeMs ?? 0) - (outcome.stopMs ?? 0)).toBeGreaterThan(2000);
  });

  it("keeps to max-bandwidth / 10 in each tick of 100 ms", async () => {
    const { outcome } = migrated(await gridCell("thesis-2014", 600, 1));
    const seconds = ((outcome.stopMs ?? 0) - outcome.commandStartMs) / 1000;
    const cap = 32 * MIB;
    expect(outcome.normalBytes ?? 0).toBeGreaterThan(0);
    expect(((outcome.normalBytes ?? 0) - 20e6) / seconds).toBeLessThanOrEqual(cap);
  });
});

describe("modern", () => {
  it("stops within the downtime limit of the rate that it measured, and sends every page of 2 GiB once or more", async () => {
    const cell = await gridCell("modern", 350, 20);
    const { outcome } = migrated(cell);
    expect(outcome.status).toBe("completed");
    expect(outcome.downtimeMs).toBeLessThan(1.3 * cell.profile.migration.downtimeLimitMs.value);
    const pages = (outcome.normalBytes ?? 0) / 4096 + (outcome.duplicatePages ?? 0);
    expect(pages).toBeGreaterThanOrEqual(cell.guest.memoryMiB * 256);
  });

  it("fills the link: at least 93 % of its rate once the zero pages are behind", async () => {
    const { outcome } = migrated(await gridCell("modern", 60, 20));
    const seconds = (outcome.commandEndMs - outcome.commandStartMs) / 1000;
    expect(((outcome.transferredBytes ?? 0) * 8) / seconds / 60e6).toBeGreaterThan(0.93 * (1448 / 1514));
  });
});

describe("a guest that dirties memory faster than the link", () => {
  it.each(["modern", "thesis-2014"])(
    "is recorded as not converging, and runs on at the source: %s",
    async (profile) => {
      const cell = small(await gridCell(profile, 60, 20));
      const writer = { rateMiBPerS: 100, workingSetMiB: 48 };
      const { outcome, simulation } = migrated({ ...cell, workload: { ...cell.workload, writer } });
      expect(outcome.status).toBe("cancelled");
      expect(outcome.reason).toMatch(/not converging/);
      expect(outcome.stopMs).toBeNull();
      expect(simulation.guest.atCloudlet1.open).toBe(true);
      for (const value of Object.values(outcome)) if (typeof value === "number") expect(value).not.toBeNaN();
    },
  );
});

describe("calibration", () => {
  const file = readSimulationFile();

  it("touches the parameters that the file declares, and no other", () => {
    const calibrated: string[] = [];
    const visit = (node: object, path: string): void => {
      for (const [key, child] of Object.entries(node) as [string, unknown][]) {
        if (typeof child !== "object" || child === null) continue;
        if ("kind" in child && child.kind === "calibrated") calibrated.push(`${path}${key}`);
        visit(child, `${path}${key}.`);
      }
    };
    visit(file, "");
    expect(calibrated.sort()).toEqual([...file.calibration.parameters].sort());
    expect(calibrated).toHaveLength(2);
  });

  it("gives the unshaped baseline row of the thesis within 2 % over 24 seeds", async () => {
    const cell = await shippedCell("baseline-migration", "thesis-2014");
    let totalS = 0;
    let downtimeMs = 0;
    const seeds = 24;
    for (let seed = 1; seed <= seeds; seed++) {
      const { outcome, simulation } = migrated({ ...cell, seed }, simulationParameters(file));
      simulation.completeHandover();
      simulation.wait(100);
      const { probe } = simulation.finish().series;
      const old = probe.findLast(({ address, receivedMs }) => address === "old" && receivedMs !== null);
      const next = probe.find(({ address, receivedMs }) => address === "next" && receivedMs !== null);
      totalS += (outcome.commandEndMs - outcome.commandStartMs) / 1000 / seeds;
      downtimeMs += ((next?.receivedMs ?? NaN) - (old?.receivedMs ?? NaN)) / seeds;
    }
    expect(Math.abs(totalS / file.calibration.totalTimeS - 1)).toBeLessThan(0.02);
    expect(Math.abs(downtimeMs / file.calibration.downtimeMs - 1)).toBeLessThan(0.02);
  });
});
