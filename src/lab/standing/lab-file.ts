import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Cell } from "../../experiment/plan.js";
import {
  deviceHandoverTimelineSchema,
  guestSchema,
  handoverTimelineSchema,
  profileSchema,
  throughputTimelineSchema,
  walkSchema,
  workloadSchema,
} from "../../experiment/schema.js";
import { guestHandleSchema } from "../../guest/guest.js";
import { writeFileAtomically } from "../../record/atomic-file.js";

const linkSchema = z.strictObject({ rateBps: z.number().nullable(), rttMs: z.number() });

const common = {
  id: z.string(),
  experiment: z.string(),
  profile: profileSchema,
  wan: linkSchema,
  access: linkSchema,
  guest: guestSchema,
  workload: workloadSchema,
  repeat: z.int(),
  seed: z.int(),
};

const cellSchema = z.discriminatedUnion("scenario", [
  z.strictObject({ scenario: z.literal("handover"), ...common, timeline: handoverTimelineSchema }),
  z.strictObject({ scenario: z.literal("throughput"), ...common, timeline: throughputTimelineSchema }),
  z.strictObject({
    scenario: z.literal("device-handover"),
    ...common,
    timeline: deviceHandoverTimelineSchema,
    walk: walkSchema,
  }),
]) satisfies z.ZodType<Cell>;

/**
 * What a later process needs to work on a lab, beside its ledger: /run/cloudlet/<testbed>/<id>/lab.json. It is written
 * when the lab stands, so a lab without it is half a lab. Where the device is, and what the links are shaped
 * to, is not in here: the machines themselves are asked.
 */
const labFileSchema = z.strictObject({
  schema: z.literal("cloudlet.lab/1"),
  id: z.string(),
  testbed: z.string(),
  startedAt: z.iso.datetime(),
  /** As brought up, its WAN as last shaped. */
  cell: cellSchema,
  accelerator: z.strictObject({ accelerator: z.enum(["kvm", "tcg"]), reason: z.string() }),
  /** The guest that shapes the links; null where this host's kernel does. */
  shapingGuest: guestHandleSchema.nullable(),
  /** VM3 migrates between processes of the same QEMU and image only. */
  qemuVersion: z.string(),
  imageDigest: z.string(),
  vm3: z.strictObject({
    place: z.enum(["vm1", "vm2"]),
    guest: guestHandleSchema,
    /** Which QEMU process of this lab runs VM3, counted from 1: each migration ends in a new one. */
    generation: z.int().min(1),
  }),
});
export type LabFile = z.infer<typeof labFileSchema>;

const fileIn = (dir: string) => join(dir, "lab.json");

/** @param dir the lab's folder, that of its ledger. */
export function writeLabFile(dir: string, file: LabFile): Promise<void> {
  return writeFileAtomically(fileIn(dir), `${JSON.stringify(file)}\n`);
}

/** undefined where there is none, or none that this version of the harness understands. */
export async function readLabFile(dir: string): Promise<LabFile | undefined> {
  try {
    return labFileSchema.parse(JSON.parse(await readFile(fileIn(dir), "utf8")));
  } catch {
    return undefined;
  }
}
