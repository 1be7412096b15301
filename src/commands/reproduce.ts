import { join } from "node:path";
import type { ReproductionLine } from "../cli/json-stream.js";
import { folders } from "../cli/package-folder.js";
import { reproductionLines } from "../cli/reproduction-summary.js";
import { runFlags, RunningCommand } from "../cli/running-command.js";
import { compareWithPaper } from "../compare/comparison.js";
import { readReproduction, REPRODUCTION_FILE } from "../experiment/reproduction.js";
import { loadPaper } from "../paper/paper.js";

export default class Reproduce extends RunningCommand {
  static override summary =
    "Reproduce the thesis: all its experiments, figures and tables, beside what it printed.";
  static override description = [
    "Carries out every experiment that experiments/thesis.yaml names as one run on one testbed, draws every figure and table, and compares the run with the thesis (docs/reproduce.md). Without --testbed it is simulated, which needs no root and no Linux and takes seconds.",
    "Ctrl-C ends the current cell and removes everything that the run made; --resume goes on from there (docs/unattended.md).",
  ].join("\n\n");
  static override usage = [
    "reproduce [FLAG...]",
    "reproduce --resume DIR [--junit FILE] [--retries N] [--wait] [--json]",
  ];
  static override examples = [
    "<%= config.bin %> reproduce",
    "<%= config.bin %> reproduce --repeat 3 --seed 1 --out runs/thesis",
    "$ sudo <%= config.bin %> reproduce --testbed netns --profile modern",
  ];
  static override enableJsonFlag = true;
  static override flags = runFlags;

  override async run(): Promise<ReproductionLine> {
    const { flags } = await this.parse(Reproduce);
    const startMs = this.edge.clock.monotonicMs();
    const { experiments } = await readReproduction(join(folders().experiments, REPRODUCTION_FILE));
    const run = await this.carryOut({ experiments, title: "thesis" }, flags);
    const derived = await this.derive(run);
    const comparison = compareWithPaper(run, await loadPaper());
    const tookS = (this.edge.clock.monotonicMs() - startMs) / 1000;
    this.log(reproductionLines({ ...run, derived, comparison, tookS }, this.edge.stdout.columns).join("\n"));
    return {
      type: "reproduction",
      dir: run.dir,
      derived,
      comparison: { ...comparison },
    };
  }
}
