import { attest } from "../../src/run/attestation.js";
import type { CellRecording, Recording } from "../../src/record/recording.js";
import { EventName, type LinkMeasurement, type RunRecord } from "../../src/record/schema.js";
import {
  type IperfSample,
  type MigrationSample,
  noSeries,
  type PingSample,
  type ProbeSample,
} from "../../src/record/series.js";

/**
 * A made-up recording for tests and for looking at charts: no measurement, no simulation, only shapes
 * that a real one could have. What its metrics must come out as is known by construction.
 */
export interface SyntheticCell {
  readonly experiment?: string;
  readonly bandwidthMbit: number;
  readonly rttMs: number;
  readonly repeat?: number;
  readonly status?: "ok" | "invalid" | "failed";
}

const knob = <T>(value: T) => ({ value, source: "synthetic" });

const SYNTHETIC_PROFILE: RunRecord["profile"] = {
  name: "thesis-2014",
  title: "Synthetic",
  tcp: {
    congestionControl: knob("cubic" as const),
    rmemBytes: knob<[number, number, number]>([4096, 87_040, 5_523_456]),
    wmemBytes: knob<[number, number, number]>([4096, 16_384, 4_194_304]),
  },
  migration: {
    hypervisor: knob("modern" as const),
    maxBandwidthBytesPerS: knob(33_554_432),
    downtimeLimitMs: knob(30),
  },
  link: {
    limitPackets: knob("fit" as const),
    queueMs: knob(50),
    burstBytes: knob("fit" as const),
    delaySide: knob("sender" as const),
    rootQdisc: knob("tbf" as const),
    offloads: knob("off" as const),
  },
  handover: { synLinearTimeouts: knob(16) },
};

export const SYNTHETIC_TIMELINE = { attachedS: 8, awayS: 5, beforeMigrationS: 10, afterS: 10 };
const ACCESS_RTT_MS = 2;
const IPERF_INTERVAL_MS = 100;

/** mulberry32: seeded, so that the same recording comes out each time. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Times that a synthetic cell was built around, ms. */
export interface SyntheticTruth {
  readonly startedMs: number;
  readonly detachedMs: number;
  readonly attachedMs: number;
  readonly migrationStartMs: number;
  readonly stopMs: number;
  readonly resumeMs: number;
  readonly migrationEndMs: number;
  readonly joinedMs: number;
  readonly stoppedMs: number;
  /** Queue in the direction of the replies that cross the WAN during the migration. */
  readonly queueMs: number;
}

export function syntheticTruth({ bandwidthMbit, rttMs, repeat = 1 }: SyntheticCell): SyntheticTruth {
  const random = seededRandom(bandwidthMbit * 1000 + rttMs * 10 + repeat);
  const streamMbit = Math.min(bandwidthMbit * 0.93, 268, 60_000 / (rttMs + 40));
  const migrationMs = 900 + ((280 * 8.39) / streamMbit) * 1000 * (0.98 + 0.04 * random());
  const pauseMs = (60 + 0.9 * rttMs + 14_000 / bandwidthMbit) * (0.9 + 0.2 * random());
  const detachedMs = 2000 + SYNTHETIC_TIMELINE.attachedS * 1000;
  const attachedMs = detachedMs + SYNTHETIC_TIMELINE.awayS * 1000;
  const migrationStartMs = attachedMs + SYNTHETIC_TIMELINE.beforeMigrationS * 1000;
  const stopMs = migrationStartMs + migrationMs - pauseMs - 30;
  const resumeMs = stopMs + pauseMs;
  const joinedMs = resumeMs + 200 + 800 * random();
  return {
    startedMs: 2000,
    detachedMs,
    attachedMs,
    migrationStartMs,
    stopMs,
    resumeMs,
    migrationEndMs: resumeMs + 30,
    joinedMs,
    stoppedMs: joinedMs + SYNTHETIC_TIMELINE.afterS * 1000,
    queueMs: Math.min(250, 6000 / bandwidthMbit + 1200 / rttMs),
  };
}

