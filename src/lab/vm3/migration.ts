import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Cell } from "../../experiment/plan.js";
import { Failure } from "../../failure.js";
import type { Guest } from "../../guest/guest.js";
import type { QmpEvent } from "../../guest/qmp.js";
import { readAnswer } from "../../host/answer.js";
import {
  MIGRATION_POLL_MS,
  migrationInfoSchema,
  migrationSample,
  type MigrationInfo,
} from "../../probe/migration.js";
import type { MigrationOutcome } from "../../record/schema.js";
import type { MigrationSample } from "../../record/series.js";
import { cloudlets, MIGRATION_PORT, otherPlace, type Place } from "../network/layout.js";

/** A page of VM3, an x86 guest. */
const PAGE_BYTES = 4096;

/** What a migration depends on. */
type MigratingCell = Pick<Cell, "profile" | "guest" | "wan">;

/** QEMU takes any size as max-bandwidth but has no word for "no limit". */
const UNLIMITED_BYTES_PER_S = 2 ** 40;

/** An unshaped link carries at least this (measured, under TCG). */
const UNSHAPED_BPS = 500e6;

export interface MigrationObserver {
  nowMs(): number;
  /** Wall clock of a cloudlet, which its QEMU's event stamps are of, at `nowMs() === 0`. */
  epochUnixMs(place: Place): number;
  sample(sample: MigrationSample): void;
  event(source: "qmp-source" | "qmp-destination", tMs: number, event: QmpEvent): void;
  /** Why it can't succeed any more, once something else that it needs is lost. */
  obstacle?(): string | undefined;
}

/**
 * Migrates a guest over the WAN to the cloudlet `to` and waits for the end, good or bad. When it fails, for
 * whatever reason, the guest runs on at the source.
 *
 * @throws the signal's reason once it is aborted; nothing for a migration that failed, or never began.
 */
