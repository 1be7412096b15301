import { Flags } from "@oclif/core";
import { MAX_SEED } from "../experiment/seeded-random.js";
import { ExitCode, Failure } from "../failure.js";
import { renderFigures, type SkippedFigure } from "../figure/render.js";
import { type MeasuredRun, measureRun } from "../metric/measured-run.js";
import { openRecording } from "../record/read.js";
import { BaseCommand } from "./base-command.js";
import { commit } from "./package-folder.js";
import { jsonProgress } from "./progress-json.js";
import { lineProgress } from "./progress-lines.js";
import { LiveProgress } from "./progress-live.js";
import { runPlan, type RunPlanOutcome, type RunRequest } from "./run-plan.js";
import { chooseTestbed, loadTestbeds } from "./testbeds.js";

/** Flags of every command that carries out experiments. */
export const runFlags = {
  testbed: Flags.string({ summary: "Where to run; `doctor` lists those there are.", helpValue: "NAME" }),
  profile: Flags.string({
    summary: "Knobs of network stack, link and hypervisor.",
    helpValue: "NAME|FILE",
    default: "thesis-2014",
  }),
  repeat: Flags.integer({ summary: "Measure each point so often.", min: 1, max: 1000, default: 1 }),
  seed: Flags.integer({
    summary: "Seed of the cells' order and of all else that is random; drawn and recorded when left out.",
    min: 0,
    max: MAX_SEED,
  }),
  out: Flags.string({
    summary: "Folder of the record; a new one under runs/ when left out.",
    helpValue: "DIR",
  }),
};

interface RunFlags {
  readonly testbed?: string | undefined;
  readonly profile: string;
  readonly repeat: number;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
}

/** A finished run with its metrics. */
export interface FinishedRun {
  readonly dir: string;
  readonly measured: MeasuredRun;
}

export interface DrawnFigures {
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFigure[];
}

/** A command that carries out experiments: its progress, its interruption, and what follows every run. */
export abstract class RunningCommand extends BaseCommand {
  /**
   * Carries out a plan and reads its record back.
   *
   * @throws Failure (interrupted) that names the command which goes on with the run.
   */
  protected async carryOut(
    plan: Pick<RunRequest, "experiments" | "only" | "title">,
    flags: RunFlags,
  ): Promise<FinishedRun> {
    const outcome = await this.watched({
      ...plan,
      profile: flags.profile,
      repeat: flags.repeat,
      seed: flags.seed,
      dir: flags.out,
      testbed: chooseTestbed(await loadTestbeds(), flags.testbed),
      software: { version: this.config.version, commit: await commit(this.edge.exec) },
    });
    if (outcome.interrupted) throw this.interruption(outcome, flags.out);
    const { dir } = outcome;
    const measured = await measureRun(await openRecording(dir));
    const allOk = measured.cells.every(({ record }) => record.status === "ok");
    process.exitCode = allOk ? ExitCode.Ok : ExitCode.CellFailed;
    return { dir, measured };
  }

  /** Draws every figure that the run has the data for. */
  protected async draw({ dir, measured }: FinishedRun): Promise<DrawnFigures> {
    const skipped: SkippedFigure[] = [];
    const files = await renderFigures(measured, dir, (figure) => skipped.push(figure));
    return { files, skipped };
  }

  private watched(request: RunRequest): Promise<RunPlanOutcome> {
    return this.interruptible(async (signal) => {
      const { stdout, clock } = this.edge;
      const write = (text: string) => {
        stdout.write(text);
      };
      if (this.jsonEnabled()) return await runPlan(request, this.edge, signal, jsonProgress(write, clock));
      if (!stdout.isLive) return await runPlan(request, this.edge, signal, lineProgress(write));
      using live = new LiveProgress(stdout, clock);
      return await runPlan(request, this.edge, signal, live.report);
    });
  }

  /** Names the command that goes on with the run, where there is something to go on with. */
  private interruption({ dir, remaining, recorded }: RunPlanOutcome, out: string | undefined): Failure {
    const own = this.id ?? "run";
    const goOn = [this.config.bin, own, ...this.argv, ...(out === undefined ? ["--out", dir] : [])];
    return new Failure(
      `interrupted; cells not reached: ${remaining}; what the run made on the machine is removed`,
      {
        kind: "interrupted",
        ...(recorded > 0 ? { mend: `go on with: ${goOn.map(shellWord).join(" ")}` } : {}),
      },
    );
  }
}

/** A word as a POSIX shell takes it back unchanged. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