export function syntheticCell(cell: SyntheticCell): CellRecording {
  const { experiment = "grid", bandwidthMbit, rttMs, repeat = 1, status = "ok" } = cell;
  const truth = syntheticTruth(cell);
  const random = seededRandom(bandwidthMbit + rttMs * 7 + repeat * 13);
  const id = `${experiment}-bw${bandwidthMbit}-rtt${rttMs}-r${repeat}`;
  const failed = status === "failed";
  const transferredBytes = 280 * 1_048_576;
  const moved = (tMs: number) => !failed && tMs >= truth.resumeMs;
  const paused = (tMs: number) => !failed && tMs >= truth.stopMs && tMs < truth.resumeMs;
  const away = (tMs: number) => tMs >= truth.detachedMs && tMs < truth.attachedMs;
  const migrating = (tMs: number) => tMs >= truth.migrationStartMs && tMs < truth.stopMs;

  /** RTT of a request that leaves now, or null when none comes back. VM3 must run when it arrives, 1 ms later. */
  const rtt = (address: "old" | "next", sentMs: number): number | null => {
    const tMs = sentMs + ACCESS_RTT_MS / 2;
    if (away(tMs)) return null;
    if (address === "next") return moved(tMs) ? ACCESS_RTT_MS + 0.2 * random() : null;
    if (moved(tMs) || paused(tMs)) return null;
    if (tMs < truth.detachedMs) return ACCESS_RTT_MS + 0.2 * random();
    const rampMs = Math.min(1, (tMs - truth.migrationStartMs) / 1500);
    const queueMs = migrating(tMs) ? truth.queueMs * rampMs * (0.8 + 0.2 * random()) : 0;
    return rttMs + ACCESS_RTT_MS + queueMs + 0.3 * random();
  };

  const probe: ProbeSample[] = [];
  for (let sequence = 0; truth.startedMs + sequence * 10 < truth.stoppedMs; sequence += 1) {
    const scheduledMs = truth.startedMs + sequence * 10;
    for (const address of ["old", "next"] as const) {
      const sentMs = scheduledMs + 0.05 + 0.2 * random();
      const delayMs = rtt(address, sentMs);
      probe.push({
        address,
        sequence,
        scheduledMs,
        sentMs,
        receivedMs: delayMs === null ? null : sentMs + delayMs,
      });
    }
  }

  const ping: PingSample[] = [];
  for (let sequence = 0; truth.startedMs + sequence * 1000 < truth.stoppedMs; sequence += 1) {
    for (const address of ["old", "next"] as const) {
      const sentMs = truth.startedMs + sequence * 1000 + 3 * random();
      ping.push({ address, sequence, sentMs, rttMs: rtt(address, sentMs) });
    }
  }

  const rateMbit = (tMs: number): number => {
    if (tMs < truth.detachedMs) return 94;
    if (tMs < truth.attachedMs + 300) return 0;
    if (tMs < truth.migrationStartMs) return Math.min(52, 1800 / rttMs, bandwidthMbit * 0.9);
    if (failed || tMs < truth.stopMs) return 7.6 - 0.022 * rttMs;
    return tMs < truth.joinedMs ? 0 : 94;
  };
  const iperf: IperfSample[] = [];
  for (
    let startMs = truth.startedMs;
    startMs + IPERF_INTERVAL_MS < truth.stoppedMs;
    startMs += IPERF_INTERVAL_MS
  ) {
    const steps = Array.from({ length: 10 }, (_, step) =>
      rateMbit(startMs + (step + 0.5) * (IPERF_INTERVAL_MS / 10)),
    );
    const mbit = steps.reduce((sum, rate) => sum + rate, 0) / steps.length;
    const bytes = Math.round(((mbit * 1e6) / 8) * (IPERF_INTERVAL_MS / 1000) * (0.9 + 0.2 * random()));
    iperf.push({ flow: "device", startMs, endMs: startMs + IPERF_INTERVAL_MS, bytes, retransmits: 0 });
  }

  const migration: MigrationSample[] = [];
  const spanMs = truth.migrationEndMs - truth.migrationStartMs;
  for (let tMs = truth.migrationStartMs; tMs < truth.migrationEndMs; tMs += 50) {
    const share = (tMs - truth.migrationStartMs) / spanMs;
    migration.push({
      tMs,
      status: "active",
      transferredBytes: Math.round(transferredBytes * share),
      remainingBytes: Math.round(transferredBytes * (1 - share)),
      normalPages: Math.round(66_000 * share),
      duplicatePages: Math.round(456_000 * share),
      dirtySyncCount: 1,
      dirtyPagesPerS: null,
      throughputMbit: (transferredBytes * 8) / 1000 / spanMs,
      expectedDowntimeMs: 300,
    });
  }

  const link: LinkMeasurement = {
    atMs: 500,
    rtt: {
      medianMs: rttMs,
      meanMs: rttMs,
      minMs: rttMs - 0.1,
      maxMs: rttMs + 0.3,
      deviationMs: 0.1,
      sent: 20,
      received: 20,
    },
    rateBps: bandwidthMbit * 1e6 * (status === "invalid" ? 0.8 : 0.99),
    method: "synthetic",
    qdiscs: {},
    offloads: {},
    congestionControl: { device: "cubic" },
  };
  const attestation = attest(
    { wan: { rateBps: bandwidthMbit * 1e6, rttMs }, profile: SYNTHETIC_PROFILE },
    link,
    link,
  );
  const reasons = {
    ok: [],
    invalid: attestation.findings,
    failed: ["migration failed: synthetic reason"],
  }[status];
  const completed = {
    status: "completed" as const,
    reason: null,
    commandStartMs: truth.migrationStartMs,
    commandEndMs: truth.migrationEndMs,
    totalTimeMs: Math.round(spanMs) - 20,
    downtimeMs: Math.round(truth.resumeMs - truth.stopMs) - 12,
    setupTimeMs: 5,
    transferredBytes,
    normalBytes: 66_000 * 4096,
    duplicatePages: 456_000,
    dirtySyncCount: 4,
    pageSizeBytes: 4096,
    stopMs: truth.stopMs,
    resumeMs: truth.resumeMs,
  };
  const event = (tMs: number, name: string) => ({ tMs, source: "synthetic", name });
  return {
    record: {
      schema: "cloudlet.cell/1",
      id,
      experiment,
      scenario: "handover",
      repeat,
      seed: 1,
      parameters: {
        wan: { rateBps: bandwidthMbit * 1e6, rttMs },
        access: { rateBps: 100e6, rttMs: ACCESS_RTT_MS },
        guest: { memoryMiB: 2048, vcpus: 1, usedMiB: 263 },
        workload: { flows: ["device"], windowKiB: 64 },
        timeline: SYNTHETIC_TIMELINE,
      },
      status,
      reasons,
      startedAt: "2024-05-01T12:00:00Z",
      durationS: truth.stoppedMs / 1000,
      overheadS: 3,
      attestation,
      events: [
        event(truth.startedMs, EventName.ProbesStarted),
        event(truth.detachedMs, EventName.DeviceDetached),
        event(truth.attachedMs, EventName.DeviceAttached),
        event(truth.attachedMs + 400, EventName.NextAddressAdvertised),
        event(truth.migrationStartMs, EventName.MigrationStarted),
        ...(failed
          ? []
          : [
              event(truth.stopMs, EventName.GuestStopped),
              event(truth.resumeMs, EventName.GuestResumed),
              event(truth.migrationEndMs, EventName.MigrationEnded),
              event(truth.joinedMs, EventName.SubflowJoined),
              event(truth.joinedMs + 50, EventName.OldInterfaceDown),
            ]),
        event(truth.stoppedMs, EventName.ProbesStopped),
      ],
      tables: failed ? {} : SYNTHETIC_TABLES,
      migration: failed
        ? {
            ...completed,
            status: "failed",
            reason: "synthetic reason",
            totalTimeMs: null,
            downtimeMs: null,
            stopMs: null,
            resumeMs: null,
          }
        : completed,
      evidence: {
        mptcp: {
          tokenBefore: "0xcafe",
          tokenAfter: "0xcafe",
          counters: { MPTcpExtMPJoinSynTx: 2 },
          findings: [],
        },
        addresses: { old: "10.1.1.15", next: "10.1.2.19" },
        oneWayDelayMs: { deviceToCloudlet1: 1, cloudlet1ToDevice: 1 + rttMs, access: 1 },
      },
      series: {},
    },
    series: {
      ...noSeries,
      probe,
      ping,
      iperf,
      migration,
      subflow: [
        { tMs: truth.startedMs, established: 1, paths: "10.1.1.14>10.1.1.15" },
        { tMs: truth.joinedMs, established: 1, paths: "10.1.2.18>10.1.2.19" },
      ],
    },
  };
}

