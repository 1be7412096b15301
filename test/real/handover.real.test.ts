import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { computeMetrics, loadMetrics } from "../../src/metric/compute.js";
import { readRecording } from "../../src/record/read.js";
import { differences } from "../../src/run/scenario/interface-tables.js";
import { machineState } from "./machine-state.js";
import { realTestbeds } from "./require-testbed.js";

const cloudlet = fileURLToPath(new URL("../../bin/run.js", import.meta.url));

describe.each(realTestbeds)("a real handover on $name", ({ name: testbed, require }) => {
  beforeEach(require());

  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), "cloudlet-real-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  it("migrates VM3 while one MPTCP connection lasts, measures it, draws it, and leaves nothing behind", async () => {
    const before = await machineState();
    const dir = join(out, "run");
    const { stdout, stderr } = await execa(
      process.execPath,
      [cloudlet, "run", "smoke", "--testbed", testbed, "--profile", "modern", "--seed", "1", "--out", dir],
      { reject: false },
    );
    const recording = await readRecording(dir);
    const [cell] = recording.cells;
    if (cell === undefined) throw new Error(`no cell was recorded:\n${stdout}\n${stderr}`);
    const { record, series } = cell;

    // A noisy machine may fail the attestation, and then says so; nothing else may be wrong.
    expect(record.status, record.reasons.join("\n")).not.toBe("failed");
    expect(record.reasons.filter((reason) => !/ the link's (RTT|rate) was /.test(reason))).toEqual([]);
    expect(record.attestation?.after, "the link was measured after the migration too").not.toBeNull();

    expect(record.migration).toMatchObject({ status: "completed", reason: null });
    expect(record.migration?.normalBytes).toBeGreaterThan(100 * 2 ** 20);
    expect(series.migration.length, "samples of query-migrate").toBeGreaterThan(10);

    const mptcp = record.evidence?.mptcp;
    expect(mptcp?.findings).toEqual([]);
    expect(mptcp?.tokenAfter).toBe(mptcp?.tokenBefore);
    expect(mptcp?.counters).toMatchObject({ MPTcpExtMPCapableSYNTX: 2, MPTcpExtMPJoinSynAckRx: 4 });
    for (const number of ["4.5", "4.6", "4.7", "4.8"] as const) {
      expect(differences(number, record.tables[number] ?? [])).toEqual([]);
    }
    const names = record.events.map(({ name }) => name);
    const order = ["device-detached", "device-attached", "next-address-advertised", "migration-started"];
    expect(names.filter((name) => order.includes(name))).toEqual(order);
    expect(names).toContain("subflow-joined");

    const { metrics } = computeMetrics(cell, await loadMetrics());
    for (const id of ["totalMigrationTimeS", "networkDowntimeMs", "applicationDowntimeMs", "initialRttMs"]) {
      expect(metrics.get(id)?.value, id).toBeGreaterThan(0);
    }
    expect((await readFile(join(dir, "figures", "fig-4-3.png"))).subarray(1, 4).toString()).toBe("PNG");
    expect(await machineState()).toEqual(before);
  }, 900_000);
});
