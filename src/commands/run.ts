import { join } from "node:path";
import { Args, Flags } from "@oclif/core";
import type { DerivedLine, DerivedPaths } from "../cli/json-stream.js";
import { runFlags, RunningCommand } from "../cli/running-command.js";
import { FIGURES_FOLDER } from "../figure/render.js";

export default class Run extends RunningCommand {
  static override summary = "Carry out experiments on a testbed, then draw their figures and write a report.";
  static override description = [
    "An experiment is named as in experiments/, or by the path of its YAML file (docs/experiments.md).",
    "Ctrl-C ends the current cell and removes everything that the run made; the same command with the same --out goes on from there.",
  ].join("\n\n");
  static override examples = [
    "<%= config.bin %> run handover",
    "<%= config.bin %> run grid --only bw=350,rtt=20 --profile modern",
    "<%= config.bin %> run grid --repeat 3 --out runs/grid --json",
    "<%= config.bin %> run grid --until-ci 5% --max-repeat 20",
  ];
  static override strict = false;
  static override enableJsonFlag = true;
  static override args = {
    experiment: Args.string({ required: true, description: "Names or paths, one or more." }),
  };
  static override flags = {
    ...runFlags,
    only: Flags.string({ summary: "Cells of these parameters only.", helpValue: "bw=MBIT,rtt=MS" }),
  };

  override async run(): Promise<DerivedLine> {
    const { argv, flags } = await this.parse(Run);
    const run = await this.carryOut({ experiments: argv as string[], only: flags.only }, flags);
    const derived = await this.derive(run);
    this.log(`Figures: ${derived.figures.length} files in ${join(run.dir, FIGURES_FOLDER)}`);
    for (const line of notDrawn(derived, flags.verbose)) this.log(line);
    this.log(`Report: ${derived.report}`);
    return { type: "derived", dir: run.dir, ...derived };
  }
}

function notDrawn({ skipped }: DerivedPaths, verbose: boolean): string[] {
  if (verbose) return skipped.map(({ id, reason }) => `  not drawn: ${id}, ${reason}`);
  const ids = skipped.map(({ id }) => id).join(", ");
  return skipped.length === 0 ? [] : [`  not drawn, as this run has not the data: ${ids}`];
}
