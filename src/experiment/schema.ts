import { z } from "zod";

/**
 * The one place that says what may stand in an experiment file and in a profile file. Types are
 * inferred from here; JSON Schema is published from here. Quantities carry their unit in the key.
 */

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "lower-case letters, digits and dashes only");

/** A knob of a profile: its value and where the value comes from. */
const knob = <T extends z.ZodType>(value: T) => z.strictObject({ value, source: z.string().min(3) });

/** `tcp_rmem` / `tcp_wmem`: minimum, default and maximum in bytes (Documentation/networking/ip-sysctl.rst). */
const tcpMemory = z
  .tuple([z.int().min(1), z.int().min(1), z.int().min(1)])
  .refine(
    ([min, initial, max]) => min <= initial && initial <= max,
    "minimum, default and maximum in rising order",
  );

export const profileSchema = z.strictObject({
  name,
  title: z.string().min(1),
  tcp: z.strictObject({
    congestionControl: knob(z.enum(["cubic", "reno", "bbr"])),
    rmemBytes: knob(tcpMemory),
    wmemBytes: knob(tcpMemory),
  }),
  migration: z.strictObject({
    /**
     * Which hypervisor's rule decides when to stop the guest. A real testbed runs the QEMU that is
     * installed and records its version; the simulated one follows this knob.
     */
    hypervisor: knob(z.enum(["qemu-1.0", "modern"])),
    /** QEMU migration parameter max-bandwidth, bytes per second; 0 is no limit. */
    maxBandwidthBytesPerS: knob(z.int().min(0)),
    /** QEMU migration parameter downtime-limit, milliseconds. */
    downtimeLimitMs: knob(z.int().min(1).max(2_000_000)),
  }),
  link: z.strictObject({
    /** netem's `limit` in packets, or `fit`: enough for the bandwidth-delay product and a queue. */
    limitPackets: knob(z.union([z.int().min(1), z.literal("fit")])),
    /** Queue in front of the token bucket on top of what the delay line holds, in ms at the link rate (with `fit`). */
    queueMs: knob(z.number().min(1)),
    /**
     * Which of the two queueing disciplines is the root. `tbf`: netem is its inner qdisc, and netem's one
     * queue holds what is being delayed and what waits for tokens, so that `limitPackets` bounds both.
     * `netem`: the delay line first, then tbf with a queue of its own.
     */
    rootQdisc: knob(z.enum(["tbf", "netem"])),
    /** tbf's `burst` in bytes, or `fit`: at least rate/HZ (tc-tbf(8)). */
    burstBytes: knob(z.union([z.int().min(1514), z.literal("fit")])),
    /** Where the delay stands: whole on the side that sends the migration, or half on each side. */
    delaySide: knob(z.enum(["sender", "both"])),
    /** Segmentation and receive offloads along the path; a GSO packet counts as one against `limit`. */
    offloads: knob(z.enum(["on", "off"])),
  }),
  handover: z.strictObject({
    /** net.ipv4.tcp_syn_linear_timeouts on the device: how many one-second SYN retries before backing off. */
    synLinearTimeouts: knob(z.int().min(0).max(127)),
  }),
});

export type Profile = z.infer<typeof profileSchema>;

/** A profile as it is written: with the name of another whose knobs hold where this file says nothing. */
export const profileFileSchema = z.strictObject({ extends: name.optional(), ...profileSchema.shape });

/** One value, or a list of values without repetition: each becomes a cell. */
const oneOrMany = <T extends z.ZodNumber | z.ZodEnum>(item: T) =>
  z.union([
    item,
    z
      .array(item)
      .min(1)
      .refine((items) => new Set(items).size === items.length, "each value once"),
  ]);

export const rateMbit = z.number().positive().max(100_000);
export const rttMs = z.number().min(0).max(10_000);
const seconds = z.number().min(0).max(86_400);

/** Nothing limits or delays the link: what the machine gives (thesis section 4.4). */
const unshaped = z.literal("unshaped");

/** An iperf flow: `device` is VM4 to VM3 over MPTCP, `cloudlets` VM2 to VM1 over TCP, against the migration (Fig. 4.2). */
export const flowSchema = z.enum(["device", "cloudlets"]);
export type Flow = z.infer<typeof flowSchema>;

/** VM3. */
export const guestSchema = z
  .strictObject({
    memoryMiB: z.int().min(128).max(1_048_576),
    vcpus: z.int().min(1).max(64),
    /** Memory in use inside the guest before the experiment starts. */
    usedMiB: z.int().min(64),
  })
  .refine((guest) => guest.usedMiB < guest.memoryMiB, {
    path: ["usedMiB"],
    error: "less than guest.memoryMiB",
  });

const writerRateMiBPerS = z.number().min(0).max(100_000);

/** What else there is to do in a cell: flows on the links, and a guest that writes memory. */
const workload = {
  /** Which iperf flows run; an empty list is an idle testbed. */
  flows: z
    .array(flowSchema)
    .refine((flows) => new Set(flows).size === flows.length, "each flow once")
    .default(["device"]),
  /** Window asked of iperf (-w), KiB; the thesis's was 64 (Table 4.3). It decides how much of the links iperf fills. */
  windowKiB: z.number().min(4).max(65_536),
};

