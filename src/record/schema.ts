import { z } from "zod";
import {
  deviceHandoverTimelineSchema,
  experimentSchema,
  guestSchema,
  handoverTimelineSchema,
  profileSchema,
  scenarioSchema,
  throughputTimelineSchema,
  walkSchema,
  workloadSchema,
} from "../experiment/schema.js";

/**
 * The one format in which a run is kept. A run is a folder:
 *
 *   run.json                     this file's `runSchema`
 *   cells/<cell id>/cell.json    this file's `cellRecordSchema`
 *   cells/<cell id>/<series>.csv.gz
 *   cells/<cell id>/<where>.pcap.gz   where packets were captured
 *   SHA256SUMS                   of all the above, as sha256sum(1) checks it
 *
 * Everything else in the folder is derived and can be made again.
 */
export const RECORD_VERSION = 1;

const ms = z.number();
const rateBps = z.number().min(0);

/** A cell's id is the name of its folder, so it can't lead out of the record. */
export const cellIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dots, dashes and underscores only");

/** RTT and rate of the link between the cloudlets, measured with nothing else on it. */
export const linkMeasurementSchema = z.strictObject({
  atMs: ms,
  rtt: z.strictObject({
    minMs: ms,
    /** What is attested: one packet held up by a busy host is no property of the link. */
    medianMs: ms,
    meanMs: ms,
    maxMs: ms,
    deviationMs: ms,
    sent: z.int(),
    received: z.int(),
  }),
  /** Link-layer rate in the direction of the migration, as tbf counts bytes. */
  rateBps,
  /** How the rate was measured, e.g. `iperf3 UDP, 1472 B, 1.1 × rate, 2 s`. */
  method: z.string(),
  /** Queueing disciplines in force, as `tc -j qdisc show` or the simulated link states them, by interface. */
  qdiscs: z.record(z.string(), z.unknown()),
  /** Segmentation and receive offloads in force, by interface. */
  offloads: z.record(z.string(), z.record(z.string(), z.boolean())),
  congestionControl: z.record(z.string(), z.string()),
  /** TCP's and MPTCP's sysctls in force, by machine. */
  sysctls: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});
export type LinkMeasurement = z.infer<typeof linkMeasurementSchema>;

/** What the shaped link should show, and whether it did. */
export const attestationSchema = z.strictObject({
  expected: z.strictObject({
    /** null with an unshaped link: whatever was measured is right. */
    rttMs: ms.nullable(),
    rateBps: rateBps.nullable(),
    /** What bounds the rate: the token bucket, netem's packet limit over its delay, or nothing but the machine. */
    bound: z.enum(["tbf", "netem-limit", "unshaped"]),
  }),
  tolerance: z.strictObject({ rttRelative: z.number(), rttAbsoluteMs: ms, rateRelative: z.number() }),
  before: linkMeasurementSchema,
  after: linkMeasurementSchema.nullable(),
  verdict: z.enum(["valid", "invalid"]),
  /** Why invalid, one line each. */
  findings: z.array(z.string()),
});
export type Attestation = z.infer<typeof attestationSchema>;

/** One row of Tables 4.5 to 4.8. */
export const interfaceStateSchema = z.strictObject({
  vm: z.enum(["VM3", "VM4"]),
  interface: z.enum(["eth0", "eth1"]),
  state: z.enum(["UP", "UP (inactive)", "DOWN"]),
  /** CIDR, or null for the thesis's NONE. */
  address: z.string().nullable(),
});
export type InterfaceState = z.infer<typeof interfaceStateSchema>;

export const migrationOutcomeSchema = z.strictObject({
  status: z.enum(["completed", "failed", "cancelled"]),
  /** The hypervisor's own reason when it failed. */
  reason: z.string().nullable(),
  /** Wall clock of the migrate command, thesis 4.2. */
  commandStartMs: ms,
  commandEndMs: ms,
  /** The hypervisor's own figures (query-migrate total-time, downtime, setup-time). */
  totalTimeMs: ms.nullable(),
  downtimeMs: ms.nullable(),
  setupTimeMs: ms.nullable(),
  transferredBytes: z.number().nullable(),
  normalBytes: z.number().nullable(),
  duplicatePages: z.number().nullable(),
  dirtySyncCount: z.number().nullable(),
  pageSizeBytes: z.number().nullable(),
  /** Guest stopped at the source and running at the destination: QMP STOP and RESUME on the observer's clock. */
  stopMs: ms.nullable(),
  resumeMs: ms.nullable(),
});
export type MigrationOutcome = z.infer<typeof migrationOutcomeSchema>;

/** Proof that one MPTCP connection lasted from slot A to slot E. */
export const mptcpEvidenceSchema = z.strictObject({
  /** Token of the iperf data connection at the start and at the end (ss -M). Same token: same connection. */
  tokenBefore: z.string().nullable(),
  tokenAfter: z.string().nullable(),
  /** Growth of the device's MIB counters over the cell (nstat MPTcpExt*, TcpExt* where named). */
  counters: z.record(z.string(), z.number()),
  /** Packets with each of MPTCP's signals in a capture at the device, where one was decoded. */
  signals: z.record(z.string(), z.int().min(0)).optional(),
  /** Empty when the connection continued as MPTCP; else why it did not. */
  findings: z.array(z.string()),
});
export type MptcpEvidence = z.infer<typeof mptcpEvidenceSchema>;

