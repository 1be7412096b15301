import { z } from "zod";
import type { MigrationSample } from "../record/series.js";

/** How often query-migrate is asked. */
export const MIGRATION_POLL_MS = 50;

const ram = z.object({
  transferred: z.number(),
  remaining: z.number(),
  normal: z.number(),
  "normal-bytes": z.number(),
  duplicate: z.number(),
  "dirty-sync-count": z.number(),
  "dirty-pages-rate": z.number().optional(),
  "page-size": z.number(),
  mbps: z.number(),
});

/** QEMU's answer to query-migrate (qapi/migration.json, MigrationInfo), as far as it is used. */
export const migrationInfoSchema = z.object({
  status: z.string().default("none"),
  "total-time": z.number().optional(),
  downtime: z.number().optional(),
  "expected-downtime": z.number().optional(),
  "setup-time": z.number().optional(),
  "error-desc": z.string().optional(),
  ram: ram.optional(),
});
export type MigrationInfo = z.infer<typeof migrationInfoSchema>;

/** undefined before QEMU has counted anything. */
export function migrationSample(info: MigrationInfo, tMs: number): MigrationSample | undefined {
  const { ram } = info;
  if (ram === undefined) return undefined;
  return {
    tMs,
    status: info.status,
    transferredBytes: ram.transferred,
    remainingBytes: ram.remaining,
    normalPages: ram.normal,
    duplicatePages: ram.duplicate,
    dirtySyncCount: ram["dirty-sync-count"],
    dirtyPagesPerS: ram["dirty-pages-rate"] ?? null,
    throughputMbit: ram.mbps,
    expectedDowntimeMs: info["expected-downtime"] ?? null,
  };
}