const state = (vm: "VM3" | "VM4", name: "eth0" | "eth1", up: string, address: string | null) => ({
  vm,
  interface: name,
  state: up as "UP" | "UP (inactive)" | "DOWN",
  address,
});

const SYNTHETIC_TABLES = {
  "4.5": [
    state("VM3", "eth0", "UP", "10.1.1.15/24"),
    state("VM3", "eth1", "DOWN", null),
    state("VM4", "eth0", "UP", "10.1.1.14/24"),
    state("VM4", "eth1", "DOWN", null),
  ],
  "4.6": [
    state("VM3", "eth0", "UP", "10.1.1.15/24"),
    state("VM3", "eth1", "DOWN", null),
    state("VM4", "eth0", "DOWN", null),
    state("VM4", "eth1", "UP", "10.1.2.18/24"),
  ],
  "4.7": [
    state("VM3", "eth0", "UP", "10.1.1.15/24"),
    state("VM3", "eth1", "UP (inactive)", "10.1.2.19/24"),
    state("VM4", "eth0", "DOWN", null),
    state("VM4", "eth1", "UP", "10.1.2.18/24"),
  ],
  "4.8": [
    state("VM3", "eth0", "DOWN", null),
    state("VM3", "eth1", "UP", "10.1.2.19/24"),
    state("VM4", "eth0", "DOWN", null),
    state("VM4", "eth1", "UP", "10.1.2.18/24"),
  ],
};

