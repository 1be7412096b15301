import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { type KnownMigration, knowledgeOf } from "../../src/decision/knowledge-base.js";
import { readProfile } from "../../src/experiment/profile.js";
import type { Profile } from "../../src/experiment/schema.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { openRecording } from "../../src/record/read.js";

const root = new URL("../../", import.meta.url);
export const resultFile = (name: string): string => fileURLToPath(new URL(`results/decision/${name}`, root));

export interface CancelledMigration {
  readonly question: KnownMigration["question"];
  readonly transferredBytes: number;
}

/** Migrations of one kind: one profile, real or simulated. */
export interface Kind {
  readonly name: string;
  readonly profile: Profile;
  readonly migrations: readonly KnownMigration[];
  /** Simulated migrations that never ended. */
  readonly endless: readonly CancelledMigration[];
}

const profileNamed = async (name: string): Promise<Profile> =>
  (await readProfile(name, fileURLToPath(new URL("experiments/profiles", root)))).profile;

/** Every recorded real migration of a device's VM whose memory nothing writes. */
export const realKinds = (): Promise<Kind[]> =>
  Promise.all([
    recordedKind("real, modern", "modern", [
      "netns-grid-modern",
      "netns-handover-modern",
      "vagrant-smoke-modern",
    ]),
    recordedKind("real, thesis-2014-modern-qemu", "thesis-2014-modern-qemu", ["netns-reproduce-thesis-2014"]),
  ]);

/** Those of a VM whose memory a process in it writes. */
export const writtenKind = (): Promise<Kind> =>
  recordedKind("real, modern, VM3 written", "modern", ["netns-dirty-rate"]);

async function recordedKind(name: string, profileName: string, folders: readonly string[]): Promise<Kind> {
  const profile = await profileNamed(profileName);
  const migrations: KnownMigration[] = [];
  for (const folder of folders) {
    const run = await measureRun(await openRecording(fileURLToPath(new URL(`results/${folder}`, root))));
    migrations.push(...knowledgeOf(run, profile, `results/${folder}`));
  }
  return { name, profile, migrations, endless: [] };
}

/** Every migration of results/decision/simulated.csv, which bench/simulate-migrations.ts wrote. */
export async function simulatedKinds(): Promise<Kind[]> {
  const text = await readFile(resultFile("simulated.csv"), "utf8");
  const rows: Row[] = parse(text, { columns: true });
  const names = [...new Set(rows.map(({ profile }) => profile ?? ""))];
  return Promise.all(
    names.map(async (name) => {
      const own = rows.filter(({ profile }) => profile === name);
      const completed = own.filter(({ status }) => status === "completed");
      const cancelled = own.filter(({ status }) => status !== "completed");
      return {
        name: `simulated, ${name}`,
        profile: await profileNamed(name),
        migrations: completed.map(migrationOf),
        endless: cancelled.map((row) => ({
          question: questionOf(row),
          transferredBytes: Number(row.transferredBytes),
        })),
      };
    }),
  );
}

type Row = Readonly<Record<string, string>>;

function questionOf(row: Row): KnownMigration["question"] {
  return {
    rateBps: Number(row.rateMbit) * 1e6,
    rttMs: Number(row.rttMs),
    memoryMiB: Number(row.usedMiB),
    dirtyMiBPerS: Number(row.dirtyMiBPerS),
    workingSetMiB: Number(row.workingSetMiB),
  };
}

function migrationOf(row: Row): KnownMigration {
  return {
    question: questionOf(row),
    observed: {
      totalTimeS: Number(row.totalMigrationTimeS),
      downtimeMs: Number(row.networkDowntimeMs),
      deltaRttMs: Number(row.deltaRttMs),
    },
    deltaRttBoundMs: Number(row.deltaRttErrorBoundMs),
    place: `seed ${row.seed ?? ""}`,
  };
}
