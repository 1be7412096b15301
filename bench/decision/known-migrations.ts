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

/** Migrations of one kind: one profile, real or simulated. */
export interface Kind {
  readonly name: string;
  readonly profile: Profile;
  readonly migrations: readonly KnownMigration[];
  /** Questions whose simulated migration never ended. */
  readonly endless: readonly KnownMigration["question"][];
}

const profileNamed = async (name: string): Promise<Profile> =>
  (await readProfile(name, fileURLToPath(new URL("experiments/profiles", root)))).profile;

/** Every recorded real migration of a device's VM. */
export async function realKinds(): Promise<Kind[]> {
  const runs = [
    ["modern", ["netns-grid-modern", "netns-handover-modern", "vagrant-smoke-modern"]],
    ["thesis-2014-modern-qemu", ["netns-reproduce-thesis-2014"]],
  ] as const;
  return Promise.all(
    runs.map(async ([name, folders]) => {
      const profile = await profileNamed(name);
      const migrations: KnownMigration[] = [];
      for (const folder of folders) {
        const run = await measureRun(await openRecording(fileURLToPath(new URL(`results/${folder}`, root))));
        migrations.push(...knowledgeOf(run, profile, `results/${folder}`));
      }
      return { name: `real, ${name}`, profile, migrations, endless: [] };
    }),
  );
}

/** Every migration of results/decision/simulated.csv, which bench/simulate-migrations.ts wrote. */
export async function simulatedKinds(): Promise<Kind[]> {
  const text = await readFile(resultFile("simulated.csv"), "utf8");
  const rows: Record<string, string>[] = parse(text, { columns: true });
  const names = [...new Set(rows.map(({ profile }) => profile ?? ""))];
  return Promise.all(
    names.map(async (name) => {
      const own = rows.filter(({ profile }) => profile === name).map(migrationOf);
      return {
        name: `simulated, ${name}`,
        profile: await profileNamed(name),
        migrations: own.filter(({ observed }) => Number.isFinite(observed.totalTimeS)),
        endless: own
          .filter(({ observed }) => !Number.isFinite(observed.totalTimeS))
          .map(({ question }) => question),
      };
    }),
  );
}

function migrationOf(row: Record<string, string>): KnownMigration {
  const number = (column: string): number => Number(row[column]);
  const completed = row.status === "completed";
  return {
    question: {
      rateBps: number("rateMbit") * 1e6,
      rttMs: number("rttMs"),
      memoryMiB: number("usedMiB"),
      dirtyMiBPerS: number("dirtyMiBPerS"),
      workingSetMiB: number("workingSetMiB"),
    },
    observed: {
      totalTimeS: completed ? number("totalMigrationTimeS") : Infinity,
      downtimeMs: number("networkDowntimeMs"),
      deltaRttMs: number("deltaRttMs"),
    },
    deltaRttBoundMs: number("deltaRttErrorBoundMs"),
    place: `seed ${row.seed ?? ""}`,
  };
}