/** A machine's wall clock beside the observer's. */
const clockOffsetSchema = z.strictObject({ offsetMs: ms, boundMs: ms });

/**
 * The cloudlets' wall clocks beside the device's, which is the observer's: what was taken off the stamps of
 * programs there, and within how much that is right over the whole cell.
 */
export const machineClocksSchema = z.strictObject({ vm1: clockOffsetSchema, vm2: clockOffsetSchema });
export type MachineClocks = z.infer<typeof machineClocksSchema>;

/** What VM3's memory writer wrote, and how long it ran by VM3's own clock. */
export const writerEvidenceSchema = z.strictObject({
  writtenMiB: z.number().min(0),
  durationS: z.number().min(0),
});
export type WriterEvidence = z.infer<typeof writerEvidenceSchema>;

export const cellEvidenceSchema = z.strictObject({
  mptcp: mptcpEvidenceSchema,
  /** VM3's addresses in this cell. */
  addresses: z.strictObject({ old: z.string(), next: z.string() }),
  /**
   * One-way delays that the links add to an unqueued packet, ms: needed to correct the downtime for the
   * queue bias. The first two are those of the whole path while the device is on cloudlet 2 and VM3 on
   * cloudlet 1 (access link and WAN together); `access` is that of one access link, one way.
   */
  oneWayDelayMs: z.strictObject({ deviceToCloudlet1: ms, cloudlet1ToDevice: ms, access: ms }),
  /** Absent where all machines share one clock. */
  clocks: machineClocksSchema.optional(),
  /** Absent where the workload has no writer, or it never ran. */
  writer: writerEvidenceSchema.optional(),
});
export type CellEvidence = z.infer<typeof cellEvidenceSchema>;

export const eventSchema = z.strictObject({
  tMs: ms,
  /** harness, qmp-source, qmp-destination, device, guest, hypervisor, … */
  source: z.string(),
  name: z.string(),
  detail: z.record(z.string(), z.unknown()).optional(),
});

/** Names of the events that metrics and figures rely on; a testbed must emit them. */
export const EventName = {
  ProbesStarted: "probes-started",
  DeviceDetached: "device-detached",
  DeviceAttached: "device-attached",
  NextAddressAdvertised: "next-address-advertised",
  MigrationStarted: "migration-started",
  GuestStopped: "guest-stopped",
  GuestResumed: "guest-resumed",
  MigrationEnded: "migration-ended",
  /** An iperf flow of its own, with nothing else on its path; `detail.flow` says which. */
  FlowStarted: "flow-started",
  FlowEnded: "flow-ended",
  SubflowJoined: "subflow-joined",
  /** The device's interface in a network came up with its address, or went down; `detail.network` says which. */
  NetworkEntered: "network-entered",
  NetworkLeft: "network-left",
  /** Its subflow from there was taken off the connection, or got another priority. */
  SubflowWithdrawn: "subflow-withdrawn",
  PriorityChanged: "priority-changed",
  OldInterfaceDown: "old-interface-down",
  ProbesStopped: "probes-stopped",
} as const;

/** Networks that the device can be in (thesis Figs 3.4 to 3.7). */
export const accessNetworkSchema = z.enum(["wifi1", "cellular", "wifi2"]);
export type AccessNetwork = z.infer<typeof accessNetworkSchema>;

/** null: unshaped. */
const linkParametersSchema = z.strictObject({ rateBps: rateBps.nullable(), rttMs: ms });

