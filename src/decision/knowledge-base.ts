import type { Profile } from "../experiment/schema.js";
import { Failure } from "../failure.js";
import type { MeasuredCell } from "../metric/compute.js";
import type { MeasuredRun } from "../metric/measured-run.js";
import { type Setting, settingOf } from "../metric/setting.js";
import type { RunRecord } from "../record/schema.js";
import type { MigrationOutlook, MigrationQuestion } from "./migration-question.js";

/** One recorded migration: what was known beforehand, and what it took. */
export interface KnownMigration {
  readonly question: MigrationQuestion;
  readonly observed: MigrationOutlook;
  /** Half-width of what the measured delta RTT may be off by, ms. */
  readonly deltaRttBoundMs: number;
  /** Where it is recorded: folder and cell. */
  readonly place: string;
}

/**
 * Migrations of a run that say something about migrations under a profile: attested handovers over a shaped link.
 * Baselines of section 4.4 are left out, where nothing is shaped and no device follows.
 *
 * @param place folder of the record, for errors.
 * @throws Failure (record) when the run had other TCP, link or migration settings, or another generation of QEMU:
 *   what it took says nothing about this profile.
 */
export function knowledgeOf({ run, cells }: MeasuredRun, profile: Profile, place: string): KnownMigration[] {
  const differences = differing(run, profile);
  if (differences.length > 0) {
    throw new Failure(
      `recorded under other settings than profile ${profile.name}: ${differences.join(", ")}`,
      {
        kind: "record",
        place,
        mend: "name records of this profile, or the profile of these records (--profile)",
      },
    );
  }
  return cells.flatMap((cell) => knownMigration(cell, `${place}/cells/${cell.record.id}`));
}

/** Profile names are no measure: what counts are the knobs, and the QEMU that really ran. */
function differing(run: RunRecord, profile: Profile): string[] {
  const knobs = (of: Profile) => ({
    ...valuesOf("tcp", of.tcp),
    ...valuesOf("link", of.link),
    ...valuesOf("migration", of.migration),
    "migration.hypervisor": of.migration.hypervisor.value,
  });
  const recorded: Readonly<Record<string, unknown>> = {
    ...knobs(run.profile),
    "migration.hypervisor": recordedHypervisor(run),
  };
  return Object.entries(knobs(profile)).flatMap(([knob, value]) =>
    JSON.stringify(recorded[knob]) === JSON.stringify(value)
      ? []
      : [`${knob} ${JSON.stringify(recorded[knob])} instead of ${JSON.stringify(value)}`],
  );
}

const valuesOf = (room: string, knobs: Readonly<Record<string, { readonly value: unknown }>>) =>
  Object.fromEntries(Object.entries(knobs).map(([knob, { value }]) => [`${room}.${knob}`, value]));

/** A real testbed runs the QEMU that is installed, whatever the profile's name; only the simulated one obeys the knob. */
export function recordedHypervisor({
  profile,
  provenance,
}: Pick<RunRecord, "profile" | "provenance">): string {
  const version = provenance.versions.qemu;
  if (version === undefined) return profile.migration.hypervisor.value;
  return Number(/\d+/.exec(version)?.[0]) >= 2 ? "modern" : "qemu-1.0";
}

const handovers: ReadonlySet<Setting> = new Set(["handover", "writing handover"]);

function knownMigration({ record, metrics }: MeasuredCell, place: string): KnownMigration[] {
  const { wan, guest, workload } = record.parameters;
  const time = metrics.get("totalMigrationTimeS");
  const downtime = metrics.get("networkDowntimeCorrectedMs");
  const delta = metrics.get("deltaRttMs");
  if (record.status !== "ok" || !handovers.has(settingOf(record)) || wan.rateBps === null) return [];
  if (time === undefined || downtime === undefined || delta === undefined) return [];
  return [
    {
      question: {
        rateBps: wan.rateBps,
        rttMs: wan.rttMs,
        memoryMiB: guest.usedMiB,
        dirtyMiBPerS: workload.writer?.rateMiBPerS ?? 0,
        workingSetMiB: workload.writer?.workingSetMiB ?? 0,
      },
      observed: { totalTimeS: time.value, downtimeMs: downtime.value, deltaRttMs: delta.value },
      deltaRttBoundMs: delta.errorBound,
      place,
    },
  ];
}
