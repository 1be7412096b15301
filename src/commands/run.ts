import { join } from "node:path";
import { Args, Flags } from "@oclif/core";
import type { DerivedLine, DerivedPaths } from "../cli/json-stream.js";
import { runFlags, RunningCommand } from "../cli/running-command.js";
import { Failure } from "../failure.js";
import { FIGURES_FOLDER } from "../figure/render.js";

export default class Run extends RunningCommand {
  static override summary = "Carry out experiments on a testbed, then draw their figures and write a report.";
  static override description = [
    "An experiment is named as in experiments/, or by the path of its YAML file (docs/experiments.md).",
    "Ctrl-C ends the current cell and removes everything that the run made; --resume goes on from there (docs/unattended.md).",
  ].join("\n\n");
  static override usage = [
    "run EXPERIMENT... [FLAG...]",
    "run --resume DIR [--junit FILE] [--retries N] [--wait] [--json]",
  ];
  static override examples = [
    "<%= config.bin %> run handover",
    "<%= config.bin %> run grid --only bw=350,rtt=20 --profile modern",
    "<%= config.bin %> run grid --repeat 3 --out runs/grid --json",
    "<%= config.bin %> run grid --until-ci 5% --max-repeat 20",
    "<%= config.bin %> run --resume runs/grid",
  ];
  static override strict = false;
  static override enableJsonFlag = true;
  static override args = {
    experiment: Args.string({ description: "Names or paths, one or more; none with --resume." }),
  };
  static override flags = {
    ...runFlags,
    only: Flags.string({ summary: "Cells of these parameters only.", helpValue: "bw=MBIT,rtt=MS" }),
  };

  override async run(): Promise<DerivedLine> {
    const { argv, flags } = await this.parse(Run);
    const experiments = argv as string[];
    demandEither(experiments, flags.resume);
    const run = await this.carryOut({ experiments, only: flags.only }, flags);
    const derived = await this.derive(run);
    this.log(`Figures: ${derived.figures.length} files in ${join(run.dir, FIGURES_FOLDER)}`);
    for (const line of notDrawn(derived, flags.verbose)) this.log(line);
    this.log(`Report: ${derived.report}`);
    return { type: "derived", dir: run.dir, ...derived };
  }
}

/** @throws Failure (usage) for neither or both. */
function demandEither(experiments: readonly string[], resume: string | undefined): void {
  if (experiments.length > 0 && resume !== undefined) {
    throw new Failure("the run in that folder has its experiments", {
      kind: "usage",
      place: `--resume ${resume}`,
      mend: `leave out: ${experiments.join(" ")}`,
    });
  }
  if (experiments.length === 0 && resume === undefined) {
    throw new Failure("no experiment is named", {
      kind: "usage",
      mend: "name one of experiments/, or --resume DIR for an interrupted run",
    });
  }
}

function notDrawn({ skipped }: DerivedPaths, verbose: boolean): string[] {
  if (verbose) return skipped.map(({ id, reason }) => `  not drawn: ${id}, ${reason}`);
  const ids = skipped.map(({ id }) => id).join(", ");
  return skipped.length === 0 ? [] : [`  not drawn, as this run has not the data: ${ids}`];
}
