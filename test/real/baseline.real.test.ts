import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CellRecording } from "../../src/record/recording.js";
import { readRecording } from "../../src/record/read.js";
import { differences } from "../../src/run/scenario/interface-tables.js";
import { machineState } from "./machine-state.js";
import { requireNetns } from "./require-testbed.js";

const cloudlet = fileURLToPath(new URL("../../bin/run.js", import.meta.url));

const experiment = (name: string, scenario: string, workload: string, timeline: string) => `
name: ${name}
title: A short cell of section 4.4
thesis: Section 4.4 in small
scenario: ${scenario}
wan: unshaped
access: unshaped
guest: { memoryMiB: 256, vcpus: 1, usedMiB: 128 }
workload: ${workload}
timeline: ${timeline}
`;

describe("the unshaped testbed of section 4.4, on netns", () => {
  beforeEach(requireNetns());

  let out: string;
  beforeEach(async () => {
    out = await mkdtemp(join(tmpdir(), "cloudlet-real-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  it("measures both paths, migrates VM3 beside a flow between the cloudlets, and leaves nothing behind", async () => {
    const before = await machineState();
    const files = { paths: join(out, "paths.yaml"), loaded: join(out, "loaded.yaml") };
    await writeFile(
      files.paths,
      experiment(
        "paths",
        "throughput",
        "{ flows: [cloudlets, device], windowKiB: 64 }",
        "{ pingS: 1, iperfS: 2 }",
      ),
    );
    await writeFile(
      files.loaded,
      experiment(
        "loaded",
        "handover",
        "{ flows: [cloudlets], windowKiB: 64 }",
        "{ attachedS: 1, awayS: 1, beforeMigrationS: 2, afterS: 2 }",
      ),
    );
    const dir = join(out, "run");
    const { stdout, stderr } = await execa(
      process.execPath,
      [
        cloudlet,
        "run",
        ...Object.values(files),
        ...["--testbed", "netns", "--profile", "modern", "--out", dir],
      ],
      { reject: false },
    );
    const { cells } = await readRecording(dir);
    expect(
      cells.map(({ record }) => [record.id, record.status, ...record.reasons]).sort(),
      `${stdout}\n${stderr}`,
    ).toEqual([
      ["loaded-unshaped-r1", "ok"],
      ["paths-unshaped-r1", "ok"],
    ]);
    const of = (scenario: string): CellRecording => {
      const cell = cells.find(({ record }) => record.scenario === scenario);
      if (cell === undefined) throw new Error(`no cell of ${scenario}`);
      return cell;
    };

    const paths = of("throughput");
    for (const measured of [paths.record.attestation?.before, paths.record.attestation?.after]) {
      expect(measured?.rateBps, "the link carries something").toBeGreaterThan(1e6);
      expect(JSON.stringify(measured?.qdiscs)).not.toMatch(/netem|tbf/);
    }
    expect(new Set(paths.series.ping.map(({ address }) => address))).toEqual(new Set(["vm1", "old"]));
    const answered = paths.series.ping.filter(({ rttMs }) => rttMs !== null);
    expect(answered.length).toBeGreaterThan(5);
    for (const flow of ["cloudlets", "device"] as const) {
      const [started, ended] = paths.record.events.filter(({ detail }) => detail?.flow === flow);
      expect([started?.name, ended?.name]).toEqual(["flow-started", "flow-ended"]);
      const bytes = paths.series.iperf.filter((sample) => sample.flow === flow);
      expect(Math.max(...bytes.map((sample) => sample.bytes))).toBeGreaterThan(0);
      expect(bytes.at(-1)?.endMs).toBeGreaterThan((started?.tMs ?? Infinity) + 1000);
    }
    expect(paths.record.evidence?.mptcp).toMatchObject({
      tokenBefore: expect.stringMatching(/^[0-9a-f]+$/) as string,
      findings: [],
    });
    expect(paths.record.migration).toBeNull();

    const loaded = of("handover");
    expect(loaded.record.migration).toMatchObject({ status: "completed", reason: null });
    for (const number of ["4.5", "4.6", "4.7", "4.8"] as const) {
      expect(differences(number, loaded.record.tables[number] ?? [])).toEqual([]);
    }
    expect(loaded.record.evidence?.mptcp).toEqual({
      tokenBefore: null,
      tokenAfter: null,
      counters: {},
      findings: [],
    });
    expect(new Set(loaded.series.iperf.map(({ flow }) => flow))).toEqual(new Set(["cloudlets"]));
    const { commandStartMs = 0, commandEndMs = 0 } = loaded.record.migration ?? {};
    const during = loaded.series.iperf.filter(
      ({ startMs, endMs }) => startMs > commandStartMs && endMs < commandEndMs,
    );
    expect(during.length, "the flow went on during the migration").toBeGreaterThan(0);
    const answering = (address: string) =>
      loaded.series.probe.some((probe) => probe.address === address && probe.receivedMs !== null);
    expect([answering("old"), answering("next")]).toEqual([true, true]);
    expect(await machineState()).toEqual(before);
  });
});