/** A process inside VM3 that keeps writing memory: the dirty rate that a pre-copy migration has to outrun. */
const writer = {
  /** Memory that it writes over and over. */
  workingSetMiB: z.number().positive(),
};

/** Of one cell. */
export const workloadSchema = z.strictObject({
  ...workload,
  writer: z.strictObject({ rateMiBPerS: writerRateMiBPerS, ...writer }).optional(),
});

/** Of an experiment. */
const workloadsSchema = z.strictObject({
  ...workload,
  writer: z.strictObject({ rateMiBPerS: oneOrMany(writerRateMiBPerS), ...writer }).optional(),
});

/** How long each slot of thesis section 4.5 lasts that the harness, and not the network, decides. */
export const handoverTimelineSchema = z.strictObject({
  /** Slot A: the device on cloudlet 1. */
  attachedS: seconds,
  /** Slot B: the device between the cloudlets. */
  awayS: seconds,
  /** First part of slot C: on cloudlet 2, traffic over the WAN, before the migration starts. */
  beforeMigrationS: seconds,
  /** Slot E: after the new subflow carries the connection. */
  afterS: seconds,
});

/** For each flow in turn: its path's RTT while nothing else is on it, then its throughput. */
export const throughputTimelineSchema = z.strictObject({
  pingS: seconds,
  iperfS: seconds,
});

/**
 * How the device uses several networks (thesis 3.3.1). `full`: a subflow from each, all of them in use. `backup`: all but
 * one stand by. `single-path`: one at a time, broken before the next is made.
 */
export const handoverModeSchema = z.enum(["full", "backup", "single-path"]);
export type HandoverMode = z.infer<typeof handoverModeSchema>;

/** Between leaving the first Wi-Fi network and entering the second, s; below zero both are there for so long (Figs 3.4 and 3.5). */
const gapS = z.number().min(-3600).max(7200);

/** The 3G/4G network of Fig. 3.7, from the device to cloudlet 1. */
const cellularSchema = z.strictObject({
  bandwidthMbit: rateMbit,
  rttMs,
  /** How far each packet's delay may be from half the RTT, ms each way, drawn evenly. */
  jitterMs: z.number().min(0).max(1000),
});

/** One walk of the device between two Wi-Fi networks, as a record keeps it. */
export const walkSchema = z.strictObject({
  mode: handoverModeSchema,
  gapS,
  cellular: z
    .strictObject({ rateBps: z.number().positive(), rttMs: z.number(), jitterMs: z.number() })
    .optional(),
});
export type Walk = z.infer<typeof walkSchema>;

/** How long the device stays before it leaves the first Wi-Fi network, and after the second carries the connection. */
export const deviceHandoverTimelineSchema = z.strictObject({ attachedS: seconds, afterS: seconds });

const common = {
  name,
  title: z.string().min(1),
  /** Which part of the thesis this reproduces. */
  thesis: z.string().min(1),
  wan: z.union([
    z.strictObject({
      /** Rates of the link between the cloudlets (Br0), Mbit/s. */
      bandwidthMbit: oneOrMany(rateMbit),
      /** Round-trip times added on that link, ms. */
      rttMs: oneOrMany(rttMs),
    }),
    unshaped,
  ]),
  /** Both access links, device to cloudlet (Br1 and Br2). */
  access: z.union([z.strictObject({ bandwidthMbit: rateMbit, rttMs }), unshaped]),
  guest: guestSchema,
  workload: workloadsSchema,
};

/** What happens in each cell. */
export const experimentSchema = z.discriminatedUnion("scenario", [
  /** Thesis section 4.5, slots A to E. */
  z.strictObject({ scenario: z.literal("handover"), ...common, timeline: handoverTimelineSchema }),
  /** RTT and throughput of the paths themselves; nothing moves. Thesis sections 3.4.4 and 4.4. */
  z.strictObject({ scenario: z.literal("throughput"), ...common, timeline: throughputTimelineSchema }),
  /** Handover of the device alone, in the modes of thesis section 3.3; VM3 stays. */
  z.strictObject({
    scenario: z.literal("device-handover"),
    ...common,
    mode: oneOrMany(handoverModeSchema),
    gapS: oneOrMany(gapS),
    /** Left out: Wi-Fi only. */
    cellular: cellularSchema.optional(),
    timeline: deviceHandoverTimelineSchema,
  }),
]);

export type Experiment = z.infer<typeof experimentSchema>;
export const scenarioSchema = z.enum(["handover", "throughput", "device-handover"]);

/** The experiments that are run together to reproduce the thesis. */
export const reproductionSchema = z.strictObject({
  title: z.string().min(1),
  /** Which part of the thesis these experiments cover. */
  thesis: z.string().min(1),
  /** Names of experiments in the same folder. */
  experiments: z
    .array(name)
    .min(1)
    .refine((names) => new Set(names).size === names.length, "each name once"),
});
