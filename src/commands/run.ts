import { join } from "node:path";
import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { commit } from "../cli/package-folder.js";
import { jsonProgress } from "../cli/progress-json.js";
import { lineProgress } from "../cli/progress-lines.js";
import { LiveProgress } from "../cli/progress-live.js";
import { runPlan, type RunPlanOutcome, type RunRequest } from "../cli/run-plan.js";
import { chooseTestbed, loadTestbeds } from "../cli/testbeds.js";
import { MAX_SEED } from "../experiment/seeded-random.js";
import { ExitCode, Failure } from "../failure.js";
import { FIGURES_FOLDER, renderFigures, type SkippedFigure } from "../figure/render.js";
import { measureRun } from "../metric/measured-run.js";
import { readRecording } from "../record/read.js";

export default class Run extends BaseCommand {
  static override summary = "Carry out experiments on a testbed, then draw their figures.";
  static override description = [
    "An experiment is named as in experiments/, or by the path of its YAML file (docs/experiments.md).",
    "Ctrl-C ends the current cell and removes everything that the run made; the same command with the same --out goes on from there.",
  ].join("\n\n");
  static override examples = [
    "<%= config.bin %> run handover",
    "<%= config.bin %> run grid --only bw=350,rtt=20 --profile modern",
    "<%= config.bin %> run grid --repeat 3 --out runs/grid --json",
  ];
  static override strict = false;
  static override enableJsonFlag = true;
  static override args = {
    experiment: Args.string({ required: true, description: "Names or paths, one or more." }),
  };
  static override flags = {
    testbed: Flags.string({ summary: "Where to run; `doctor` lists those there are.", helpValue: "NAME" }),
    profile: Flags.string({
      summary: "Knobs of network stack, link and hypervisor.",
      helpValue: "NAME|FILE",
      default: "thesis-2014",
    }),
    only: Flags.string({ summary: "Cells of these parameters only.", helpValue: "bw=MBIT,rtt=MS" }),
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

  override async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Run);
    const request = {
      experiments: argv as string[],
      profile: flags.profile,
      only: flags.only,
      repeat: flags.repeat,
      seed: flags.seed,
      dir: flags.out,
      testbed: chooseTestbed(await loadTestbeds(), flags.testbed),
      software: { version: this.config.version, commit: await commit(this.edge.exec) },
    };
    const outcome = await this.carryOut(request);
    if (outcome.interrupted) throw this.interruption(outcome, flags.out);

    const { dir } = outcome;
    const recording = await readRecording(dir);
    const skipped: SkippedFigure[] = [];
    const files = await renderFigures(await measureRun(recording), dir, (figure) => skipped.push(figure));
    this.log(`Figures: ${files.length} files in ${join(dir, FIGURES_FOLDER)}`);
    if (skipped.length > 0) this.log(this.notDrawn(skipped, flags.verbose));
    const allOk = recording.cells.every(({ record }) => record.status === "ok");
    process.exitCode = allOk ? ExitCode.Ok : ExitCode.CellFailed;
    return { type: "figures", dir, files, skipped };
  }

  private carryOut(request: RunRequest) {
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

  private notDrawn(skipped: readonly SkippedFigure[], verbose: boolean): string {
    if (verbose) return skipped.map(({ id, reason }) => `  not drawn: ${id}, ${reason}`).join("\n");
    return `  not drawn, as this run has not the data: ${skipped.map(({ id }) => id).join(", ")}`;
  }

  /** Names the command that goes on with the run, where there is something to go on with. */
  private interruption({ dir, remaining, recorded }: RunPlanOutcome, out: string | undefined): Failure {
    const goOn = [this.config.bin, "run", ...this.argv, ...(out === undefined ? ["--out", dir] : [])];
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