export function syntheticRun(kind: RunRecord["testbed"]["kind"] = "emulation"): RunRecord {
  const simulated = kind === "simulation";
  return {
    schema: "cloudlet.run/1",
    runId: "synthetic-1",
    startedAt: "2024-05-01T12:00:00Z",
    endedAt: "2024-05-01T13:00:00Z",
    testbed: { name: simulated ? "sim" : "netns", kind },
    profile: SYNTHETIC_PROFILE,
    experiments: [syntheticExperiment("grid"), syntheticExperiment("handover")],
    seed: 1,
    cells: [],
    software: { version: "0.1.0", commit: "0123456789abcdef" },
    provenance: {
      versions: { kernel: "6.18.44", qemu: "7.2.19" },
      machine: { cpu: "synthetic", cores: 2, memoryMiB: 24_000 },
      accelerator: simulated ? "simulated" : "tcg",
      shaper: simulated ? "simulated" : "guest",
      detail: {},
    },
  };
}

const syntheticExperiment = (name: string): RunRecord["experiments"][number] => ({
  name,
  title: `Synthetic ${name}`,
  thesis: "none",
  scenario: "handover",
  wan: { bandwidthMbit: [350, 175, 60], rttMs: [20, 50, 100, 150] },
  access: { bandwidthMbit: 100, rttMs: ACCESS_RTT_MS },
  guest: { memoryMiB: 2048, vcpus: 1, usedMiB: 263 },
  workload: { flows: ["device"], windowKiB: 64 },
  timeline: SYNTHETIC_TIMELINE,
});

export function syntheticRecording(cells: readonly SyntheticCell[], run = syntheticRun()): Recording {
  const recorded = cells.map(syntheticCell);
  return { run: { ...run, cells: recorded.map(({ record }) => record.id) }, cells: recorded };
}

/** The thesis's grid with repetitions, and one handover cell. */
export function syntheticGrid(repeats: number): SyntheticCell[] {
  const cells: SyntheticCell[] = [{ experiment: "handover", bandwidthMbit: 350, rttMs: 20 }];
  for (const bandwidthMbit of [350, 175, 60]) {
    for (const rttMs of [20, 50, 100, 150]) {
      for (let repeat = 1; repeat <= repeats; repeat += 1) cells.push({ bandwidthMbit, rttMs, repeat });
    }
  }
  return cells;
}