export const seriesFileSchema = z.strictObject({
  /** Beside cell.json. */
  file: z.string().regex(/^[a-z]+\.csv\.gz$/, "the name of a .csv.gz file in the same folder"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  rows: z.int().min(0),
});

export const captureFileSchema = z.strictObject({
  /** Beside cell.json. */
  file: z.string().regex(/^[a-z]+\.pcap\.gz$/, "the name of a .pcap.gz file in the same folder"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  packets: z.int().min(0),
  /** Packets that the kernel dropped on their way into the file. */
  dropped: z.int().min(0),
  /** false: it reached its limit before the probes were stopped. */
  complete: z.boolean(),
});

/** A cell that was begun, was not ok and was measured anew. */
export const attemptSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  durationS: z.number(),
  status: z.enum(["invalid", "failed"]),
  reasons: z.array(z.string()),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const cellRecordSchema = z.strictObject({
  schema: z.literal(`cloudlet.cell/${RECORD_VERSION}`),
  id: cellIdSchema,
  experiment: z.string(),
  scenario: scenarioSchema,
  repeat: z.int().min(1),
  seed: z.int(),
  parameters: z.strictObject({
    wan: linkParametersSchema,
    access: linkParametersSchema,
    guest: guestSchema,
    workload: workloadSchema,
    timeline: z.union([handoverTimelineSchema, throughputTimelineSchema, deviceHandoverTimelineSchema]),
    /** How the device moved between networks, where it alone moved (thesis 3.3). */
    walk: walkSchema.optional(),
  }),
  /** `ok`: measured and attested. `invalid`: measured, but the link or the connection was not as declared. */
  status: z.enum(["ok", "invalid", "failed"]),
  /** Why not ok, one line each. */
  reasons: z.array(z.string()),
  startedAt: z.iso.datetime(),
  /** Seconds of wall clock the cell took, and how much of it the harness spent beside settling, observing and migrating. */
  durationS: z.number(),
  overheadS: z.number(),
  attestation: attestationSchema.nullable(),
  events: z.array(eventSchema),
  /** Tables 4.5 to 4.8 as they were found, by table number. */
  tables: z.record(z.string(), z.array(interfaceStateSchema)),
  migration: migrationOutcomeSchema.nullable(),
  evidence: cellEvidenceSchema.nullable(),
  series: z.strictObject({
    probe: seriesFileSchema.optional(),
    ping: seriesFileSchema.optional(),
    iperf: seriesFileSchema.optional(),
    migration: seriesFileSchema.optional(),
    subflow: seriesFileSchema.optional(),
    signal: seriesFileSchema.optional(),
    burst: seriesFileSchema.optional(),
  }),
  /** Packet captures of the device from the start of the probes to their end, where they were asked for. */
  captures: z.array(captureFileSchema).optional(),
  /** Attempts before this one, the first one first; absent where it was measured once. */
  earlier: z.array(attemptSchema).min(1).optional(),
});
export type CellRecord = z.infer<typeof cellRecordSchema>;

export const provenanceSchema = z.strictObject({
  /** e.g. { kernel: "6.18.44", qemu: "7.2.19", iperf3: "3.12", node: "v20.20.2" } */
  versions: z.record(z.string(), z.string()),
  machine: z.strictObject({ cpu: z.string(), cores: z.int(), memoryMiB: z.int() }),
  /** What runs VM3: hardware virtualization, QEMU's emulator, or a model. */
  accelerator: z.enum(["kvm", "tcg", "simulated"]),
  /**
   * What the cloudlets are, where they are machines of their own: `emulated` is a virtual machine without hardware
   * virtualization, on which VM3's KVM is emulated, too.
   */
  cloudlets: z.enum(["physical", "virtual", "emulated"]).optional(),
  /** Where the WAN is shaped: netem on this host, in a guest of its own, or modelled. */
  shaper: z.enum(["host", "guest", "simulated"]),
  /** Anything else that a reader years later would want. */
  detail: z.record(z.string(), z.unknown()),
});
export type Provenance = z.infer<typeof provenanceSchema>;

/** How often each point was measured, where that was not settled beforehand (`--until-ci`). */
export const stopRuleSchema = z.strictObject({
  /** `t95`: the 95 % confidence interval of the mean over the attested repetitions, Student t. */
  interval: z.literal("t95"),
  /** The largest half-width that is enough, as a share of the mean. */
  relativeHalfWidth: z.number().positive(),
  minRepeat: z.int().min(2),
  maxRepeat: z.int().min(2),
  /** Id of the metric that is watched, by scenario. */
  metrics: z.record(z.string(), z.string()),
  /** Where each point stood at the end; empty until then. */
  points: z.array(
    z.strictObject({
      /** The id of its cells without the repetition. */
      point: z.string(),
      /** How often it was measured, and how many of these repetitions are attested and have the metric. */
      repeats: z.int().min(0),
      n: z.int().min(0),
      /** null: fewer than two values. */
      relativeHalfWidth: z.number().min(0).nullable(),
      /** false: `maxRepeat` came first. */
      reached: z.boolean(),
    }),
  ),
});

export const runSchema = z.strictObject({
  schema: z.literal(`cloudlet.run/${RECORD_VERSION}`),
  runId: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  testbed: z.strictObject({ name: z.string(), kind: z.enum(["simulation", "emulation"]) }),
  profile: profileSchema,
  experiments: z.array(experimentSchema),
  seed: z.int(),
  stopRule: stopRuleSchema.optional(),
  /** What was asked for beside the experiments: with them, all that it takes to go on with the run. */
  asked: z
    .strictObject({
      /** Which cells only; null: all. */
      only: z.string().nullable(),
      /** How often each point is measured, at most. */
      repeat: z.int().min(1),
      /** Name or path of the machines file; null: the testbed's usual. */
      machines: z.string().nullable(),
      capturePackets: z.boolean(),
    })
    .optional(),
  /** Cell ids in the order in which they were carried out. */
  cells: z.array(cellIdSchema),
  software: z.strictObject({ version: z.string(), commit: z.string().nullable() }),
  provenance: provenanceSchema,
});
export type RunRecord = z.infer<typeof runSchema>;