export async function migrateGuest(
  source: Guest,
  destination: Guest,
  to: Place,
  cell: MigratingCell,
  observer: MigrationObserver,
  signal: AbortSignal,
): Promise<MigrationOutcome> {
  const { maxBandwidthBytesPerS, downtimeLimitMs } = cell.profile.migration;
  const uri = `tcp:${cloudlets[to].wanAddress}:${MIGRATION_PORT}`;
  const epochs = { source: observer.epochUnixMs(otherPlace(to)), destination: observer.epochUnixMs(to) };
  const seen: { stopMs: number | null; resumeMs: number | null } = { stopMs: null, resumeMs: null };
  const unsubscribe = [
    source.qmp.onEvent((event) => {
      const tMs = event.unixMs - epochs.source;
      if (event.name === "STOP") seen.stopMs = tMs;
      observer.event("qmp-source", tMs, event);
    }),
    destination.qmp.onEvent((event) => {
      const tMs = event.unixMs - epochs.destination;
      if (event.name === "RESUME") seen.resumeMs = tMs;
      observer.event("qmp-destination", tMs, event);
    }),
  ];
  let commandStartMs = observer.nowMs();
  try {
    await source.qmp.execute("migrate-set-parameters", {
      "max-bandwidth":
        maxBandwidthBytesPerS.value === 0 ? UNLIMITED_BYTES_PER_S : maxBandwidthBytesPerS.value,
      "downtime-limit": downtimeLimitMs.value,
    });
    await destination.qmp.execute("migrate-incoming", { uri });
    commandStartMs = observer.nowMs();
    await source.qmp.execute("migrate", { uri });
    const { info, reason } = await watch(source, destination, cell, observer, signal, commandStartMs);
    // The command ends when the guest runs again, as `virsh migrate` does.
    const deadlineMs = observer.nowMs() + 30_000;
    const pending = () => info.status === "completed" && seen.resumeMs === null && destination.qmp.isOpen;
    while (pending() && observer.nowMs() < deadlineMs) await sleep(5, undefined, { signal });
    const commandEndMs = seen.resumeMs ?? observer.nowMs();
    const completed = info.status === "completed" && seen.resumeMs !== null;
    if (!completed) await keepAtSource(source, destination);
    return {
      status: completed ? "completed" : reason?.cancelled === true ? "cancelled" : "failed",
      reason: completed ? null : (reason?.text ?? info["error-desc"] ?? whyNotResumed(destination)),
      commandStartMs,
      commandEndMs,
      ...figures(info),
      ...seen,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    await keepAtSource(source, destination);
    const commandEndMs = observer.nowMs();
    return { status: "failed", reason: error.message, commandStartMs, commandEndMs, ...figures({}), ...seen };
  } finally {
    for (const off of unsubscribe) off();
  }
}

/** What QEMU itself counted and timed. */
function figures(info: Partial<MigrationInfo>) {
  return {
    totalTimeMs: info["total-time"] ?? null,
    downtimeMs: info.downtime ?? null,
    setupTimeMs: info["setup-time"] ?? null,
    transferredBytes: info.ram?.transferred ?? null,
    normalBytes: info.ram?.["normal-bytes"] ?? null,
    duplicatePages: info.ram?.duplicate ?? null,
    dirtySyncCount: info.ram?.["dirty-sync-count"] ?? null,
    pageSizeBytes: info.ram?.["page-size"] ?? null,
  };
}

interface Watched {
  readonly info: MigrationInfo;
  readonly reason: { readonly text: string; readonly cancelled: boolean } | undefined;
}

/**
 * Polls until QEMU says that it is over; cancels a migration that does not converge, or whose destination is lost: of
 * a machine that has died TCP alone would make sure for a quarter of an hour.
 */
async function watch(
  source: Guest,
  destination: Guest,
  cell: MigratingCell,
  observer: MigrationObserver,
  signal: AbortSignal,
  startMs: number,
): Promise<Watched> {
  const limitMs = patienceMs(cell);
  let reason: Watched["reason"];
  for (let next = startMs; ; next += MIGRATION_POLL_MS) {
    const info = readAnswer(migrationInfoSchema, await source.qmp.execute("query-migrate"), {
      kind: "cell",
      place: "query-migrate",
    });
    const tMs = observer.nowMs();
    const sample = migrationSample(info, tMs);
    if (sample !== undefined) observer.sample(sample);
    if (info.status === "completed" || info.status === "failed" || info.status === "cancelled") {
      signal.throwIfAborted();
      return { info, reason };
    }
    const lost = destination.qmp.isOpen ? observer.obstacle?.() : DESTINATION_LOST;
    if (reason === undefined && (signal.aborted || lost !== undefined || tMs - startMs > limitMs)) {
      // It may yet complete before QEMU heeds this: only its last word says where the guest runs.
      await source.qmp.execute("migrate_cancel");
      reason =
        lost === undefined
          ? {
              text: `did not converge within ${Math.round(limitMs / 1000)} s${race(sample)}`,
              cancelled: true,
            }
          : { text: lost, cancelled: false };
    }
    await pause(Math.max(0, next + MIGRATION_POLL_MS - tMs), reason === undefined ? signal : undefined);
  }
}

/** Why pre-copy does not end: what the guest dirtied and what the stream carried when QEMU last counted. */
function race(sample: MigrationSample | undefined): string {
  if (sample?.dirtyPagesPerS == null || sample.throughputMbit === null) return "";
  const dirtiedMiBPerS = (sample.dirtyPagesPerS * PAGE_BYTES) / 2 ** 20;
  const carriedMiBPerS = (sample.throughputMbit * 1e6) / 8 / 2 ** 20;
  return `: VM3 dirtied ${dirtiedMiBPerS.toFixed(1)} MiB/s, the stream carried ${carriedMiBPerS.toFixed(1)} MiB/s`;
}

/** Ends early, and quietly, when the signal is aborted. */
const pause = (ms: number, signal: AbortSignal | undefined) =>
  sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);

/**
 * Ten times what the memory in use takes at the rate of the link or of the profile's cap, and a minute: beyond
 * that it will not end.
 */
export function patienceMs({ guest, wan, profile }: MigratingCell): number {
  const capBps = profile.migration.maxBandwidthBytesPerS.value * 8;
  const rateBps = Math.min(wan.rateBps ?? UNSHAPED_BPS, capBps === 0 ? Infinity : capBps);
  return 60_000 + (10 * guest.usedMiB * 2 ** 20 * 8000) / rateBps;
}

const DESTINATION_LOST = "the QEMU at the destination was lost";

const whyNotResumed = ({ qmp }: Guest): string =>
  qmp.isOpen ? "the guest did not resume at the destination" : `${DESTINATION_LOST} before the guest resumed`;

/** Lets the guest run on at the source, unless the destination runs it, or may: never in two places. */
async function keepAtSource(source: Guest, destination: Guest): Promise<void> {
  try {
    const [here, there] = await Promise.all([runState(source), runStateOfLost(destination)]);
    if (here !== "running" && there !== "running" && there !== "unknown") await source.qmp.execute("cont");
  } catch {
    // The source is gone too; the outcome already says failed.
  }
}

/** `gone` once its process is known to be; a machine that does not answer may run it still. */
async function runStateOfLost(guest: Guest): Promise<string> {
  try {
    return await runState(guest);
  } catch {
    return (await guest.isAlive().catch(() => true)) ? "unknown" : "gone";
  }
}

async function runState(guest: Guest): Promise<string> {
  const { status } = readAnswer(z.object({ status: z.string() }), await guest.qmp.execute("query-status"), {
    kind: "cell",
    place: "query-status",
  });
  return status;
}
